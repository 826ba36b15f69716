from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from playwright.sync_api import expect

from flows import login, pages, selling, transactions
from flows.amounts import amount_in, amounts_in
from portalwatch.journey import Journey


def check_sale_is_posted_with_its_instalments(journey: Journey) -> None:
    """A sale lowers the patient's credit by its amount, and has its schedule of instalments."""
    page = journey.page
    what = f"Root canal {uuid4().hex[:12]}"
    login.be_signed_in(journey)
    with journey.step("choose an account with credit enough"):
        selling.choose_account(journey, least_credit=Decimal(400))
        credit = amount_in(pages.credit_available(page))
    with journey.step("sell"):
        selling.sell(journey, "300", what)
        expect(pages.fact(page, "Amount")).to_have_text("$300.00")
    with journey.step("look at the sale"):
        selling.open_sale(journey)
        expect(pages.fact(page, "Description")).to_have_text(what)
        expect(pages.fact(page, "Available credit")).to_have_text(f"${credit - 300:,.2f}")
        expect(pages.cells(pages.schedule(page), pages.SCHEDULE_AMOUNT)).to_have_text(
            ["$50.00"] * 6
        )
    with journey.step("give it back"):
        selling.refund_the_rest(journey, page.url)


def check_sale_is_refunded(journey: Journey) -> None:
    """A sale can be refunded in parts, and never beyond its amount."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("sell"):
        selling.choose_account(journey, least_credit=Decimal(400))
        credit = amount_in(pages.credit_available(page))
        selling.sell(journey, "300", f"Crown {uuid4().hex[:12]}")
        selling.open_sale(journey)
        sale = page.url
    with journey.step("refund a part"):
        selling.ask_for_refund(journey, "100")
        expect(pages.refund_complete_heading(page)).to_be_visible()
        page.goto(sale)
        expect(pages.fact(page, "Can still be refunded")).to_have_text("$200.00")
        expect(pages.refunds(page)).to_contain_text("$100.00")
    with journey.step("ask for more than is left"):
        selling.ask_for_refund(journey, "200.01")
        expect(pages.error_summary(page)).to_be_visible()
        page.goto(sale)
        expect(pages.fact(page, "Can still be refunded")).to_have_text("$200.00")
    with journey.step("refund the rest"):
        selling.refund_the_rest(journey, sale)
        page.goto(sale)
        expect(pages.fact(page, "Can still be refunded")).to_have_text("$0.00")
        expect(pages.fact(page, "Available credit")).to_have_text(f"${credit:,.2f}")
        expect(pages.refund_link(page)).to_be_hidden()


def check_payment_plan_adds_up(journey: Journey) -> None:
    """The instalments of a payment plan add up to the total that it is offered with."""
    page = journey.page
    plan = "24 months"
    login.be_signed_in(journey)
    with journey.step("have the plans for a sale reckoned"):
        transactions.calculate(journey, "1200")
        expect(pages.body_rows(pages.offers(page))).to_have_count(3)
    with journey.step("look at one of them"):
        total = amount_in(pages.cell(pages.offer_row(page, plan), pages.OFFER_TOTAL))
        pages.offer_link(page, plan).click()
        expect(pages.body_rows(pages.schedule(page))).to_have_count(24)
        instalments = amounts_in(pages.cells(pages.schedule(page), pages.SCHEDULE_AMOUNT))
        journey.require(
            sum(instalments) == total,
            f"the instalments come to ${sum(instalments):,.2f}, and the plan says ${total:,.2f}",
        )


def check_transactions_are_filtered_and_sorted(journey: Journey) -> None:
    """The list of transactions shows what was asked for, in the order that was asked for."""
    page = journey.page
    listed = pages.transactions(page)
    login.be_signed_in(journey)
    with journey.step("show payments alone, the lowest first"):
        transactions.open_list(journey)
        transactions.narrow(journey, kind="Payment", sort="Lowest amount first")
        kinds = pages.cells(listed, pages.TRANSACTION_KIND)
        expect(kinds).to_have_text(["Payment"] * 25)
        lowest = amounts_in(pages.cells(listed, pages.TRANSACTION_AMOUNT))
        journey.require(lowest == sorted(lowest), "the lowest amounts do not come first")
    with journey.step("turn the page"):
        pages.next_page_link(page).click()
        expect(pages.paging(page)).to_contain_text("26 to ")
        expect(pages.cells(listed, pages.TRANSACTION_KIND).first).to_have_text("Payment")
        first = amount_in(pages.cells(listed, pages.TRANSACTION_AMOUNT).first)
        journey.require(first >= lowest[-1], "the second page does not go on from the first")


def check_transaction_has_its_details(journey: Journey) -> None:
    """A transaction of the list opens with the amount that the list has."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("open the newest transaction"):
        transactions.open_list(journey)
        reference, amount = transactions.open_first(journey)
    with journey.step("read its details"):
        expect(pages.transaction_heading(page, reference)).to_be_visible()
        expect(pages.fact(page, "Amount")).to_have_text(amount)
        expect(pages.fact(page, "Account number")).to_contain_text("AC-")
