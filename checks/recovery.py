from __future__ import annotations

from uuid import uuid4

from playwright.sync_api import expect

from flows import login, messages, pages, recovery, session, two_factor
from portalwatch.destructive import destructive
from portalwatch.journey import Journey
from portalwatch.model import Cause
from portalwatch.secrets import Secret


def check_forgotten_user_id_is_mailed(journey: Journey) -> None:
    """A provider who has forgotten the User ID gets it by mail."""
    account = journey.account
    with journey.step("ask for the User ID"), journey.expect_message("mail") as sent:
        recovery.ask_for_user_id(journey, account.mail.address)
    with journey.step("find it in the mail"):
        found = sent.find(pages.MAILED_USER_ID)
        journey.require(found == account.user_id, "the mail names another User ID")


@destructive
def check_password_is_recovered_by_link(journey: Journey) -> None:
    """With a mailed link a provider sets a new password, and the old one is void."""
    with journey.step("open the mailed link"):
        link = recovery.open_mailed_link(journey, journey.account)
    _recover(journey)
    with journey.step("open the link once more"):
        session.forget_everything(journey)
        journey.page.goto(link)
        expect(pages.any_heading(journey.page)).to_be_visible()
        journey.require(
            pages.new_password(journey.page).count() == 0,
            "a link that had been used sets a password again",
            cause=Cause.ACCESS_NOT_REFUSED,
        )
        expect(pages.used_link_heading(journey.page)).to_be_visible()
    with journey.step("put the old password back"):
        recovery.put_password_back(journey, journey.account)


@destructive
def check_password_is_recovered_by_code(journey: Journey) -> None:
    """With a mailed code a provider sets a new password, and the old one is void."""
    with journey.step("type the mailed code"):
        recovery.type_mailed_code(journey, journey.account)
    _recover(journey)
    with journey.step("put the old password back"):
        recovery.put_password_back(journey, journey.account)


def check_wrong_recovery_code_is_refused(journey: Journey) -> None:
    """A wrong recovery code opens nothing, and the right one still does."""
    page = journey.page
    with journey.step("ask for a code"), journey.expect_message("mail") as sent:
        recovery.ask_for_code(journey, journey.account.user_id)
    code = sent.code()
    with journey.step("type a wrong one", expects=Cause.SECOND_FACTOR_REJECTED):
        two_factor.submit_code(journey, f"{(int(code) + 1) % 10**6:06d}")
        expect(pages.error_summary(page).or_(pages.new_password(page))).to_be_visible()
        journey.require(
            pages.new_password(page).count() == 0,
            "the portal accepted a wrong recovery code",
            cause=Cause.ACCESS_NOT_REFUSED,
        )
    with journey.step("type the right one"):
        two_factor.submit_code(journey, code)
        expect(pages.new_password(page)).to_be_visible()


def check_expired_link_opens_nothing(journey: Journey) -> None:
    """A mailed link is good for as long as the mail says, and no longer."""
    page = journey.page
    with journey.step("ask for a link"), journey.expect_message("mail") as sent:
        recovery.ask_for_link(journey, journey.account.user_id)
    messages.wait_until_expired(journey, sent)
    with journey.step("open it too late"):
        page.goto(sent.find(pages.RECOVERY_LINK))
        _sets_no_password(journey, "a link that had expired")
        expect(pages.expired_heading(page)).to_be_visible()


def check_expired_recovery_code_opens_nothing(journey: Journey) -> None:
    """A mailed recovery code is good for as long as the mail says, and no longer."""
    with journey.step("ask for a code"), journey.expect_message("mail") as sent:
        recovery.ask_for_code(journey, journey.account.user_id)
    messages.wait_until_expired(journey, sent)
    with journey.step("type it too late", expects=Cause.SECOND_FACTOR_REJECTED):
        two_factor.submit_code(journey, sent.code())
        _sets_no_password(journey, "a recovery code that had expired")


def check_newer_link_replaces_the_older(journey: Journey) -> None:
    """Of two mailed links only the newer one sets a password."""
    page = journey.page
    with journey.step("ask for a link twice"):
        older = recovery.open_mailed_link(journey, journey.account)
        newer = recovery.open_mailed_link(journey, journey.account)
        expect(pages.new_password(page)).to_be_visible()
    with journey.step("open the older one"):
        session.forget_everything(journey)
        page.goto(older)
        expect(pages.any_heading(page)).to_be_visible()
        journey.require(
            pages.new_password(page).count() == 0,
            "a link sets a password although a newer one was asked for",
            cause=Cause.ACCESS_NOT_REFUSED,
        )
        expect(pages.replaced_link_heading(page)).to_be_visible()
    with journey.step("open the newer one"):
        page.goto(newer)
        expect(pages.new_password(page)).to_be_visible()


def check_weak_password_is_refused(journey: Journey) -> None:
    """A password that is short or common is refused with the reason, and the link stays good."""
    page = journey.page
    with journey.step("open the mailed link"):
        recovery.open_mailed_link(journey, journey.account)
    for kind, password in (("short", "k7Qz"), ("common", "password12345678")):
        with journey.step(f"give a {kind} password"):
            recovery.set_password(journey, Secret(password))
            expect(
                pages.error_summary(page).or_(pages.password_changed_heading(page))
            ).to_be_visible()
            journey.require(
                pages.password_changed_heading(page).count() == 0,
                f"the portal took a {kind} password",
                cause=Cause.ACCESS_NOT_REFUSED,
            )
            expect(pages.new_password(page)).to_be_visible()


def check_recovery_tells_nobody_who_exists(journey: Journey) -> None:
    """Whoever asks for the recovery of a User ID that nobody has sees what everybody sees."""
    page = journey.page
    told = []
    for what, user_id in (
        ("an account", journey.account.user_id),
        ("nobody", f"nobody.{uuid4().hex[:12]}"),
    ):
        with journey.step(f"ask for the password of {what}"):
            recovery.ask_for_link(journey, user_id)
            told.append(pages.main(page).inner_text())
    journey.require(told[0] == told[1], "the page tells whether a User ID exists")


@destructive
def check_second_factor_outlasts_recovery(journey: Journey) -> None:
    """With a recovered password a code is still asked for: a mailbox alone opens nothing."""
    page = journey.page
    password = _new_password()
    with journey.step("set a new password"):
        recovery.open_mailed_link(journey, journey.account)
        recovery.change_password(journey, password)
    with journey.step("sign in with it"):
        login.sign_in(journey, journey.account, password=password)
        expect(pages.settled(page)).to_be_visible()
        journey.require(
            pages.greeting(page).count() == 0,
            "a recovered password opened the portal without the second factor",
            cause=Cause.ACCESS_NOT_REFUSED,
        )
        expect(pages.code_heading(page)).to_be_visible()
    with journey.step("enter the code"):
        two_factor.enter_code(journey)
        expect(pages.greeting(page)).to_contain_text(journey.account.name)
    with journey.step("put the old password back"):
        session.forget_everything(journey)
        recovery.put_password_back(journey, journey.account)


@destructive
def check_recovery_is_open_while_locked(journey: Journey) -> None:
    """Who is locked out can still set a new password."""
    page, account = journey.page, journey.account
    with journey.step("lock the account", expects=Cause.ACCOUNT_LOCKED):
        login.fail_to_sign_in(journey, account, times=pages.LOCK_TRIES)
    with journey.step("recover the password"):
        recovery.put_password_back(journey, account)
    with journey.step("sign in", expects=Cause.ACCOUNT_LOCKED):
        login.enter(journey)
        expect(pages.greeting(page)).to_contain_text(account.name)


def _sets_no_password(journey: Journey, by: str) -> None:
    """The portal has answered, and asks for no new password."""
    page = journey.page
    expect(pages.error_summary(page).or_(pages.any_heading(page)).first).to_be_visible()
    journey.require(
        pages.new_password(page).count() == 0,
        f"{by} sets a password",
        cause=Cause.ACCESS_NOT_REFUSED,
    )


def _recover(journey: Journey) -> None:
    """Set a new password, and see that it is in force and told of by mail."""
    page, account, password = journey.page, journey.account, _new_password()
    with journey.step("set a new password"), journey.expect_message("mail") as notice:
        recovery.change_password(journey, password)
    with journey.step("be told of it by mail"):
        journey.require(
            password.reveal() not in notice.message.text, "the notice holds the new password"
        )
    with journey.step("sign in with the old password", expects=Cause.INVALID_CREDENTIALS):
        login.sign_in(journey, account)
        expect(pages.settled(page)).to_be_visible()
        journey.require(
            pages.error_summary(page).count() == 1,
            "the old password is still accepted",
            cause=Cause.ACCESS_NOT_REFUSED,
        )
    with journey.step("sign in with the new one"):
        login.sign_in(journey, account, password=password)
        if account.totp_secret is not None:
            two_factor.enter_code(journey)
        expect(pages.greeting(page)).to_contain_text(account.name)
        login.sign_out(journey)
        expect(pages.signed_out_heading(page)).to_be_visible()


def _new_password() -> Secret:
    return Secret(f"orchard lantern {uuid4().hex[:12]}")
