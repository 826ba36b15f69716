"""The list of transactions, and the payment plans."""

from __future__ import annotations

from flows import pages
from portalwatch.journey import Journey


def open_list(journey: Journey) -> None:
    """Go to the list."""
    journey.page.goto(pages.TRANSACTIONS)
    pages.transactions(journey.page).wait_for()


def narrow(journey: Journey, **wanted: str) -> None:
    """Choose what the list shows: ``kind="Payment"``, ``sort="Lowest amount first"``.

    ``since`` is a day: "2026-03-01".
    """
    for name, value in wanted.items():
        field = pages.filter_field(journey.page, pages.FILTERS[name])
        if name == "since":
            field.fill(value)
        else:
            field.select_option(label=value)
    pages.show_button(journey.page).click()


def open_first(journey: Journey) -> tuple[str, str]:
    """Open the transaction on top of the list; its reference and amount, as listed."""
    row = pages.body_rows(pages.transactions(journey.page)).first
    reference = pages.row_link(row).inner_text()
    amount = pages.cell(row, pages.TRANSACTION_AMOUNT).inner_text()
    pages.row_link(row).click()
    return reference, amount


def calculate(journey: Journey, amount: str) -> None:
    """Have the payment plans reckoned for a sale."""
    page = journey.page
    page.goto(pages.PLANS)
    pages.plan_amount(page).fill(amount)
    pages.calculate_button(page).click()
