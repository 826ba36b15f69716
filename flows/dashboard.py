"""The pages behind the login, and the ways between them."""

from __future__ import annotations

from flows import pages
from portalwatch.journey import Journey


def open_dashboard(journey: Journey) -> None:
    """Ask for the dashboard by its address, signed in or not."""
    journey.page.goto(pages.DASHBOARD)


def open_account(journey: Journey) -> None:
    """Ask for the account page by its address, signed in or not."""
    journey.page.goto(pages.ACCOUNT)


def open_by_keyboard(journey: Journey, label: str) -> None:
    """Open the page of an entry of the navigation, without a mouse."""
    pages.navigation_link(journey.page, label).press("Enter")
