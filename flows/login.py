"""Signing in with User ID and password, and signing out."""

from __future__ import annotations

from flows import dashboard, pages, two_factor
from portalwatch.account import Account
from portalwatch.journey import Journey
from portalwatch.secrets import Secret

WRONG_PASSWORD = Secret("not-the-password-of-anybody")


def open_sign_in(journey: Journey) -> None:
    """Go to the sign-in page."""
    journey.page.goto(pages.SIGN_IN)


def enter(journey: Journey) -> None:
    """Sign in with all that the account of the journey has, and arrive inside."""
    sign_in(journey, journey.account)
    if journey.account.totp_secret is not None:
        two_factor.enter_code(journey)
    arrive(journey)


def arrive(journey: Journey) -> None:
    """Wait to be inside, where what failed before counts no longer."""
    pages.greeting(journey.page).wait_for()
    journey.signed_in()


def be_signed_in(journey: Journey) -> None:
    """Arrive inside, where it is no matter how: as an earlier run of the account did, or anew."""
    journey.reuse_sign_in(lambda: enter(journey), lambda: is_inside(journey))


def is_inside(journey: Journey) -> bool:
    """Whether the dashboard, asked for, greets the account of the journey."""
    dashboard.open_dashboard(journey)
    greeting = pages.greeting(journey.page)
    greeting.or_(pages.sign_in_heading(journey.page)).wait_for()
    return greeting.filter(has_text=journey.account.name).count() == 1


def sign_in(
    journey: Journey,
    account: Account,
    *,
    password: Secret | None = None,
    remember: bool = False,
) -> None:
    """Submit the account's User ID and password, or another ``password``, on the sign-in page."""
    open_sign_in(journey)
    if remember:
        pages.remember_me(journey.page).check()
    submit_credentials(journey, account, password=password)


def submit_credentials(
    journey: Journey, account: Account, *, password: Secret | None = None
) -> None:
    """Fill in and submit the sign-in form of the page that is open."""
    page = journey.page
    pages.user_id(page).fill(account.user_id)
    journey.enter_secret(pages.password(page), password or account.password, of=account)
    pages.sign_in_button(page).click()


def fail_to_sign_in(journey: Journey, account: Account, *, times: int = 1) -> None:
    """Give a wrong password, so often, each time on a fresh page."""
    for _ in range(times):
        sign_in(journey, account, password=WRONG_PASSWORD)
        pages.settled(journey.page).wait_for()


def sign_out(journey: Journey) -> None:
    """Sign out by the button that every page behind the login has."""
    pages.sign_out_button(journey.page).click()
