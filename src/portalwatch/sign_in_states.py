"""Sign-ins kept for later journeys: a file for each portal, account and browser, encrypted.

Until its session ends, a state opens the portal as the password does. So it is sealed with
a key that is made of the account's own secrets: the file is worthless to who does not have
them, nothing else has to be kept beside it, and it ends with the password that it is of.

A state is taken out by the journey that uses it, and put back by that journey at its good
end. What ends badly, is killed, or signs out leaves nothing that the next one would trip
over; at worst it signs in anew. As a run has its account to itself (``leases``), nobody
misses a state meanwhile.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from portalwatch.account import Account
from portalwatch.sealing import seal, unseal

log = logging.getLogger(__name__)

_FORMAT = b"portalwatch sign-in 1\n"


@dataclass(frozen=True, slots=True)
class SignInState:
    """All that makes a browser be signed in. ``local``, ``session``: of the portal's origin."""

    signed_in_at: float
    cookies: list[dict[str, Any]] = field(repr=False)
    local: dict[str, str] = field(repr=False)
    session: dict[str, str] = field(repr=False)

    def values(self) -> Iterator[str]:
        """Every value that may be a secret, also those in the JSON that pages keep."""
        yield from (cookie["value"] for cookie in self.cookies)
        for text in (*self.local.values(), *self.session.values()):
            yield text
            yield from _texts_in(text)


@dataclass(frozen=True, slots=True)
class StateKey:
    """Whose sign-in, where, and in which browser. ``portal`` is an origin."""

    portal: str
    account: Account
    browser: str


class SignInStates:
    """The kept sign-ins of one project, in ``folder``.

    A state is a convenience: one that cannot be read or written costs a sign-in, and is
    said in the log.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock

    def has(self, portal: str, account: str, browser: str) -> bool:
        """Whether a state is there that has not expired; whether it opens shows when taken."""
        try:
            expires_at = self._file(portal, account, browser).stat().st_mtime
        except OSError:
            return False
        return expires_at > self._clock()

    def take(self, key: StateKey, *, within: float) -> SignInState | None:
        """The state of ``key``, no longer there for others; None where none is fit for use.

        Fit is what was sealed with the account's secrets as they are now, for this very
        portal, account and browser, and is of a sign-in at most ``within`` seconds ago.
        """
        file = self._file(key.portal, key.account.key, key.browser)
        if not file.exists():
            return None
        try:
            with self._locked():
                sealed = file.read_bytes()
                file.unlink()
        except FileNotFoundError:
            return None
        except OSError as exc:
            log.warning("%s: cannot be used: %s", file, exc.strerror)
            return None
        state = _opened(sealed, key)
        if state is None:
            log.info("%s: is damaged, or of other secrets than the account's", file)
            return None
        # A sign-in of the future tells of a clock that was set: nothing is known of its age.
        return state if 0 <= self._clock() - state.signed_in_at < within else None

    def keep(self, key: StateKey, state: SignInState, *, within: float) -> None:
        """Keep ``state`` until ``within`` seconds after its sign-in, and drop what has expired."""
        sealed = _sealed(state, key)
        expires_at = state.signed_in_at + within
        if sealed is None or expires_at <= self._clock():
            return
        file = self._file(key.portal, key.account.key, key.browser)
        try:
            with self._locked():
                self._drop_expired()
                partial = file.with_suffix(".part")
                partial.touch(mode=0o600)
                partial.write_bytes(sealed)
                os.utime(partial, (expires_at, expires_at))
                partial.replace(file)
        except OSError as exc:
            log.warning("%s: cannot be kept: %s", file, exc.strerror)

    def _drop_expired(self) -> None:
        """Also those of portals that are gone: the bundled one has a new port at each start."""
        for file in self._folder.iterdir():
            expired = file.suffix == ".state" and file.stat().st_mtime <= self._clock()
            # Nobody writes while the lock is ours: its writer was killed.
            if expired or file.suffix == ".part":
                file.unlink()

    def _file(self, portal: str, account: str, browser: str) -> Path:
        place = hashlib.sha256(portal.encode()).hexdigest()[:16]
        return self._folder / f"{account}.{browser}.{place}.state"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Nobody else, in whatever process, reads or writes states within."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)  # held for milliseconds
            yield
        finally:
            os.close(lock)


def _sealed(state: SignInState, key: StateKey) -> bytes | None:
    """``state`` as a file holds it; None where the account has no secret to seal it with."""
    sealed = seal(json.dumps(asdict(state)).encode(), key.account, bound_to=_bound_to(key))
    return None if sealed is None else _FORMAT + sealed


def _opened(data: bytes, key: StateKey) -> SignInState | None:
    """What ``_sealed`` has made of a state; None of anything else."""
    if not data.startswith(_FORMAT):
        return None
    plain = unseal(data.removeprefix(_FORMAT), key.account, bound_to=_bound_to(key))
    try:
        return None if plain is None else SignInState(**json.loads(plain))
    except (ValueError, TypeError):
        return None


def _bound_to(key: StateKey) -> bytes:
    """What a state belongs to, and cannot be opened as anything else."""
    return (
        _FORMAT
        + json.dumps([key.portal, key.account.key, key.account.user_id, key.browser]).encode()
    )


def _texts_in(text: str) -> Iterator[str]:
    """The texts within ``text``, where it is JSON."""
    try:
        inside = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    while inside:
        match inside.pop():
            case str() as found:
                yield found
            case list() as items:
                inside += items
            case Mapping() as items:
                inside += items.values()
