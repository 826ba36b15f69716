"""Records that several tests' files begin with: fixtures for conftest.py, and how they are made."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from portal.accounts.models import Provider
from portal.financing import ledger
from portal.financing.models import Application, CreditAccount, Transaction
from portal.financing.terms import BY_CODE
from portal.patients import statements
from portal.reports.ranges import Range
from portal.status import checks, maintenance
from portal.status.models import MaintenanceWindow

MARCH = Range(date(2024, 3, 1), date(2024, 3, 31))
HOUR = timedelta(hours=1)


def sell(account, provider, amount, code="NI-6", now=None):
    return ledger.sell(
        account,
        Decimal(amount),
        BY_CODE[code],
        description="Root canal",
        by=provider,
        now=now or timezone.now(),
        form_key=uuid.uuid4(),
    )


def path(account, rest: str = "") -> str:
    return f"/patients/{account.number}/{rest}"


def plan(starts_in: timedelta, lasts: timedelta = HOUR, **values) -> MaintenanceWindow:
    starts_at = timezone.now() + starts_in
    return MaintenanceWindow.objects.create(
        starts_at=starts_at, planned_end=starts_at + lasts, **values
    )


@pytest.fixture
def account(practice) -> CreditAccount:
    """An account without a history, of a patient whom no other one is named like."""
    found = practice.credit_accounts.select_related("patient").first()
    for posted in found.transactions.filter(status="posted"):
        day = practice.daily_figures.get(day=posted.at.date(), kind=posted.kind)
        day.count -= 1
        day.save()
    found.transactions.all().delete()
    found.patient.first_name, found.patient.last_name = "Quintessa", "O’Xyloph"
    found.patient.save()
    found.balance, found.credit_limit, found.status = Decimal(0), Decimal(5_000), "open"
    found.save()
    return found


@pytest.fixture
def sale(account, basic) -> Transaction:
    return ledger.sell(
        account,
        Decimal(1_200),
        BY_CODE["NI-6"],
        description="Root canal",
        by=Provider.objects.get(user_id=basic.user_id),
        now=timezone.now(),
        form_key=uuid.uuid4(),
    )


@pytest.fixture
def foreign(members) -> Transaction:
    other = Provider.objects.get(user_id=members["totp"].user_id).practice
    return other.transactions.filter(kind="sale").first()


@pytest.fixture
def provider(basic):
    return Provider.objects.get(user_id=basic.user_id)


@pytest.fixture
def patient(practice):
    """A patient with a name, phone and birth date that nobody else has."""
    found = practice.patients.first()
    found.first_name, found.last_name = "Zoë", "Van Quist"
    found.phone, found.birth_date = "(987) 555-0198", date(1939, 4, 27)
    found.save()
    others = practice.patients.exclude(pk=found.pk)
    others.update(phone="(202) 555-0111", birth_date=date(2000, 1, 1))
    return found


@pytest.fixture
def fresh(patient):
    """An account opened two months ago on which nothing has happened."""
    account = patient.accounts.get()
    account.transactions.all().delete()
    account.balance, account.credit_limit, account.status = Decimal(0), Decimal(9_000), "open"
    account.opened_on = statements.months_before(timezone.now().date(), 2)
    account.save()
    return account


@pytest.fixture
def theirs():
    return CreditAccount.objects.exclude(practice__name="Cedar Grove Dental").first()


@pytest.fixture
def march(practice):
    """March 2024 of a practice: two days with postings, six applications."""
    practice.applications.all().delete()
    for day, kind, count, amount in (
        (1, "sale", 2, "1000.10"),
        (1, "refund", 1, "250.05"),
        (31, "sale", 1, "500.00"),
        (31, "payment", 3, "90.30"),
    ):
        practice.daily_figures.create(
            day=date(2024, 3, day), kind=kind, count=count, amount=Decimal(amount)
        )
    for number, (day, status) in enumerate(
        [
            ("2024-02-29T23:59:59", "approved"),
            ("2024-03-01T00:00:00", "approved"),
            ("2024-03-15T12:00:00", "approved"),
            ("2024-03-15T12:00:00", "declined"),
            ("2024-03-31T23:59:59", "pending"),
            ("2024-04-01T00:00:00", "declined"),
        ]
    ):
        at = datetime.fromisoformat(day).replace(tzinfo=UTC)
        Application.objects.create(
            practice=practice,
            reference=f"X-{number}",
            status=status,
            created_at=at,
            submitted_at=at,
        )
    return practice


@pytest.fixture
def nothing_known(rolled_back):
    """What one test made is not known to the next."""
    maintenance.forget()
    checks.forget()
    yield
    maintenance.forget()
    checks.forget()


@pytest.fixture
def under_way() -> MaintenanceWindow:
    return plan(-HOUR / 2, message="We change <the> database.")
