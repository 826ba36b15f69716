"""The dashboard's numbers, read from the practice's records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum

from portal.accounts.models import Practice
from portal.financing.models import Application

DUE_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts, and amounts in US dollars."""

    applications: int  # submitted this calendar month
    approved_amount: Decimal  # of this month's
    pending: int  # waiting for a decision, whenever submitted
    due_count: int  # payments due from today on, within DUE_WITHIN
    due_amount: Decimal
    overdue: int  # payments due before today and not made


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that asks for the provider's attention."""

    level: str  # "warning" or "info"
    text: str


@dataclass(frozen=True, slots=True)
class Activity:
    """A row of the recent activity."""

    at: datetime
    kind: str
    reference: str
    patient: str
    amount: Decimal
    status: str  # as shown: "Approved"


def summary(practice: Practice, now: datetime) -> Summary:
    """The practice's figures at ``now``, in two queries."""
    month = Q(submitted_at__year=now.year, submitted_at__month=now.month)
    approved = Q(status=Application.Status.APPROVED)
    today = now.date()
    unpaid = Q(paid_at=None)
    soon = unpaid & Q(due_on__gte=today, due_on__lte=today + DUE_WITHIN)
    applications = practice.applications.aggregate(
        applications=Count("pk", filter=month),
        approved_amount=Sum("amount", filter=month & approved, default=Decimal(0)),
        pending=Count("pk", filter=Q(status=Application.Status.PENDING)),
    )
    payments = practice.payments.aggregate(
        due_count=Count("pk", filter=soon),
        due_amount=Sum("amount", filter=soon, default=Decimal(0)),
        overdue=Count("pk", filter=unpaid & Q(due_on__lt=today)),
    )
    return Summary(**applications, **payments)


def alerts(figures: Summary) -> list[Alert]:
    """What follows from the figures, the most urgent first."""
    found = []
    if figures.overdue:
        are = _counted(figures.overdue, "payment is", "payments are")
        advice = "Contact the patient or offer a new plan."
        found.append(Alert("warning", f"{are} overdue. {advice}"))
    if figures.pending:
        are = _counted(figures.pending, "application is", "applications are")
        found.append(Alert("info", f"{are} waiting for a decision."))
    return found


def recent_activity(practice: Practice, limit: int = 8) -> list[Activity]:
    """The newest applications and payments received, newest first."""
    applications = [
        Activity(a.submitted_at, "Application", a.reference, a.patient, a.amount, a.status.title())
        for a in practice.applications.order_by("-submitted_at")[:limit]
    ]
    payments = [
        Activity(p.paid_at, "Payment", p.reference, p.patient, p.amount, "Received")
        for p in practice.payments.filter(paid_at__isnull=False).order_by("-paid_at")[:limit]
    ]
    newest_first = sorted(applications + payments, key=lambda a: a.at, reverse=True)
    return newest_first[:limit]


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
