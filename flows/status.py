"""What the portal tells everybody of itself."""

from __future__ import annotations

from flows import pages
from portalwatch.journey import Journey


def open_status(journey: Journey) -> None:
    """Go to the status page."""
    journey.page.goto(pages.STATUS)
