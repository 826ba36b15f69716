"""A mail server that speaks IMAP (RFC 3501). Reading marks nothing as read."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from portalwatch.account import Inbox
from portalwatch.errors import MailboxUnavailable
from portalwatch.mailbox.message import Message, mail_to

ANSWER_SECONDS = 10.0
_BODY = b"BODY[]"
_PORTS = {"imap": 143, "imaps": 993}

T = TypeVar("T")
Mark = tuple[int, int]  # the mailbox's UIDVALIDITY, and the UID that its next message gets


class Imap:
    """The messages to one address in a folder of a mail server. See ``Mailbox``."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        parts = urlsplit(inbox.place)
        self._scheme, self._host = parts.scheme, parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._folder = unquote(parts.path.strip("/")) or "INBOX"
        self._client: IMAPClient | None = None

    def mark(self) -> Mark:
        """Where the folder ends now."""
        return self._asked(self._end)

    def since(self, mark: Mark) -> list[Message]:
        """The messages with a number from there on."""
        return self._asked(lambda: self._read(mark))

    def close(self) -> None:
        """Log out."""
        client, self._client = self._client, None
        if client is not None:
            try:
                client.logout()
            except (OSError, IMAPClientError):
                _shut(client)

    def _end(self) -> Mark:
        status = self._connected().folder_status(self._folder, ["UIDNEXT", "UIDVALIDITY"])
        return status[b"UIDVALIDITY"], status[b"UIDNEXT"]

    def _read(self, mark: Mark) -> list[Message]:
        client = self._connected()
        validity, first = mark
        # Selected anew each time: that is how a server is sure to tell of what has come.
        if client.select_folder(self._folder, readonly=True)[b"UIDVALIDITY"] != validity:
            # Its messages are numbered again: which were there before, nothing tells.
            raise self._unavailable("it was made anew meanwhile")
        # "n:*" has the last message also where its number is below n (RFC 3501, 6.4.8).
        numbers = [uid for uid in client.search(["UID", f"{first}:*"]) if uid >= first]
        bodies = client.fetch(numbers, ["BODY.PEEK[]"]) if numbers else {}
        # One that another reader has deleted meanwhile has no body.
        contents = [content for uid in sorted(bodies) if (content := bodies[uid].get(_BODY))]
        found = (mail_to(self._inbox.address, content) for content in contents)
        return [message for message in found if message is not None]

    def _connected(self) -> IMAPClient:
        if self._client is None:
            secure = self._scheme == "imaps"
            context = ssl.create_default_context() if secure else None
            client = IMAPClient(
                self._host, self._port, ssl=secure, ssl_context=context, timeout=ANSWER_SECONDS
            )
            try:
                self._sign_in(client)
            except BaseException:
                _shut(client)
                raise
            self._client = client
        return self._client

    def _sign_in(self, client: IMAPClient) -> None:
        user, password = self._inbox.user, self._inbox.password
        said = password.reveal() if password else ""
        # LOGIN takes ASCII alone, and PLAIN is UTF-8 (RFC 4616).
        sign_in = client.login if (user + said).isascii() else client.plain_login
        try:
            sign_in(user, said)
        except LoginError:
            # Not chained: a server may repeat what it was told.
            raise self._unavailable(f"it refuses {user}") from None

    def _asked(self, question: Callable[[], T]) -> T:
        try:
            return question()
        except (OSError, IMAPClientError, UnicodeError) as exc:  # UnicodeError: of a host's name
            client, self._client = self._client, None
            if client is not None:
                _shut(client)
            raise self._unavailable(str(exc) or type(exc).__name__) from exc

    def _unavailable(self, why: str) -> MailboxUnavailable:
        where = f"{self._scheme}://{self._host}:{self._port}/{self._folder}"
        return MailboxUnavailable(f"the mailbox {where} cannot be read: {why}")


def _shut(client: IMAPClient) -> None:
    """Close the connection without a word."""
    with suppress(OSError, IMAPClientError):
        client.shutdown()
