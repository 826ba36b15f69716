from __future__ import annotations

from playwright.sync_api import expect

from checks.refusals import is_refused
from flows import lockout, login, pages, session, two_factor
from portalwatch.destructive import destructive
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
        login.arrive(journey)
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
        two_factor.submit_refused_code(journey, journey.wrong_one_time_code())
    with journey.step("be refused", expects=Cause.SECOND_FACTOR_REJECTED):
        is_refused(journey, "a wrong code")
        expect(pages.error_summary(page)).to_contain_text("not right")
    with journey.step("enter the right code"):
        two_factor.enter_code(journey)
        login.arrive(journey)


def check_used_code_is_refused(journey: Journey) -> None:
    """A code that has been used does not sign in a second browser."""
    page = journey.page
    with journey.step("sign in with a code"):
        login.sign_in(journey, journey.account)
        pages.code(page).wait_for()
        code = journey.one_time_code()
        two_factor.submit_code(journey, code)
        login.arrive(journey)
    with journey.step("give the same code in another browser"):
        session.forget_everything(journey)
        login.sign_in(journey, journey.account)
        two_factor.submit_refused_code(journey, code)
    with journey.step("be refused", expects=Cause.SECOND_FACTOR_REJECTED):
        is_refused(journey, "a code that had been used")
    with journey.step("give it up"):
        two_factor.cancel(journey)
        expect(pages.sign_in_heading(page)).to_be_visible()


@destructive
def check_wrong_codes_lock_the_account(journey: Journey) -> None:
    """After too many wrong codes the password is refused too, until the lock is over."""
    page = journey.page
    with journey.step("give wrong codes", expects=Cause.SECOND_FACTOR_REJECTED):
        login.sign_in(journey, journey.account)
        pages.code(page).wait_for()
        two_factor.fail_at_the_code(journey, times=pages.LOCK_TRIES)
    with journey.step("begin anew with the right password", expects=Cause.ACCOUNT_LOCKED):
        login.sign_in(journey, journey.account)
        expect(pages.settled(page)).to_be_visible()
        journey.require(
            pages.error_summary(page).count() == 1,
            f"the sign-in went on after {pages.LOCK_TRIES} wrong codes",
            cause=Cause.ACCESS_NOT_REFUSED,
        )
    with journey.step("wait for the end of the lock", expects=Cause.ACCOUNT_LOCKED):
        lockout.wait_for_the_end(journey)
    with journey.step("sign in"):
        two_factor.enter_code(journey)
        expect(pages.greeting(page)).to_be_visible()


def check_cancelled_sign_in_is_over(journey: Journey) -> None:
    """A sign-in that was given up at the code cannot be gone on with."""
    page = journey.page
    with journey.step("sign in, and give up at the code"):
        login.sign_in(journey, journey.account)
        expect(pages.code_heading(page)).to_be_visible()
        two_factor.cancel(journey)
        expect(pages.sign_in_heading(page)).to_be_visible()
    with journey.step("ask for the code's page again"):
        page.goto(pages.CODE)
        expect(pages.sign_in_heading(page).or_(pages.code_heading(page))).to_be_visible()
        journey.require(
            pages.code_heading(page).count() == 0,
            "the portal still waited for the code of a sign-in that was given up",
            cause=Cause.ACCESS_NOT_REFUSED,
        )


@destructive
def check_backup_code_signs_in_once(journey: Journey) -> None:
    """A backup code stands in for the app, and only once."""
    page = journey.page
    with journey.step("have backup codes made"):
        login.enter(journey)
        code, *_ = two_factor.new_backup_codes(journey)
        login.sign_out(journey)
        expect(pages.signed_out_heading(page)).to_be_visible()
    with journey.step("sign in with one of them"):
        login.sign_in(journey, journey.account)
        two_factor.submit_backup_code(journey, code)
        expect(pages.greeting(page)).to_contain_text(journey.account.name)
    with journey.step("give it once more"):
        session.forget_everything(journey)
        login.sign_in(journey, journey.account)
        two_factor.submit_backup_code(journey, code)
    with journey.step("be refused", expects=Cause.SECOND_FACTOR_REJECTED):
        is_refused(journey, "a backup code that had been used")
    with journey.step("give it up"):
        two_factor.cancel(journey)


def check_trusted_device_is_not_asked_again(journey: Journey) -> None:
    """On a device that a provider trusts no code is asked for, until the trust is taken back."""
    page = journey.page
    with journey.step("sign in, and trust this device"):
        login.sign_in(journey, journey.account)
        two_factor.enter_code(journey, trust=True)
        login.arrive(journey)
        login.sign_out(journey)
        expect(pages.signed_out_heading(page)).to_be_visible()
    with journey.step("sign in with the password alone"):
        login.sign_in(journey, journey.account)
        login.arrive(journey)
    with journey.step("take the trust back"):
        two_factor.forget_trusted_devices(journey)
        expect(pages.no_trusted_device(page)).to_be_visible()
        login.sign_out(journey)
        expect(pages.signed_out_heading(page)).to_be_visible()
    with journey.step("be asked for a code again"):
        login.sign_in(journey, journey.account)
        expect(pages.settled(page)).to_be_visible()
        journey.require(
            pages.greeting(page).count() == 0,
            "no code was asked for on a device whose trust had been taken back",
            cause=Cause.ACCESS_NOT_REFUSED,
        )
        two_factor.cancel(journey)
