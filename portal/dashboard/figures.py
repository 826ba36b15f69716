"""The dashboard's numbers, read from the practice's records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum

from portal.accounts.models import Practice
from portal.documents.money import to_cents
from portal.financing.models import Application, Transaction

DUE_WITHIN = timedelta(days=7)
_STATUS = {
    Transaction.Kind.SALE: "Posted",
    Transaction.Kind.REFUND: "Refunded",
    Transaction.Kind.PAYMENT: "Received",
}


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
    link: str  # what leads to it: "See the applications"
    page: str  # the name of the path where it leads
    query: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """A row of the recent activity."""

    at: datetime
    kind: str
    reference: str
    patient: str
    amount: Decimal
    status: str  # as shown: "Approved"
    page: str  # the name of the path, which takes the reference


def summary(practice: Practice, now: datetime) -> Summary:
    """The practice's figures at ``now``, in three queries, each answered by an index."""
    month = Q(submitted_at__year=now.year, submitted_at__month=now.month)
    approved = Q(status=Application.Status.APPROVED)
    today = now.date()
    unpaid = practice.instalments.filter(paid_at=None)
    applications = practice.applications.aggregate(
        applications=Count("pk", filter=month),
        approved_amount=Sum("amount", filter=month & approved, default=Decimal(0)),
        pending=Count("pk", filter=Q(status=Application.Status.PENDING)),
    )
    soon = unpaid.filter(due_on__gte=today, due_on__lte=today + DUE_WITHIN)
    payments = soon.aggregate(due_count=Count("pk"), due_amount=Sum("amount", default=Decimal(0)))
    for figures, name in ((applications, "approved_amount"), (payments, "due_amount")):
        figures[name] = to_cents(figures[name])
    overdue = unpaid.filter(due_on__lt=today).count()
    return Summary(**applications, **payments, overdue=overdue)


def alerts(figures: Summary) -> list[Alert]:
    """What follows from the figures, the most urgent first."""
    found = []
    if figures.overdue:
        are = _counted(figures.overdue, "payment is", "payments are")
        advice = "Contact the patient or offer a new plan."
        found.append(
            Alert(
                "warning",
                f"{are} overdue. {advice}",
                link="See the overdue payments",
                page="transactions:overdue",
            )
        )
    if figures.pending:
        are = _counted(figures.pending, "application is", "applications are")
        found.append(
            Alert(
                "info",
                f"{are} waiting for a decision.",
                link="See the applications",
                page="applications:overview",
                query="status=pending",
            )
        )
    return found


def recent_activity(practice: Practice, limit: int = 8) -> list[Activity]:
    """The newest applications and transactions, newest first."""
    sent = practice.applications.exclude(submitted_at=None).order_by("-submitted_at")
    applications = [
        Activity(
            application.submitted_at,
            "Application",
            application.reference,
            application.patient,
            application.amount,
            application.get_status_display(),
            "applications:detail",
        )
        for application in sent[:limit]
    ]
    posted = practice.transactions.select_related("account__patient").order_by("-at", "-pk")
    transactions = [
        Activity(
            transaction.at,
            transaction.get_kind_display(),
            transaction.reference,
            transaction.account.patient.name,
            transaction.amount,
            _status(transaction),
            "transactions:detail",
        )
        for transaction in posted[:limit]
    ]
    newest_first = sorted(applications + transactions, key=lambda a: a.at, reverse=True)
    return newest_first[:limit]


def _status(transaction: Transaction) -> str:
    if transaction.status == Transaction.Status.DECLINED:
        return transaction.get_status_display()
    return _STATUS[transaction.kind]


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
