"""A mail or a text that a journey has asked the portal for."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, TypeVar
from urllib.parse import unquote

from portalwatch.account import Account, Inbox
from portalwatch.errors import ClaimFailed, ConfigError
from portalwatch.fibers import Fibers
from portalwatch.mailbox import Mailbox, Message, open_mailbox
from portalwatch.model import Cause

T = TypeVar("T")
Channel = Literal["mail", "texts"]

LOOK_EVERY = 0.25  # seconds
_LONG = 16  # characters: a part of a link that is as long is a token, and no word

_NAMES = {"mail": "mail", "texts": "text message"}


def inbox_of(account: Account, channel: Channel) -> Inbox:
    """Where ``account``'s mail or texts are read. Raises ``ConfigError`` where nothing says."""
    inbox: Inbox | None = getattr(account, channel)
    if inbox is None:
        raise ConfigError(
            f"accounts.{account.key}: the check waits for a {_NAMES[channel]}, and the account has"
            f" no {channel} (add '{channel}: ADDRESS', and mailboxes.{channel})"
        )
    return inbox


class AwaitedMessage:
    """The first message that comes after the mailbox was marked.

    ``keep_secret`` is told of each code and link that is read in it. ``having``: what it must
    have in its text, where another message may be on its way; without such a one by the end of
    the wait, it is the first that came.
    """

    def __init__(
        self,
        channel: Channel,
        inbox: Inbox,
        fibers: Fibers,
        keep_secret: Callable[[str], None],
        having: str | re.Pattern[str] = "",
    ) -> None:
        self._what = _NAMES[channel]
        self._address = inbox.address
        self._mailbox: Mailbox = open_mailbox(inbox)
        self._fibers = fibers
        # One of its own: where a deadline ends the wait, what was asked still goes on in it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mailbox")
        self._keep_secret = keep_secret
        self._having = having
        self._message: Message | None = None
        self._mark: Any = None

    @property
    def message(self) -> Message:
        """The message itself. Raises ``RuntimeError`` before the end of the block."""
        if self._message is None:
            raise RuntimeError(
                "the message is awaited at the end of its 'with' block: read it after"
            )
        return self._message

    def code(self) -> str:
        """The one-time code in it. Raises as ``Message.code``."""
        code = self.message.code()
        self._keep_secret(code)
        return code

    def find(self, pattern: str | re.Pattern[str]) -> str:
        """The first match of ``pattern`` in it, such as a link. Raises as ``Message.find``."""
        found = self.message.find(pattern)
        for secret in (found, *_tokens(found)):
            self._keep_secret(secret)
        return found

    def mark(self) -> None:
        """Pass over all that has come so far."""
        self._mark = self._ask(self._mailbox.mark)

    def wait(self, seconds: float) -> float:
        """Wait for the message; gives how many seconds that took.

        Raises ``ClaimFailed`` (``code_not_delivered``) where none comes within ``seconds``,
        ``MailboxUnavailable`` where the mailbox cannot be read.
        """
        began = time.monotonic()
        while True:
            came = self._ask(lambda: self._mailbox.since(self._mark))
            fitting = [message for message in came if re.search(self._having, message.text)]
            waited = time.monotonic() - began
            if fitting or (came and waited >= seconds):
                self._message = (fitting or came)[0]
                return waited
            if waited >= seconds:
                raise ClaimFailed(
                    f"no {self._what} came to {self._address} within {seconds:g} s",
                    cause=Cause.CODE_NOT_DELIVERED,
                )
            self._fibers.pause(LOOK_EVERY)

    def close(self) -> None:
        """End what the mailbox holds open, when the question under way has ended."""
        self._thread.submit(self._mailbox.close)
        self._thread.shutdown(wait=False)

    def _ask(self, question: Callable[[], T]) -> T:
        return self._fibers.in_thread(self._thread, question)


def _tokens(link: str) -> list[str]:
    """The parts of ``link`` that open something by themselves, as written and as meant."""
    beyond_host = re.sub(r"^\w+://[^/?#]*", "", link)
    parts = [part for part in re.split(r"[/?&=#;]", beyond_host) if len(part) >= _LONG]
    return list(dict.fromkeys(form for part in parts for form in (part, unquote(part))))
