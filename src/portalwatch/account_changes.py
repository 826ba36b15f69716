"""What destructive checks have changed of an account, kept until it is as the plan says again.

A check that gives an account another password can die between the portal's change and the
word of it. So every password is written down before it is typed, and the run of a
destructive check before it begins; what is still written down when the next run takes up
the account was left behind. The files are sealed with the secrets that the plan knows
(``sealing``), and are on the disk before anything is sent.

The account's lease keeps runs apart: nobody else reads or writes meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from portalwatch.account import Account
from portalwatch.errors import AccountUnavailable
from portalwatch.sealing import seal, unseal
from portalwatch.secrets import Secret


@dataclass(frozen=True, slots=True)
class Changes:
    """What was left behind of an account."""

    check: str  # which changed it
    at: float  # POSIX seconds
    # That it may have now: none but the plan's, the one that was set, or where that is not
    # known, for its run died, those before and after.
    passwords: tuple[Secret, ...] = field(default=(), repr=False)

    @property
    def sure(self) -> bool:
        """Whether its password is known."""
        return len(self.passwords) <= 1


class AccountChanges:
    """The changes of ``account``, as the plan gives it, at ``portal`` (see ``portal_of``)."""

    def __init__(
        self,
        folder: Path,
        portal: str,
        account: Account,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._portal = portal
        self._planned = account
        self._clock = clock
        self._check = ""
        self.left = self._read()  # by an earlier run; None once that is undone

    @property
    def account(self) -> Account:
        """The account with the password that it has now, as far as that is known."""
        if self.left is None or len(self.left.passwords) != 1:
            return self._planned
        return replace(self._planned, password=self.left.passwords[0])

    @property
    def begun(self) -> bool:
        """Whether a check has begun that may change the account, or left it changed."""
        return bool(self._check) or self.left is not None

    def begin(self, check: str) -> None:
        """``check``, which may lock or change the account, is about to begin."""
        self._check = check
        self._write(self.left.passwords if self.left else ())

    @contextmanager
    def password(self, new: Secret) -> Iterator[None]:
        """The portal is given ``new`` within; at a good end it has taken it."""
        known = self.left.passwords if self.left else ()
        self._write((*(known or self._planned_password()), new))
        yield
        self._write(() if new == self._planned.password else (new,))

    def end(self) -> None:
        """The check has come to its good end. A password that it has left in force is kept."""
        if self.left is not None and not self.left.passwords:
            self.restored()

    def restored(self) -> None:
        """The account is as the plan says."""
        self.left = None
        self._file.unlink(missing_ok=True)

    @property
    def _file(self) -> Path:
        return self._folder / _file_name(self._planned.key, self._portal)

    @property
    def _bound_to(self) -> bytes:
        return json.dumps(["changes", self._portal, self._planned.user_id]).encode()

    def _planned_password(self) -> tuple[Secret, ...]:
        return (self._planned.password,) if self._planned.password else ()

    def _read(self) -> Changes | None:
        try:
            data = json.loads(self._file.read_bytes())
            check, at, sealed = data["check"], float(data["at"]), b64decode(data["sealed"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise AccountUnavailable(
                f"{self._file}: what was changed of the account cannot be read: {exc}"
                " (see to the account by hand, then remove the file)"
            ) from exc
        plain = unseal(sealed, self._planned, bound_to=self._bound_to)
        if plain is None:
            # It may hold the one password that is in force: never to be written over.
            raise AccountUnavailable(
                f"{self._file}: what {check} has changed of account '{self._planned.key}' is sealed"
                " with other secrets than the plan has now (give it those of before, or set the"
                f" account right by hand, then: portalwatch accounts resume {self._planned.key})"
            )
        passwords = tuple(Secret(value) for value in json.loads(plain))
        return Changes(check, at, passwords)

    def _write(self, passwords: tuple[Secret, ...]) -> None:
        """Have it on the disk, or raise ``AccountUnavailable``: what is not kept is not done."""
        passwords = tuple(dict.fromkeys(passwords))
        check = self._check or (self.left.check if self.left else "")
        self.left = Changes(check, self._clock(), passwords)
        plain = json.dumps([secret.reveal() for secret in passwords]).encode()
        sealed = seal(plain, self._planned, bound_to=self._bound_to)
        if sealed is None:
            raise AccountUnavailable(
                f"accounts.{self._planned.key}: has no secret of its own, so that no change of it"
                " can be kept safely (add 'password: {env: NAME}')"
            )
        data = {"check": check, "at": self.left.at, "sealed": b64encode(sealed).decode()}
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial = self._file.with_suffix(".part")
            partial.touch(mode=0o600)
            with partial.open("w") as file:
                json.dump(data, file)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self._file)
            self._sync_folder()
        except OSError as exc:
            raise AccountUnavailable(
                f"{self._file}: what a check changes of the account cannot be kept:"
                f" {exc.strerror} (see that its disk has room)"
            ) from exc

    def _sync_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def told_of_changes(account: Account, left: Changes) -> str:
    """What became of the account, and what to do about it: one line."""
    at = time.strftime("%Y-%m-%d %H:%M", time.gmtime(left.at))
    what = "locked it, or changed it," if left.sure else "was changing its password,"
    return (
        f"account '{account.key}' was left behind by {left.check} at {at} UTC, which {what} and"
        " did not come to its end (write flows/restore.py with restore_account(journey), or set"
        " the account right by hand, then:"
        f" portalwatch accounts resume {account.key})"
    )


def told_of_restoring(account: Account, left: Changes) -> str:
    """What was tried when the account could not be set right, and what else to do: one line."""
    at = time.strftime("%Y-%m-%d %H:%M", time.gmtime(left.at))
    return (
        f"while restore_account set right what {left.check} had left of account '{account.key}'"
        f" at {at} UTC; the next run tries again, or set it right by hand, then:"
        f" portalwatch accounts resume {account.key}"
    )


def changed_accounts(folder: Path) -> dict[str, Changes]:
    """What was left behind, by the plan's names of the accounts, without any password."""
    found = {}
    for file in sorted(folder.glob("*.json")):
        try:
            data = json.loads(file.read_bytes())
            found[file.name.rsplit(".", 2)[0]] = Changes(data["check"], float(data["at"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # who takes up the account is told of it
    return found


def forget_changes(folder: Path, account: str, portal: str | None = None) -> int:
    """Take ``account`` to be as the plan says, at ``portal`` or else at every one; how many
    files that were."""
    name = _file_name(account, portal) if portal is not None else f"{account}.*.json"
    files = list(folder.glob(name))
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)


def _file_name(account: str, portal: str) -> str:
    return f"{account}.{hashlib.sha256(portal.encode()).hexdigest()[:16]}.json"
