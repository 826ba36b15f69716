"""A statement as a PDF: the same numbers as its page, for it is made of the same values."""

from __future__ import annotations

from datetime import datetime

from portal.documents.money import dollars
from portal.documents.pdf import Document
from portal.financing.models import CreditAccount
from portal.patients.statements import Statement


def content(account: CreditAccount, statement: Statement, now: datetime) -> bytes:
    """The file."""
    document = Document(f"Account statement, {statement.month:%B %Y}", now)
    patient = account.patient
    document.facts(
        (
            ("Account number", account.number),
            ("Patient", patient.name),
            ("Address", f"{patient.street}, {patient.city}, {patient.state} {patient.postcode}"),
            ("Practice", account.practice.name),
            ("Merchant number", account.practice.merchant_number),
            ("Period", f"{statement.month:%m/%d/%Y} to {statement.through:%m/%d/%Y}"),
        )
    )
    document.heading("Summary")
    document.facts(
        (
            ("Opening balance", dollars(statement.opening)),
            ("Charges", dollars(statement.charges)),
            ("Payments and refunds", dollars(statement.credits)),
            ("Closing balance", dollars(statement.closing)),
        )
    )
    document.heading("Transactions")
    if statement.entries:
        document.rows(
            ("Date", "Reference", "Description", "Amount", "Balance"),
            [
                (
                    f"{entry.at:%m/%d/%Y}",
                    entry.reference,
                    entry.text,
                    dollars(entry.amount),
                    dollars(entry.balance),
                )
                for entry in statement.entries
            ],
            widths=(20, 37, 55, 24, 24),
            align="LLLRR",
        )
    else:
        document.paragraph("Nothing was posted in this period.")
    document.paragraph(
        "Charges are sales, with the interest of their payment plan. Days are counted in UTC."
    )
    return document.content()
