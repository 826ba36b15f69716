"""The lock after too many failed tries, and its end."""

from __future__ import annotations

from flows import login, pages
from portalwatch.journey import Journey


def wait_for_the_end(journey: Journey) -> None:
    """Try the right password until the lock is over, for as long as the run may take."""
    page = journey.page
    with journey.waiting("unlocked_after_seconds"):
        while True:
            login.sign_in(journey, journey.account)
            pages.settled(page).wait_for()
            if pages.error_summary(page).count() == 0:
                return
