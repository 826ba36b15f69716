"""A report in words and formatted numbers: what its page and its PDF have in common."""

from __future__ import annotations

from portal.documents.money import dollars
from portal.reports.figures import Report
from portal.reports.ranges import Range

COLUMNS = ("Period", "Sales", "Sales amount", "Refunds", "Net sales", "Payments")


def key_figures(report: Report) -> list[tuple[str, str, str]]:
    """Name, value and note of each."""
    total, average, rate = report.total, report.average_sale, report.approval_rate
    waiting = f", {report.pending} pending" if report.pending else ""
    return [
        ("Sales", dollars(total.sales), counted(total.sales_count, "sale")),
        ("Refunds", dollars(total.refunds), ""),
        ("Net sales", dollars(total.net), "sales less refunds"),
        ("Payments", dollars(total.payments), "received from patients"),
        ("Average sale", "–" if average is None else dollars(average), ""),
        (
            "Approval rate",
            "–" if rate is None else f"{rate}%",
            f"of {counted(report.approved + report.declined, 'application')} decided{waiting}",
        ),
    ]


def rows(report: Report) -> list[tuple[str, ...]]:
    """The table: a row a period, then the total."""
    return [
        (
            "Total" if period is report.total else period.label,
            f"{period.sales_count:,}",
            dollars(period.sales),
            dollars(period.refunds),
            dollars(period.net),
            dollars(period.payments),
        )
        for period in (*report.periods, report.total)
    ]


def span(days: Range) -> str:
    """ "March 1, 2026 to March 15, 2026"."""
    ends = [f"{day:%B} {day.day}, {day.year}" for day in (days.first, days.last)]
    return ends[0] if days.days == 1 else " to ".join(ends)


def counted(number: int, of: str) -> str:
    """ "1 sale", "2 sales"."""
    return f"{number:,} {of}" if number == 1 else f"{number:,} {of}s"
