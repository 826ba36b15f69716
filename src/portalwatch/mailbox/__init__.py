"""What the portal sends, read where it arrives: mail and texts.

A mailbox is marked before something is asked for and read after it, for what was there
before is no answer. The mark is the mailbox's own, so its clock need not agree with ours.

    ``message``   a message, and what is looked for in one
    ``maildir``   a folder with a file for each message
    ``imap``      a mail server
    ``http``      an inbox that answers in JSON, such as that of an SMS gateway
"""

from __future__ import annotations

from typing import Any, Protocol

from portalwatch.account import Inbox
from portalwatch.mailbox.message import Message

__all__ = ["Mailbox", "Message", "open_mailbox"]


class Mailbox(Protocol):
    """Where messages to one address arrive. Every call may block for some seconds.

    Each raises ``MailboxUnavailable`` where it cannot be read.
    """

    def mark(self) -> Any:
        """What is there now, for ``since``."""

    def since(self, mark: Any) -> list[Message]:
        """The messages that have come after ``mark``, the oldest first."""

    def close(self) -> None:
        """End what it holds open."""


def open_mailbox(inbox: Inbox) -> Mailbox:
    """The mailbox that ``inbox`` describes; nothing is asked of it yet."""
    # Imported by need: most workers never read a mail.
    match inbox.kind:
        case "maildir":
            from portalwatch.mailbox.maildir import Maildir

            return Maildir(inbox)
        case "imap":
            from portalwatch.mailbox.imap import Imap

            return Imap(inbox)
        case "http":
            from portalwatch.mailbox.http import HttpInbox

            return HttpInbox(inbox)
    raise AssertionError(inbox.kind)
