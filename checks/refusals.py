"""How checks see that the portal has refused something: nobody got in, and the page says why."""

from __future__ import annotations

from playwright.sync_api import expect

from flows import pages
from portalwatch.journey import Journey
from portalwatch.model import Cause


def is_refused(journey: Journey, what: str) -> None:
    """The page for the code says that there is a problem, and let nobody in with ``what``."""
    page = journey.page
    # Either settles it: waiting for the refusal alone would call a portal that lets anybody
    # in merely slow.
    refused, inside = pages.error_summary(page), pages.greeting(page)
    expect(refused.or_(inside)).to_be_visible()
    journey.require(
        inside.count() == 0, f"the portal accepted {what}", cause=Cause.ACCESS_NOT_REFUSED
    )
