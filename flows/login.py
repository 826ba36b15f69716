"""Signing in with User ID and password, and signing out."""

from __future__ import annotations

from flows import pages
from portalwatch.account import Account
from portalwatch.journey import Journey
from portalwatch.secrets import Secret


def open_sign_in(journey: Journey) -> None:
    """Go to the sign-in page."""
    journey.page.goto(pages.SIGN_IN)


def sign_in(journey: Journey, account: Account, *, password: Secret | None = None) -> None:
    """Submit the account's User ID and password, or another ``password``, on the sign-in page."""
    open_sign_in(journey)
    submit_credentials(journey, account, password=password)


def submit_credentials(
    journey: Journey, account: Account, *, password: Secret | None = None
) -> None:
    """Fill in and submit the sign-in form of the page that is open."""
    page = journey.page
    pages.user_id(page).fill(account.user_id)
    journey.enter_secret(pages.password(page), password or account.password)
    pages.sign_in_button(page).click()


def sign_out(journey: Journey) -> None:
    """Sign out by the button that every page behind the login has."""
    pages.sign_out_button(journey.page).click()
