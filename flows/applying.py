"""Applications for credit: a new patient's, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from flows import pages
from portalwatch.journey import Journey

# With housing of $12,000 and an amount of $2,500: see portal/financing/decisions.py.
APPROVED, PENDING, DECLINED = "60000", "20000", "13000"


@dataclass(frozen=True, slots=True)
class Applicant:
    """A patient whom nobody has seen before."""

    first_name: str
    last_name: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


def somebody_new() -> Applicant:
    """An applicant of this run alone."""
    return Applicant("Casey", f"Watch-{uuid4().hex[:12]}")


def begin(journey: Journey, applicant: Applicant) -> None:
    """Begin an application with who applies."""
    page = journey.page
    page.goto(pages.NEW_APPLICATION)
    _fill(journey, "First name", applicant.first_name)
    _fill(journey, "Last name", applicant.last_name)
    _fill(journey, "Date of birth", "1984-03-27")
    pages.save_and_continue_button(page).click()
    pages.step_heading(page, "Contact").wait_for()


def fill_in_contact(journey: Journey) -> None:
    """How the patient is reached."""
    _fill(journey, "Email address", "casey.watch@mail.example")
    _fill(journey, "Phone number", "(202) 555-0143")
    _fill(journey, "Street address", "12 Harbor Street")
    _fill(journey, "City", "Asheville")
    pages.application_field(journey.page, "State").select_option("NC")
    _fill(journey, "ZIP code", "28801")


def finish(journey: Journey, *, income: str) -> None:
    """From the contact step, filled in, to the decision."""
    page = journey.page
    pages.save_and_continue_button(page).click()
    pages.step_heading(page, "Income").wait_for()
    _fill(journey, "Yearly income, before tax", income)
    _fill(journey, "Yearly housing costs", "12000")
    pages.save_and_continue_button(page).click()
    pages.step_heading(page, "Treatment and amount").wait_for()
    _fill(journey, "Treatment", "Crown and bridge")
    _fill(journey, "Amount to finance", "2500")
    pages.save_and_continue_button(page).click()
    pages.step_heading(page, "Review and consent").wait_for()
    pages.consent(page).check()
    pages.submit_application_button(page).click()


def save_for_later(journey: Journey) -> None:
    """Leave the step that is open as it is filled in."""
    pages.save_and_finish_later_button(journey.page).click()


def open_draft(journey: Journey, applicant: Applicant) -> None:
    """Find the draft in the list, and look at it."""
    page = journey.page
    page.goto(pages.DRAFTS)
    pages.row_link(pages.application_row(page, applicant.last_name)).click()


def delete_draft(journey: Journey, applicant: Applicant) -> None:
    """Remove the draft for good."""
    page = journey.page
    open_draft(journey, applicant)
    pages.delete_draft_link(page).click()
    pages.delete_draft_button(page).click()


def _fill(journey: Journey, label: str, value: str) -> None:
    pages.application_field(journey.page, label).fill(value)
