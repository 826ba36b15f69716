"""The mails in the maildir, for the inbox page to show."""

from __future__ import annotations

import mailbox
from contextlib import suppress
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

_MOST = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, as far as people read it."""

    to: str
    subject: str
    at: str
    text: str


class Letters:
    """Reads the maildir anew each time: it belongs to the SMTP server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self) -> list[Letter]:
        """The newest mails first, no more than a page can show."""
        files = sorted((self._folder / "new").iterdir(), key=_age, reverse=True)
        found = []
        for file in files[:_MOST]:
            with suppress(FileNotFoundError):  # emptied meanwhile
                found.append(_letter(file.read_bytes()))
        return found

    def empty(self) -> None:
        """Removes all mails."""
        mailbox.Maildir(self._folder).clear()


def _age(file: Path) -> tuple[int, str]:
    with suppress(FileNotFoundError):
        return file.stat().st_mtime_ns, file.name
    return 0, file.name


def _letter(content: bytes) -> Letter:
    try:
        return _read(content)
    except Exception:  # the email package raises all sorts of what is malformed
        return Letter("", "(cannot be read)", "", content.decode("utf-8", "replace"))


def _read(content: bytes) -> Letter:
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(content)
    body = message.get_body(("plain", "html"))
    return Letter(
        to=", ".join(str(to) for to in message.get_all("Delivered-To", [])),
        subject=str(message.get("Subject", "")),
        at=str(message.get("Date", "")),
        text=body.get_content() if body is not None else "",
    )
