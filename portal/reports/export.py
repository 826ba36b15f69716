"""A report as files. Their numbers are the page's, for they are made of the same value."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from portal.documents.pdf import Document
from portal.reports import wording
from portal.reports.figures import Report

_HEAD = (
    "Practice",
    "First day",
    "Last day",
    "Sales",
    "Sales amount",
    "Refunds",
    "Net sales",
    "Payments",
)
# What spreadsheets take for the beginning of a formula (OWASP, CSV Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def to_csv(report: Report) -> bytes:
    """RFC 4180: a head, a row a period, and the total as the last row.

    It begins with a byte order mark: without one Excel reads a practice's "é" as "Ã©".
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)  # ends lines with CR LF, doubles quotes
    writer.writerow(_HEAD)
    name = harmless(report.practice.name)
    for period in (*report.periods, report.total):
        writer.writerow(
            (
                f"{name} (total)" if period is report.total else name,
                period.range.first,
                period.range.last,
                period.sales_count,
                # Numbers of our own: a minus before them is one, and stays.
                f"{period.sales:.2f}",
                f"{period.refunds:.2f}",
                f"{period.net:.2f}",
                f"{period.payments:.2f}",
            )
        )
    return text.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """``text`` as a cell that no spreadsheet reckons with."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def to_pdf(report: Report, now: datetime) -> bytes:
    """The key figures and the table."""
    document = Document("Financing report", now)
    document.facts(
        (
            ("Practice", report.practice.name),
            ("Merchant number", report.practice.merchant_number),
            ("Period", wording.span(report.range)),
        )
    )
    document.heading("Key figures")
    document.facts(
        (name, f"{value} ({note})" if note else value)
        for name, value, note in wording.key_figures(report)
    )
    document.heading(f"By {report.range.step}")
    document.rows(
        wording.COLUMNS, wording.rows(report), widths=(36, 16, 30, 26, 30, 30), align="LRRRRR"
    )
    document.paragraph("Days are counted in UTC. Amounts are US dollars.")
    return document.content()


def filename(report: Report, ending: str) -> str:
    """ "report-40715523-2026-03-01-2026-03-15.csv"."""
    days = report.range
    return f"report-{report.practice.code}-{days.first}-{days.last}.{ending}"
