"""Applications, sales, refunds and payment plans."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

from flows.pages.common import heading

NEW_APPLICATION = "/applications/new/"
DRAFTS = "/applications/?status=draft"
PENDING_APPLICATIONS = "/applications/?status=pending"
TRANSACTIONS = "/transactions/"
NEW_SALE = "/transactions/new-sale/"
PLANS = "/plans/"


def application_field(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True)


def step_heading(page: Page, title: str) -> Locator:
    return heading(page, title)


def save_and_continue_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Save and continue")


def save_and_finish_later_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Save and finish later")


def consent(page: Page) -> Locator:
    return page.get_by_role("checkbox", name="agrees to a credit check")


def submit_application_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Submit application")


def decision_heading(page: Page) -> Locator:
    return heading(page, re.compile(r"^The (application|decision) is "))


def process_sale_link(page: Page) -> Locator:
    return page.get_by_role("link", name="Process a sale")


def applications(page: Page) -> Locator:
    return page.get_by_role("table", name="All applications")


def application_row(page: Page, patient: str) -> Locator:
    return applications(page).get_by_role("row").filter(has_text=patient)


def row_link(row: Locator) -> Locator:
    return row.get_by_role("link").first


def continue_application_link(page: Page) -> Locator:
    return page.get_by_role("link", name="Continue application")


def delete_draft_link(page: Page) -> Locator:
    return page.get_by_role("link", name="Delete draft")


def delete_draft_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Delete draft")


def draft_deleted_note(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text="deleted")


def draft_saved_note(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text="saved")


def transactions(page: Page) -> Locator:
    return page.get_by_role("table", name="All transactions")


TRANSACTION_DATE, TRANSACTION_REFERENCE, TRANSACTION_PATIENT = 1, 2, 3
TRANSACTION_KIND, TRANSACTION_AMOUNT = 4, 5


FILTERS = {"kind": "Type", "status": "Status", "since": "From", "sort": "Sort by"}


def filter_field(page: Page, label: str) -> Locator:
    return page.get_by_role("search", name="Transactions").get_by_label(label, exact=True)


def show_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Show", exact=True)


def transaction_heading(page: Page, reference: str) -> Locator:
    return heading(page, re.compile(rf"\b{re.escape(reference)}$"))


def account_search(page: Page) -> Locator:
    return page.get_by_label("Find the patient’s account", exact=True)


def search_button(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("button", name="Search", exact=True)


def accounts_found(page: Page) -> Locator:
    return page.get_by_role("table", name="Accounts found")


ACCOUNT_AVAILABLE = 3  # the column of the accounts found


def choose_link(row: Locator) -> Locator:
    return row.get_by_role("link", name="Choose")


def credit_available(page: Page) -> Locator:
    return page.get_by_role("main").locator("p", has_text="of credit available")


def sale_field(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True)


def plan_option(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=name)


def post_sale_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Post sale")


def sale_complete_heading(page: Page) -> Locator:
    return heading(page, "Sale complete")


def see_sale_link(page: Page) -> Locator:
    return page.get_by_role("link", name="See the sale")


def schedule(page: Page) -> Locator:
    return page.get_by_role("table", name="Schedule of instalments")


SCHEDULE_AMOUNT = 3  # the column of the schedule


def refund_link(page: Page) -> Locator:
    return page.get_by_role("link", name="Refund this sale")


def refund_amount(page: Page) -> Locator:
    return page.get_by_label("Amount to refund", exact=True)


def post_refund_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Post refund")


def refund_complete_heading(page: Page) -> Locator:
    return heading(page, "Refund complete")


def refunds(page: Page) -> Locator:
    return page.get_by_role("table", name="Refunds")


def plan_amount(page: Page) -> Locator:
    return page.get_by_label("Amount", exact=True)


def calculate_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Calculate")


def offers(page: Page) -> Locator:
    return page.get_by_role("table", name=re.compile(r"^Plans for "))


def offer_link(page: Page, plan: str) -> Locator:
    return offers(page).get_by_role("link", name=plan)


def offer_row(page: Page, plan: str) -> Locator:
    return offers(page).get_by_role("row").filter(has_text=plan)


OFFER_TOTAL = 4  # the column of the offers


def sale_heading(page: Page) -> Locator:
    return heading(page, "Sale details")
