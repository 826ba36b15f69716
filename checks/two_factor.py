from __future__ import annotations

from playwright.sync_api import expect

from flows import login, pages, two_factor
from portalwatch.journey import Journey
from portalwatch.model import Cause


def check_provider_signs_in_with_totp(journey: Journey) -> None:
    """A provider with the right password and code reaches the dashboard."""
    page = journey.page
    with journey.step("sign in"):
        login.sign_in(journey, journey.account)
    with journey.step("enter the code"):
        two_factor.enter_code(journey)
    with journey.step("reach the dashboard"):
        expect(pages.greeting(page)).to_contain_text(journey.account.name)
    with journey.step("sign out"):
        login.sign_out(journey)
        expect(pages.signed_out_heading(page)).to_be_visible()


def check_wrong_code_is_refused(journey: Journey) -> None:
    """A wrong code is refused, and the right one is still accepted after it."""
    page = journey.page
    with journey.step("sign in"):
        login.sign_in(journey, journey.account)
        expect(pages.code_heading(page)).to_be_visible()
    with journey.step("enter a wrong code"):
        two_factor.submit_code(journey, journey.wrong_one_time_code())
    with journey.step("be refused", expects=Cause.SECOND_FACTOR_REJECTED):
        expect(pages.error_summary(page).or_(pages.greeting(page))).to_be_visible()
        journey.require(
            pages.greeting(page).count() == 0,
            "the portal accepted a wrong code",
            cause=Cause.ACCESS_NOT_REFUSED,
        )
        expect(pages.error_summary(page)).to_contain_text("not right")
    with journey.step("enter the right code"):
        two_factor.enter_code(journey)
        expect(pages.greeting(page)).to_be_visible()
