"""What the portal tells everybody of itself."""

from __future__ import annotations

from flows import pages
from portalwatch.journey import Journey


def open_status(journey: Journey) -> None:
    """Go to the status page."""
    journey.page.goto(pages.STATUS)


def open_maintenance_page(journey: Journey) -> None:
    """Look, as staff may, at the page that everybody sees under maintenance."""
    journey.page.goto(pages.MAINTENANCE_PREVIEW)


def open_outage_page(journey: Journey) -> None:
    """Look, as staff may, at the page that everybody sees in an outage."""
    journey.page.goto(pages.OUTAGE_PREVIEW)


def open_nowhere(journey: Journey) -> int | None:
    """Ask for a page that the portal does not have; gives the status of the answer."""
    answer = journey.page.goto(pages.NOWHERE)
    return answer.status if answer else None
