"""A message as a reader sees it, whatever it came in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from html.parser import HTMLParser

from portalwatch.errors import ClaimFailed
from portalwatch.model import Cause

# Whose it is: what the server that took it wrote down, then what its sender said.
_RECIPIENTS = ("delivered-to", "x-original-to", "to", "cc")
_CODE = re.compile(r"(?<![\w.,$-])\d{6,8}(?![\w-]|[.,]\d)")  # no part of an amount or a number


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``text`` is what a person reads of it, with the links of an HTML mail."""

    subject: str
    text: str

    def find(self, pattern: str | re.Pattern[str]) -> str:
        """The first match of ``pattern`` in the text: its group 1, if it has groups.

        Raises ``ClaimFailed`` (``content_wrong``) where there is none.
        """
        found = re.search(pattern, self.text)
        if found is None:
            wanted = pattern if isinstance(pattern, str) else pattern.pattern
            raise ClaimFailed(
                f"the message “{self.subject or 'without a subject'}” has nothing like {wanted}",
                cause=Cause.CONTENT_WRONG,
            )
        return found[1] if found.re.groups else found[0]

    def code(self) -> str:
        """The one-time code in it: six to eight digits that stand alone.

        Raises ``ClaimFailed`` (``content_wrong``) where there is none.
        """
        found = _CODE.search(self.text)
        if found is None:
            told = f"the message “{self.subject or 'without a subject'}” has no code in it"
            raise ClaimFailed(told, cause=Cause.CONTENT_WRONG)
        return found[0]


def mail_to(address: str, content: bytes) -> Message | None:
    """The mail (RFC 5322) in ``content``; None of one to somebody else."""
    mail = message_from_bytes(content, _class=EmailMessage, policy=default)
    if address.casefold() not in _recipients(mail):
        return None
    return Message(subject=str(mail.get("Subject", "")), text=_text_of(mail))


def _recipients(mail: EmailMessage) -> set[str]:
    # Raw, for the parser of addresses raises a dozen kinds of exceptions at broken ones; and
    # field by field, for one that is broken costs those beside it (getaddresses is strict).
    fields = [
        str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        for name, value in mail.raw_items()
        if name.casefold() in _RECIPIENTS
    ]
    return {to.casefold() for field in fields for _, to in getaddresses([field])}


def _text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    if body is None:
        return ""
    try:
        content = str(body.get_content())
    except (LookupError, ValueError):  # of an encoding that nobody knows
        raw = body.get_payload(decode=True)
        content = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
    if body.get_content_subtype() != "html":
        return content
    reader = _Reader()
    reader.feed(content)
    reader.close()
    return reader.text


class _Reader(HTMLParser):
    """The text of an HTML mail; a link's address stands before its words."""

    _UNREAD = ("script", "style", "title")
    _LINES = ("p", "div", "br", "tr", "li", "h1", "h2", "h3", "table")
    _CELLS = ("td", "th")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._unread = 0

    @property
    def text(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self._parts).splitlines())
        return "\n".join(line for line in lines if line)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._UNREAD:
            self._unread += 1
        elif tag in self._LINES:
            self._parts.append("\n")
        elif tag in self._CELLS:
            self._parts.append(" ")
        elif tag == "a" and (address := dict(attrs).get("href")):
            self._parts.append(f" {address} ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._UNREAD:
            self._unread = max(0, self._unread - 1)
        elif tag in self._LINES:
            self._parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self._parts.append(re.sub(r"\s+", " ", data))

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Take ``<![…>`` for a comment, as browsers do: the inherited one may raise."""
        return self.parse_bogus_comment(i, report)
