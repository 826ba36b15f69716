from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from playwright.sync_api import expect

from flows import lockout, login, pages
from portalwatch.destructive import destructive
from portalwatch.journey import Journey
from portalwatch.model import Cause


@destructive
def check_account_locks_and_unlocks_by_itself(journey: Journey) -> None:
    """After too many wrong passwords the right one is refused too, until the lock is over."""
    page, account = journey.page, journey.account
    with journey.step("give wrong passwords", expects=Cause.ACCOUNT_LOCKED):
        login.fail_to_sign_in(journey, account, times=pages.LOCK_TRIES)
    with journey.step("give the right one", expects=Cause.ACCOUNT_LOCKED):
        # The refusal of the right password is what proves the lock: a portal need not tell.
        login.sign_in(journey, account)
        expect(pages.settled(page)).to_be_visible()
        journey.require(
            pages.error_summary(page).count() == 1,
            f"the right password was accepted after {pages.LOCK_TRIES} wrong ones",
            cause=Cause.ACCESS_NOT_REFUSED,
        )
    with journey.step("wait for the end of the lock", expects=Cause.ACCOUNT_LOCKED):
        lockout.wait_for_the_end(journey)
    with journey.step("be inside"):
        expect(pages.greeting(page)).to_contain_text(account.name)


def check_another_account_stays_open(journey: Journey) -> None:
    """Wrong passwords for one User ID do not keep another provider out of the same browser."""
    account = journey.account
    nobody = replace(account, user_id=f"nobody.{uuid4().hex[:12]}")
    with journey.step("lock a User ID", expects=Cause.ACCOUNT_LOCKED):
        login.fail_to_sign_in(journey, nobody, times=pages.LOCK_TRIES)
    with journey.step("sign in with another one"):
        login.enter(journey)
        expect(pages.greeting(journey.page)).to_contain_text(account.name)


@destructive
def check_right_sign_in_forgets_failures(journey: Journey) -> None:
    """A few wrong passwords, forgotten with a right one, do not add up to a lock."""
    page, account = journey.page, journey.account
    few = pages.LOCK_TRIES - 2
    for again in ("", " again"):
        with journey.step(f"give a few wrong passwords{again}"):
            login.fail_to_sign_in(journey, account, times=few)
        with journey.step(f"give the right one{again}"):
            login.enter(journey)
            login.sign_out(journey)
            expect(pages.signed_out_heading(page)).to_be_visible()
