from __future__ import annotations

from playwright.sync_api import expect

from flows import login, pages
from portalwatch.journey import Journey
from portalwatch.model import Cause
from portalwatch.secrets import Secret


def check_provider_signs_in_and_out(journey: Journey) -> None:
    """A provider with the right password reaches the dashboard, and can sign out again."""
    page = journey.page
    with journey.step("sign in"):
        login.sign_in(journey, journey.account)
    with journey.step("reach the dashboard"):
        expect(pages.greeting(page)).to_contain_text(journey.account.name)
        expect(pages.summary_tiles(page)).to_have_count(4)
        expect(pages.recent_activity(page)).to_be_visible()
    with journey.step("sign out"):
        login.sign_out(journey)
        expect(pages.signed_out_heading(page)).to_be_visible()


def check_wrong_password_is_refused(journey: Journey) -> None:
    """A wrong password is refused, and the provider is told so."""
    page, account = journey.page, journey.account
    with journey.step("sign in with a wrong password"):
        login.sign_in(journey, account, password=Secret("not-the-password-of-anybody"))
    with journey.step("be refused", expects=Cause.INVALID_CREDENTIALS):
        # Either page settles it: waiting for the refusal alone would call a portal that
        # lets anybody in merely slow.
        expect(pages.error_summary(page).or_(pages.greeting(page))).to_be_visible()
        journey.require(
            pages.greeting(page).count() == 0,
            "the portal accepted a wrong password",
            cause=Cause.ACCESS_NOT_REFUSED,
        )
        expect(pages.error_summary(page)).to_contain_text("incorrect")
        expect(pages.password(page)).to_have_value("")
    with journey.step("sign in rightly, so that the failure does not count on"):
        login.submit_credentials(journey, account)
        expect(pages.greeting(page)).to_be_visible()
