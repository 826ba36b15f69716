"""The second factor: a one-time code after the password."""

from __future__ import annotations

from flows import pages
from portalwatch.journey import Journey


def enter_code(journey: Journey) -> None:
    """Submit a code of the account that was never used before."""
    # Taken only once the page asks for it: a code that waits for a slow page may expire.
    pages.code(journey.page).wait_for()
    submit_code(journey, journey.one_time_code())


def submit_code(journey: Journey, code: str) -> None:
    """Submit ``code`` on the page that asks for one."""
    pages.code(journey.page).fill(code)
    pages.continue_button(journey.page).click()


def cancel(journey: Journey) -> None:
    """Give up the sign-in that waits for its code."""
    pages.cancel_button(journey.page).click()
