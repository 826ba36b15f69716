from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from playwright.sync_api import expect

from flows import dashboard, login, pages
from portalwatch.journey import Journey
from portalwatch.model import Cause


def check_provider_signs_in_and_out(journey: Journey) -> None:
    """A provider with the right password reaches the dashboard, and can sign out again."""
    page = journey.page
    with journey.step("sign in"):
        login.sign_in(journey, journey.account)
    with journey.step("reach the dashboard"):
        login.arrive(journey)
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
        login.sign_in(journey, account, password=login.WRONG_PASSWORD)
    with journey.step("be refused", expects=Cause.INVALID_CREDENTIALS):
        _is_refused(journey, "a wrong password")
        expect(pages.error_summary(page)).to_contain_text("incorrect")
        expect(pages.password(page)).to_have_value("")
    with journey.step("sign in rightly, so that the failure does not count on"):
        login.submit_credentials(journey, account)
        login.arrive(journey)


def check_unknown_user_is_told_nothing_more(journey: Journey) -> None:
    """A User ID that nobody has is refused in the very words of a wrong password."""
    page, account = journey.page, journey.account
    nobody = replace(account, user_id=f"nobody.{uuid4().hex[:12]}")
    with journey.step("sign in as somebody who does not exist"):
        login.sign_in(journey, nobody, password=login.WRONG_PASSWORD)
    with journey.step("be refused", expects=Cause.INVALID_CREDENTIALS):
        _is_refused(journey, "a User ID that nobody has")
        told = page.locator("body").inner_text()
    with journey.step("sign in with a wrong password", expects=Cause.INVALID_CREDENTIALS):
        login.fail_to_sign_in(journey, account)
        expect(page.locator("body")).to_have_text(told, use_inner_text=True)
    with journey.step("sign in rightly, so that the failure does not count on"):
        login.enter(journey)


def check_suspended_account_is_refused(journey: Journey) -> None:
    """A provider whose account is suspended is refused, also with the right password."""
    _right_password_is_refused(journey, "suspended")


def check_inactive_account_is_refused(journey: Journey) -> None:
    """A provider whose account is inactive is refused, also with the right password."""
    _right_password_is_refused(journey, "inactive")


def check_expired_password_opens_nothing(journey: Journey) -> None:
    """A provider whose password has expired has to set a new one before anything opens."""
    page = journey.page
    with journey.step("sign in"):
        login.sign_in(journey, journey.account)
        expect(pages.new_password_heading(page).or_(pages.greeting(page))).to_be_visible()
        journey.signed_in()
    for path in (pages.DASHBOARD, pages.PATIENTS, pages.ACCOUNT):
        with journey.step(f"ask for {path}"):
            answer = page.goto(path)
            expect(pages.any_heading(page)).to_be_visible()
            journey.require(
                pages.new_password_heading(page).count() == 1,
                f"the portal showed {path} to somebody whose password has expired",
                # An outage opens nothing either.
                cause=Cause.ACCESS_NOT_REFUSED if answer and answer.ok else None,
            )
    with journey.step("sign out"):
        login.sign_out(journey)
        expect(pages.signed_out_heading(page)).to_be_visible()


def check_user_id_is_remembered_if_asked(journey: Journey) -> None:
    """The portal fills in a provider's User ID next time, if asked to, and never the password."""
    page, account = journey.page, journey.account
    with journey.step("sign in, and be remembered"):
        login.sign_in(journey, account, remember=True)
        login.arrive(journey)
        login.sign_out(journey)
        expect(pages.signed_out_heading(page)).to_be_visible()
    with journey.step("come back"):
        login.open_sign_in(journey)
        expect(pages.user_id(page)).to_have_value(account.user_id)
        expect(pages.password(page)).to_have_value("")
    with journey.step("be forgotten"):
        pages.forget_user_id_button(page).click()
        expect(pages.user_id(page)).to_have_value("")


def check_password_can_be_shown(journey: Journey) -> None:
    """A provider can look at the password while typing it, and hide it again."""
    page = journey.page
    with journey.step("open the sign-in"):
        login.open_sign_in(journey)
        expect(pages.password(page)).to_have_attribute("type", "password")
    with journey.step("show the password"):
        pages.show_password_button(page).click()
        expect(pages.password(page)).to_have_attribute("type", "text")
    with journey.step("hide it"):
        pages.hide_password_button(page).click()
        expect(pages.password(page)).to_have_attribute("type", "password")


def check_back_button_shows_nothing_after_sign_out(journey: Journey) -> None:
    """After the sign-out the browser's back button does not bring the dashboard back."""
    page = journey.page
    with journey.step("sign in, look around and sign out"):
        login.enter(journey)
        dashboard.open_account(journey)
        dashboard.open_dashboard(journey)
        login.sign_out(journey)
        expect(pages.signed_out_heading(page)).to_be_visible()
    with journey.step("go back"):
        page.go_back()
        expect(pages.sign_in_heading(page).or_(pages.greeting(page))).to_be_visible()
        journey.require(
            pages.greeting(page).count() == 0,
            "the back button showed the dashboard after the sign-out",
            cause=Cause.ACCESS_NOT_REFUSED,
        )


def _right_password_is_refused(journey: Journey, standing: str) -> None:
    """Neither the sign-in nor the dashboard's own address lets the account in."""
    page = journey.page
    with journey.step("sign in with the right password"):
        login.sign_in(journey, journey.account)
    with journey.step("be refused", expects=Cause.ACCOUNT_SUSPENDED):
        _is_refused(journey, f"an account that is {standing}")
        expect(pages.error_summary(page)).to_contain_text(f"account is {standing}")
        journey.password_taken()  # the portal says so to nobody who does not know it
    with journey.step("ask for the dashboard all the same"):
        dashboard.open_dashboard(journey)
        expect(pages.sign_in_heading(page)).to_be_visible()


def _is_refused(journey: Journey, what: str) -> None:
    """The page says that there is a problem, and did not let ``what`` in."""
    page = journey.page
    # Any of these settles it: waiting for the refusal alone would call a portal that lets
    # anybody in merely slow.
    expect(pages.settled(page)).to_be_visible()
    journey.require(
        pages.error_summary(page).count() == 1,
        f"the portal accepted {what}",
        cause=Cause.ACCESS_NOT_REFUSED,
    )
