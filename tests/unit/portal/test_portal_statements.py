"""Statements: their figures, their pages and their PDFs."""

from __future__ import annotations

import io
import re
import uuid
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.utils import timezone
from pypdf import PdfReader

from portal.documents.money import dollars
from portal.financing import ledger
from portal.financing.models import CreditAccount, Patient, Transaction
from portal.financing.terms import BY_CODE
from portal.patients import statements
from tests.unit.portal.records import path, sell


def test_every_account_has_a_statement_a_month_that_closes_with_the_next_ones_opening(practice):
    today = timezone.now().date()
    for account in practice.credit_accounts.all():
        found = statements.statements(account, statements.first_month(account), today)
        months = (today.year - account.opened_on.year) * 12 + today.month - account.opened_on.month
        assert len(found) == months + 1
        assert found[0].closing == account.balance
        assert found[-1].opening == 0
        for later, earlier in pairwise(found):
            assert earlier.closing == later.opening
        for statement in found:
            assert statement.opening + statement.charges - statement.credits == statement.closing
            balances = [statement.opening, *(entry.balance for entry in statement.entries)]
            assert balances[-1] == statement.closing
            assert min(balances) >= 0


def test_one_statement_is_the_same_as_in_the_whole_row(patient):
    today = timezone.now().date()
    rows = statements.statements(
        patient.accounts.get(), statements.first_month(patient.accounts.get()), today
    )
    for row in rows:
        assert statements.statements(patient.accounts.get(), row.month, today)[-1] == row


def test_interest_is_a_line_of_its_own(fresh, provider):
    sell(fresh, provider, 1000, "RA-24")
    fresh.refresh_from_db()
    newest, *_ = statements.statements(fresh, fresh.opened_on, timezone.now().date())
    assert [entry.text for entry in newest.entries] == [
        "Root canal",
        "Interest, 24 months, reduced rate of 14.90%",
    ]
    assert newest.closing == fresh.balance == BY_CODE["RA-24"].total(Decimal(1000))


def test_a_refund_of_what_was_paid_already_is_paid_out(fresh, provider):
    before = timezone.now() - timedelta(minutes=5)
    sale = sell(fresh, provider, 600, now=before)
    paid = before + timedelta(minutes=1)
    sale.instalments.filter(number__lte=5).update(paid_at=paid)
    for _number in range(5):
        Transaction.objects.create(
            practice=fresh.practice,
            account=fresh,
            reference=f"T-X-{_number}",
            kind="payment",
            amount=100,
            description="Payment received",
            at=paid,
        )
    CreditAccount.objects.filter(pk=fresh.pk).update(balance=100)
    for amount in (40, 360):
        now = timezone.now()
        ledger.refund(sale, Decimal(amount), by=provider, now=now, form_key=uuid.uuid4())
    fresh.refresh_from_db()
    found = statements.statements(fresh, fresh.opened_on, timezone.now().date())
    entries = [entry for statement in reversed(found) for entry in statement.entries]
    assert [entry.amount for entry in entries[-3:]] == [-40, -360, 300]
    assert entries[-1].text == "Paid out to the patient"
    assert entries[-1].balance == fresh.balance == 0


def test_the_pdf_agrees_with_the_page(signed_in, practice):
    account = practice.credit_accounts.order_by("-balance").first()
    month = (timezone.now().date().replace(day=1) - timedelta(days=1)).replace(day=1)
    page = signed_in.get(path(account, f"statements/{month:%Y-%m}/")).text
    response = signed_in.get(path(account, f"statements/{month:%Y-%m}.pdf"))
    assert response.headers["Content-Type"] == "application/pdf"
    assert int(response.headers["Content-Length"]) == len(response.content)
    assert (
        response.headers["Content-Disposition"]
        == f'attachment; filename="statement-{account.number}-{month:%Y-%m}.pdf"'
    )
    reader = PdfReader(io.BytesIO(response.content))
    text = "\n".join(sheet.extract_text() for sheet in reader.pages)
    assert account.number in text
    assert practice.name in text
    assert f"Account statement, {month:%B %Y}" in text
    shown = re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page)
    assert [name for name, _ in shown] == [
        "Opening balance",
        "Charges",
        "Payments and refunds",
        "Closing balance",
    ]
    for name, amount in shown:
        assert re.search(rf"{name}\s*{re.escape(amount)}", text)
    cells = re.findall(r'<td class="number[^"]*">([^<]+)</td>', page)
    for cell in cells:
        assert cell in text


def test_a_statement_with_odd_names_and_many_lines_is_made(signed_in, fresh, provider):
    Patient.objects.filter(pk=fresh.patient_id).update(
        first_name="Đặng 🦷", last_name="Łukasz\u202e"
    )
    for _number in range(40):
        sell(fresh, provider, 200)
    month = f"{timezone.now():%Y-%m}"
    reader = PdfReader(io.BytesIO(signed_in.get(path(fresh, f"statements/{month}.pdf")).content))
    assert len(reader.pages) > 1
    text = "\n".join(sheet.extract_text() for sheet in reader.pages)
    assert text.count("Root canal") == 40
    assert dollars(Decimal(8_000)) in text
    assert "?" in text


@pytest.mark.parametrize("month", ["1999-01", "9999-12", "2026-13", "0000-01", "2026-1"])
@pytest.mark.parametrize("end", ["/", ".pdf"])
def test_there_is_no_statement_of_other_months(signed_in, patient, month, end):
    assert (
        signed_in.get(path(patient.accounts.get(), f"statements/{month}{end}")).status_code == 404
    )


def test_the_list_of_statements_leads_to_each_of_them(signed_in, fresh):
    page = signed_in.get(path(fresh, "statements/")).text
    links = re.findall(r'href="([^"]+/statements/\d{4}-\d{2}(?:/|\.pdf))"', page)
    assert len(links) == 6
    assert {signed_in.get(link).status_code for link in links} == {200}
