from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from flows import downloads, login, pages, reporting, transactions
from portalwatch.journey import Journey


def check_report_has_the_days_asked_for(journey: Journey) -> None:
    """A report covers the days that were asked for, and no others."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("choose last month"):
        reporting.open_range(journey, "Last month")
        expect(pages.chosen_range(page)).to_have_text("Last month")
        first = pages.first_day(page).input_value()
    with journey.step("ask for its first day alone"):
        reporting.show_days(journey, first, first)
        expect(pages.first_day(page)).to_have_value(first)
        expect(pages.last_day(page)).to_have_value(first)
        expect(pages.body_rows(pages.periods(page))).to_have_count(2)  # the day, and the total


def check_report_agrees_with_its_csv(journey: Journey) -> None:
    """The CSV of a report has the key figures of its page."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("open last month's report"):
        reporting.open_range(journey, "Last month")
        expect(pages.chosen_range(page)).to_have_text("Last month")
    with journey.step("compare its CSV"):
        rows = downloads.csv_rows(downloads.download(journey, pages.csv_link(page)))
        total = dict(zip(rows[0], rows[-1], strict=False))
        for figure, column in (
            ("Sales", "Sales amount"),
            ("Refunds", "Refunds"),
            ("Net sales", "Net sales"),
            ("Payments", "Payments"),
        ):
            expect(pages.fact(page, figure)).to_contain_text(_dollars(total.get(column, "")))
        expect(pages.fact(page, "Sales")).to_contain_text(f"{total.get('Sales', '?')} sale")


def check_report_agrees_with_its_pdf(journey: Journey) -> None:
    """The PDF of a report has the key figures of its page."""
    page = journey.page
    login.be_signed_in(journey)
    with journey.step("open last month's report"):
        reporting.open_range(journey, "Last month")
        expect(pages.chosen_range(page)).to_have_text("Last month")
    with journey.step("compare its PDF"):
        text = downloads.pdf_text(downloads.download(journey, pages.report_pdf_link(page)))
        for figure in ("Sales", "Refunds", "Net sales", "Payments", "Average sale"):
            shown, *_ = pages.fact(page, figure).inner_text().split()
            journey.require(shown in text, f"the report's PDF lacks {figure}: {shown}")


def check_report_counts_every_sale(journey: Journey) -> None:
    """A report counts as many sales as the list of transactions has for the same days."""
    page = journey.page
    today = datetime.now(UTC).date()
    first = f"{today - timedelta(days=365)}"  # in this year alone there may be none, in January
    login.be_signed_in(journey)
    with journey.step("read the report of a year"):
        reporting.open_range(journey, "This year")
        expect(pages.chosen_range(page)).to_have_text("This year")
        reporting.show_days(journey, first, f"{today}")
        expect(pages.first_day(page)).to_have_value(first)
        counted, *_ = pages.tile_note(pages.fact(page, "Sales")).inner_text().split()
    with journey.step("count them in the list"):
        transactions.open_list(journey)
        transactions.narrow(journey, kind="Sale", status="Posted", since=first)
        expect(pages.paging(page)).to_contain_text(f"of {counted.replace(',', '')}")


def _dollars(number: str) -> str:
    """A figure of the CSV as the page writes it."""
    try:
        return f"${float(number):,.2f}"
    except ValueError:
        return f"no figure, but {number!r}"
