from __future__ import annotations

from playwright.sync_api import expect

from checks.refusals import is_refused
from flows import login, messages, pages, session, two_factor
from portalwatch.journey import Journey
from portalwatch.model import Cause


def check_emailed_code_signs_in(journey: Journey) -> None:
    """A provider with the right password and the code from a mail reaches the dashboard."""
    _signs_in_by(journey, "mail")


def check_texted_code_signs_in(journey: Journey) -> None:
    """A provider with the right password and the code from a text reaches the dashboard."""
    _signs_in_by(journey, "texts")


def check_code_can_be_had_another_way(journey: Journey) -> None:
    """A provider whose app is not at hand has a code mailed instead."""
    with journey.step("sign in, and choose mail"), journey.expect_message("mail") as sent:
        login.sign_in(journey, journey.account)
        two_factor.choose_email(journey)
    with journey.step("enter the code"):
        two_factor.submit_code(journey, sent.code())
        login.arrive(journey)
        expect(pages.greeting(journey.page)).to_contain_text(journey.account.name)


def check_emailed_code_works_once(journey: Journey) -> None:
    """A mailed code signs in once, and only in the browser that asked for it."""
    page = journey.page
    with journey.step("sign in with a mailed code"), journey.expect_message("mail") as sent:
        login.sign_in(journey, journey.account)
        expect(pages.code_heading(page)).to_be_visible()
    code = sent.code()
    two_factor.submit_code(journey, code)
    login.arrive(journey)
    with journey.step("give it again in another browser", expects=Cause.SECOND_FACTOR_REJECTED):
        session.forget_everything(journey)
        login.sign_in(journey, journey.account)
        two_factor.submit_refused_code(journey, code)
        is_refused(journey, "a mailed code that had been used")
    with journey.step("give it up"):
        two_factor.cancel(journey)


def check_expired_code_is_refused(journey: Journey) -> None:
    """A mailed code is good for as long as the mail says, and no longer."""
    with journey.step("sign in"), journey.expect_message("mail") as sent:
        login.sign_in(journey, journey.account)
        expect(pages.code_heading(journey.page)).to_be_visible()
    messages.wait_until_expired(journey, sent)
    with journey.step("enter the code too late", expects=Cause.SECOND_FACTOR_REJECTED):
        two_factor.submit_refused_code(journey, sent.code())
        is_refused(journey, "a mailed code that had expired")
    with journey.step("have another one sent"), journey.expect_message("mail") as fresh:
        two_factor.ask_for_new_code(journey)
    with journey.step("enter it in time"):
        two_factor.submit_code(journey, fresh.code())
        login.arrive(journey)


def check_new_code_replaces_the_older(journey: Journey) -> None:
    """A code can be asked for again after a while, and the older one is void then."""
    page = journey.page
    with journey.step("sign in"), journey.expect_message("mail") as first:
        login.sign_in(journey, journey.account)
        expect(pages.code_heading(page)).to_be_visible()
    with journey.step("ask for a code again, at once"):
        two_factor.ask_for_new_code(journey)
        expect(pages.code_note(page)).to_contain_text("was sent a moment ago")
    with journey.step("ask again after a while"), journey.expect_message("mail") as second:
        two_factor.wait_for_new_code(journey)
    with journey.step("enter the older one", expects=Cause.SECOND_FACTOR_REJECTED):
        two_factor.submit_refused_code(journey, first.code())
        is_refused(journey, "a code although a newer one had been sent")
    with journey.step("enter the newer one"):
        two_factor.submit_code(journey, second.code())
        login.arrive(journey)
        expect(pages.greeting(page)).to_contain_text(journey.account.name)


def _signs_in_by(journey: Journey, channel: str) -> None:
    with journey.step("sign in"), journey.expect_message(channel) as sent:
        login.sign_in(journey, journey.account)
        expect(pages.code_heading(journey.page)).to_be_visible()
    with journey.step("enter the code"):
        two_factor.submit_code(journey, sent.code())
        login.arrive(journey)
        expect(pages.greeting(journey.page)).to_contain_text(journey.account.name)
    with journey.step("sign out"):
        login.sign_out(journey)
        expect(pages.signed_out_heading(journey.page)).to_be_visible()
