"""Patients: the search, their accounts, statements and notes."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

from flows.pages.common import heading

PATIENTS = "/patients/"
# Of Cedar Grove Dental, which none of the providers who ask for them belongs to.
OF_ANOTHER_PRACTICE = tuple(
    f"/patients/AC-23878995-0001/{part}" for part in ("", "transactions/", "statements/")
)


def patient_search(page: Page) -> Locator:
    return page.get_by_label("Search patients", exact=True)


def patients_listed(page: Page) -> Locator:
    return page.get_by_role("table", name=re.compile(r"^(All patients|Search results)$"))


def search_results(page: Page) -> Locator:
    return page.get_by_role("table", name="Search results")


def account_summary(page: Page) -> Locator:
    return page.get_by_role("region", name="Account summary")


def no_patient_note(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text="No patient fits")


def account_number(page: Page) -> str:
    """The number of the account that the page is about: "AC-40715523-0017"."""
    return re.search(r"/(AC-[\d-]+)/", page.url)[1]


def recent_transactions(page: Page) -> Locator:
    return page.get_by_role("table", name="Recent transactions")


def account_history_link(page: Page) -> Locator:
    return page.get_by_role("link", name="All transactions of this account")


def account_history(page: Page) -> Locator:
    return page.get_by_role("table", name=re.compile(r"^\d+ transactions?$"))


def account_history_heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=2, name=re.compile(r"^\d+ transactions?$"))


def statement_links(page: Page) -> Locator:
    table = page.get_by_role("table", name="Statements")
    return table.get_by_role("link", name=re.compile(r"^\w+ \d{4}$"))


def statement_heading(page: Page) -> Locator:
    return heading(page, re.compile(r"^Statement of "))


def download_pdf_link(page: Page) -> Locator:
    return page.get_by_role("link", name="Download PDF")


def new_note(page: Page) -> Locator:
    return page.get_by_label("New note", exact=True)


def add_note_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Add note")


def notes(page: Page) -> Locator:
    return page.get_by_role("region", name="Notes").get_by_role("listitem")
