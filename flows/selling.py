"""Sales on an account, and their refunds."""

from __future__ import annotations

from decimal import Decimal

from flows import pages
from flows.amounts import amount_in
from portalwatch.journey import Journey

SIX_MONTHS = "6 months, no interest"


def choose_account(journey: Journey, *, least_credit: Decimal) -> None:
    """Begin a sale on an account with credit enough, whichever comes first."""
    page = journey.page
    page.goto(pages.NEW_SALE)
    # Every practice has patients whose names begin with one of these.
    for letter in "jmsbc":
        pages.account_search(page).fill(letter)
        pages.search_button(page).click()
        pages.accounts_found(page).wait_for()
        for row in pages.body_rows(pages.accounts_found(page)).all():
            if pages.choose_link(row).count() == 0:
                continue  # closed
            if amount_in(pages.cell(row, pages.ACCOUNT_AVAILABLE)) >= least_credit:
                pages.choose_link(row).click()
                pages.sale_heading(page).wait_for()
                return
    raise LookupError(f"no account has ${least_credit} of credit available")


def sell(journey: Journey, amount: str, description: str) -> None:
    """From the sale's details to its posting, in six instalments without interest."""
    page = journey.page
    enter_details(journey, amount, description)
    choose_plan(journey, SIX_MONTHS)
    pages.post_sale_button(page).click()
    pages.sale_complete_heading(page).wait_for()


def enter_details(journey: Journey, amount: str, description: str) -> None:
    """What was sold."""
    page = journey.page
    pages.sale_field(page, "Amount").fill(amount)
    pages.sale_field(page, "Description").fill(description)
    pages.continue_button(page).click()


def choose_plan(journey: Journey, plan: str) -> None:
    """How it is paid."""
    page = journey.page
    pages.plan_option(page, plan).check()
    pages.continue_button(page).click()
    pages.schedule(page).wait_for()


def open_sale(journey: Journey) -> None:
    """From the receipt to the sale's own page."""
    pages.see_sale_link(journey.page).click()
    pages.refund_link(journey.page).wait_for()


def ask_for_refund(journey: Journey, amount: str) -> None:
    """Send the refund's form, from the sale's page."""
    page = journey.page
    pages.refund_link(page).click()
    pages.refund_amount(page).fill(amount)
    pages.post_refund_button(page).click()


def refund_the_rest(journey: Journey, sale: str) -> None:
    """Give back whatever is left of the sale at the address ``sale``."""
    page = journey.page
    page.goto(sale)
    pages.refund_link(page).click()
    pages.post_refund_button(page).click()
    pages.refund_complete_heading(page).wait_for()
