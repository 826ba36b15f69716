"""How long something lasts, as the portal says it, and the wait until it is over."""

from __future__ import annotations

import time

from portalwatch.journey import Journey

_UNITS = {"second": 1, "minute": 60, "hour": 3600}
_SLACK = 2.0  # seconds, for two clocks and the way of a message or an answer


def wait_until_over(journey: Journey, lifetime: str, measure: str) -> None:
    """Wait as long as ``lifetime`` says ("30 seconds"), from now on; ``measure`` records it."""
    number, unit = lifetime.split()
    seconds = int(number) * _UNITS[unit.rstrip("s")] + _SLACK
    over = (time.time() + seconds) * 1000
    with journey.waiting(measure):
        journey.page.wait_for_function(
            "over => Date.now() > over", arg=over, timeout=(seconds + _SLACK) * 1000
        )
