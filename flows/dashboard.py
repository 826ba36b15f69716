"""The pages behind the login."""

from __future__ import annotations

from flows import pages
from portalwatch.journey import Journey


def open_dashboard(journey: Journey) -> None:
    """Ask for the dashboard by its address, signed in or not."""
    journey.page.goto(pages.DASHBOARD)


def open_account(journey: Journey) -> None:
    """Ask for the account page by its address, signed in or not."""
    journey.page.goto(pages.ACCOUNT)
