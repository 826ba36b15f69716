"""Being another browser than the one that is there."""

from __future__ import annotations

from flows import pages
from portalwatch.journey import Journey


def call_itself(journey: Journey, user_agent: str) -> None:
    """Name another browser in every request from here on."""
    journey.page.set_extra_http_headers({"User-Agent": user_agent})


def open_supported_browsers(journey: Journey) -> None:
    """Go to the page with the browsers that the portal is made for."""
    journey.page.goto(pages.SUPPORTED_BROWSERS)
