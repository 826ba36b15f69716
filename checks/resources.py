from __future__ import annotations

from playwright.sync_api import expect

from flows import downloads, login, pages, resources
from portalwatch.journey import Journey


def check_guide_is_downloaded(journey: Journey) -> None:
    """A training guide can be downloaded, and is the one that the link names."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("open the resources"):
        resources.open_resources(journey)
        expect(pages.guide_links(page)).to_have_count(4)
    with journey.step("download a guide"):
        link = pages.guide_link(page, pages.GUIDE)
        text = downloads.pdf_text(downloads.download(journey, link))
        for expected in (pages.GUIDE, pages.GUIDE_SAYS):
            journey.require(expected in text, f"the guide does not say {expected!r}")


def check_question_is_found(journey: Journey) -> None:
    """A search in the questions asked often finds the answer, and leaves out the rest."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("search"):
        resources.open_resources(journey)
        resources.search_questions(journey, "locked")
    with journey.step("find the answer"):
        expect(pages.questions(page).filter(has_text="Why is my account locked?")).to_be_visible()
        expect(pages.found_words(page).first).to_have_text("locked")
    with journey.step("leave out the rest"):
        expect(pages.questions(page).filter(has_text="How do I get a User ID?")).to_be_hidden()
