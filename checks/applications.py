from __future__ import annotations

from playwright.sync_api import expect

from flows import applying, login, pages
from portalwatch.journey import Journey


def check_application_is_approved(journey: Journey) -> None:
    """An application that the patient's income covers is approved at once, for a sale to follow."""
    page = journey.page
    login.be_signed_in(journey)
    _apply(journey, applying.APPROVED)
    with journey.step("read the decision"):
        expect(pages.decision_heading(page)).to_have_text("The application is approved")
        expect(pages.process_sale_link(page)).to_be_visible()


def check_application_is_declined(journey: Journey) -> None:
    """An application that the patient's income does not cover is declined, with the reason."""
    page = journey.page
    login.be_signed_in(journey)
    _apply(journey, applying.DECLINED)
    with journey.step("read the decision"):
        expect(pages.decision_heading(page)).to_have_text("The application is declined")
        expect(pages.main(page)).to_contain_text("Reason:")
        expect(pages.process_sale_link(page)).to_be_hidden()


def check_application_is_pending(journey: Journey) -> None:
    """An application that needs a second look is pending, and stands among those that wait."""
    page = journey.page
    login.be_signed_in(journey)
    applicant = _apply(journey, applying.PENDING)
    with journey.step("read the decision"):
        expect(pages.decision_heading(page)).to_have_text("The decision is pending")
    with journey.step("find it in the list"):
        page.goto(pages.PENDING_APPLICATIONS)
        expect(pages.application_row(page, applicant.last_name)).to_contain_text("Pending")


def check_draft_is_saved_and_resumed(journey: Journey) -> None:
    """An application can be left half done, and gone on with where it was."""
    page = journey.page
    applicant = applying.somebody_new()
    login.be_signed_in(journey)
    with journey.step("begin, and leave it for later"):
        applying.begin(journey, applicant)
        applying.fill_in_contact(journey)
        applying.save_for_later(journey)
        expect(pages.draft_saved_note(page)).to_be_visible()
    with journey.step("go on with it"):
        applying.open_draft(journey, applicant)
        expect(pages.main(page)).to_contain_text(applicant.name)
        expect(pages.fact(page, "Address")).to_have_text("12 Harbor Street, Asheville, NC 28801")
        pages.continue_application_link(page).click()
        expect(pages.step_heading(page, "Income")).to_be_visible()
    with journey.step("delete it"):
        applying.delete_draft(journey, applicant)
        expect(pages.draft_deleted_note(page)).to_be_visible()
        expect(pages.application_row(page, applicant.last_name)).to_have_count(0)


def _apply(journey: Journey, income: str) -> applying.Applicant:
    """A new patient's application, from its start to its decision."""
    applicant = applying.somebody_new()
    with journey.step("tell who applies"):
        applying.begin(journey, applicant)
        applying.fill_in_contact(journey)
    with journey.step("tell what for, and agree"):
        applying.finish(journey, income=income)
        expect(pages.decision_heading(journey.page)).to_be_visible()
        expect(pages.main(journey.page)).to_contain_text(applicant.name)
    return applicant
