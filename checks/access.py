from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from flows import dashboard, login, pages, two_factor
from portalwatch.journey import Journey
from portalwatch.model import Cause


def check_dashboard_needs_a_session(journey: Journey) -> None:
    """A page behind the login, asked for without a session, leads to the sign-in page."""
    with journey.step("ask for the dashboard"):
        _is_refused(journey, dashboard.open_dashboard)
    with journey.step("ask for the account page"):
        _is_refused(journey, dashboard.open_account)


def check_every_page_needs_a_session(journey: Journey) -> None:
    """No page that is for providers opens for somebody who has not signed in."""
    for path in pages.BEHIND_THE_SIGN_IN:
        with journey.step(f"ask for {path}"):
            _is_refused(journey, lambda journey, path=path: journey.page.goto(path))


def check_other_practices_patient_is_not_found(journey: Journey) -> None:
    """A patient of another practice cannot be looked up, not even by the right address."""
    page = journey.page
    with journey.step("sign in"):
        login.enter(journey)
    for path in pages.OF_ANOTHER_PRACTICE:
        with journey.step(f"ask for {path}"):
            answer = page.goto(path)
            expect(pages.any_heading(page)).to_be_visible()
            journey.require(
                pages.not_found_heading(page).count() == 1,
                f"the portal showed {path}, which is another practice's",
                # An outage shows nothing either.
                cause=Cause.ACCESS_NOT_REFUSED if answer and answer.ok else None,
            )


def check_dashboard_needs_the_second_factor(journey: Journey) -> None:
    """A page behind the login, asked for between the two factors, leads back to signing in."""
    page = journey.page
    with journey.step("sign in with the password alone"):
        login.sign_in(journey, journey.account)
        expect(pages.code_heading(page)).to_be_visible()
    with journey.step("ask for the dashboard"):
        _is_refused(journey, dashboard.open_dashboard)
    with journey.step("ask for the account page"):
        _is_refused(journey, dashboard.open_account)
    with journey.step("give up the sign-in"):
        two_factor.cancel(journey)
        expect(pages.sign_in_heading(page)).to_be_visible()


def _is_refused(journey: Journey, ask: Callable[[Journey], None]) -> None:
    """``ask`` for a page, and end up where one signs in, with nothing of the page shown."""
    page = journey.page
    ask(journey)
    way_in = pages.sign_in_heading(page).or_(pages.code_heading(page))
    behind = pages.sign_out_button(page)
    expect(way_in.or_(behind)).to_be_visible()
    journey.require(
        behind.count() == 0,
        f"the portal showed {page.url.partition('?')[0]} without a full sign-in",
        cause=Cause.ACCESS_NOT_REFUSED,
    )
