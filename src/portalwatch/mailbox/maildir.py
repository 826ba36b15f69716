"""A maildir: a folder with a file for each message (https://cr.yp.to/proto/maildir.html)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from portalwatch.account import Inbox
from portalwatch.errors import MailboxUnavailable
from portalwatch.mailbox.message import Message, mail_to


class Maildir:
    """The messages to one address in a maildir. See ``Mailbox``."""

    def __init__(self, inbox: Inbox) -> None:
        self._folder = Path(inbox.place)
        self._address = inbox.address

    def mark(self) -> frozenset[str]:
        """The names of the files that are there."""
        return frozenset(name for name, _ in self._files())

    def since(self, mark: frozenset[str]) -> list[Message]:
        """The messages in files that were not there."""
        found = []
        for name, file in self._files():
            if name in mark:
                continue
            try:
                found.append((file.stat().st_mtime_ns, mail_to(self._address, file.read_bytes())))
            except FileNotFoundError:
                # Another reader may be moving it from new to cur: it is there the next time.
                continue
            except OSError as exc:
                raise _unavailable(self._folder, f"{file.name}: {exc.strerror}") from exc
        return [message for _, message in sorted(found, key=_age) if message is not None]

    def close(self) -> None:
        """Nothing is held open."""

    def _files(self) -> Iterator[tuple[str, Path]]:
        """Each message's name, without the flags that change, and its file."""
        for part in ("new", "cur"):
            try:
                files = list((self._folder / part).iterdir())
            except OSError as exc:
                raise _unavailable(self._folder, exc.strerror or type(exc).__name__) from exc
            yield from ((file.name.partition(":")[0], file) for file in files)


def _age(found: tuple[int, Message | None]) -> int:
    return found[0]


def _unavailable(folder: Path, why: str) -> MailboxUnavailable:
    return MailboxUnavailable(f"the maildir {folder} cannot be read: {why}")
