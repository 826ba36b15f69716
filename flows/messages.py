"""What is true of every message of the portal that carries a code or a link."""

from __future__ import annotations

import time

from flows import pages
from portalwatch.awaited_message import AwaitedMessage
from portalwatch.journey import Journey

_UNITS = {"second": 1, "minute": 60, "hour": 3600}
_SLACK = 2.0  # seconds, for two clocks and the way of the message


def wait_until_expired(journey: Journey, sent: AwaitedMessage) -> None:
    """Wait until what ``sent`` brought is good no longer, by its own words."""
    number, unit = sent.message.find(pages.LIFETIME).split()
    lifetime = int(number) * _UNITS[unit.rstrip("s")] + _SLACK
    over = (time.time() + lifetime) * 1000
    with journey.waiting("expired_after_seconds"):
        journey.page.wait_for_function(
            "over => Date.now() > over", arg=over, timeout=(lifetime + _SLACK) * 1000
        )
