"""What the portal tells everybody of itself."""

from __future__ import annotations

from flows import pages
from portalwatch.journey import Journey


def open_status(journey: Journey) -> None:
    """Go to the status page."""
    journey.page.goto(pages.STATUS)


def open_nowhere(journey: Journey) -> int | None:
    """Ask for a page that the portal does not have; gives the status of the answer."""
    answer = journey.page.goto(pages.NOWHERE)
    return answer.status if answer else None
