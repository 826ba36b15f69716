"""Patients and their accounts."""

from __future__ import annotations

from flows import pages
from portalwatch.journey import Journey


def open_list(journey: Journey) -> None:
    """Go to the list of all patients."""
    journey.page.goto(pages.PATIENTS)
    pages.patients_listed(journey.page).wait_for()


def search(journey: Journey, text: str) -> None:
    """Search by ``text`` in the list that is open."""
    pages.patient_search(journey.page).fill(text)
    pages.search_button(journey.page).click()


def first_listed(journey: Journey) -> str:
    """The name on top of the list, as "Last, First"."""
    return pages.row_links(pages.patients_listed(journey.page)).first.inner_text()


def open_first(journey: Journey) -> None:
    """Go to the account on top of the list of all patients."""
    open_list(journey)
    pages.row_links(pages.patients_listed(journey.page)).first.click()
    pages.account_summary(journey.page).wait_for()


def add_note(journey: Journey, text: str) -> None:
    """Write a note down on the account's page."""
    pages.new_note(journey.page).fill(text)
    pages.add_note_button(journey.page).click()
