from __future__ import annotations

from playwright.sync_api import expect

from flows import downloads, login, pages, support
from portalwatch.journey import Journey


def check_support_can_be_called(journey: Journey) -> None:
    """Support's telephone number stands on its page, with the hours of every day."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("open support"):
        support.open_support(journey)
    with journey.step("find number and hours"):
        expect(pages.phone_link(page)).to_have_attribute("href", pages.PHONE_URI)
        for days, hours in pages.HOURS.items():
            expect(pages.fact(page, days)).to_have_text(hours)


def check_request_in_writing_is_confirmed(journey: Journey) -> None:
    """A request to support has a number, and a copy of it arrives by mail."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("send a request"), journey.expect_message("mail") as sent:
        support.open_support(journey)
        support.send_request(journey, subject="Statement of last month", text=pages.A_QUESTION)
        expect(pages.request_heading(page)).to_be_visible()
    with journey.step("read the copy"):
        number = pages.request_heading(page).inner_text().split()[-1]
        for part in (number, "Statement of last month", pages.A_QUESTION):
            journey.expect_that(part in sent.message.text, f"the mail lacks {part!r}")
    with journey.step("find it among the requests"):
        support.open_support(journey)
        expect(pages.request_link(page, number)).to_be_visible()


def check_chat_answers(journey: Journey) -> None:
    """The live chat answers a question, and its transcript can be kept."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("start a chat"):
        support.open_support(journey)
        support.start_chat(journey)
        expect(pages.chat_lines(page).last).to_contain_text(journey.account.name)
    with journey.step("ask"):
        support.say(journey, pages.HOURS_QUESTION)
        expect(pages.chat_lines(page).last).to_contain_text(pages.HOURS_ANSWER)
    with journey.step("keep the transcript"):
        support.end_chat(journey)
        text = downloads.download(journey, pages.transcript_link(page)).decode()
        for line in (pages.HOURS_QUESTION, pages.HOURS_ANSWER):
            journey.require(line in text, f"the transcript lacks {line!r}")
