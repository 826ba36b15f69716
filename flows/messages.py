"""What is true of every message of the portal that carries a code or a link."""

from __future__ import annotations

from flows import lifetimes, pages
from portalwatch.awaited_message import AwaitedMessage
from portalwatch.journey import Journey


def wait_until_expired(journey: Journey, sent: AwaitedMessage) -> None:
    """Wait until what ``sent`` brought is good no longer, by its own words."""
    lifetimes.wait_until_over(journey, sent.message.find(pages.LIFETIME), "expired_after_seconds")
