"""A report's numbers. The page, the CSV and the PDF all show this one value.

Amounts come from the figures kept for each day, never from the transactions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count
from django.utils import timezone

from portal.accounts.models import Practice
from portal.documents.money import to_cents
from portal.faults import switchboard
from portal.financing.models import Application, Transaction
from portal.reports.ranges import Range

_NOTHING = Decimal("0.00")


@dataclass(slots=True)
class Period:
    """What was posted in a range of days."""

    range: Range
    sales_count: int = 0
    sales: Decimal = _NOTHING
    refunds: Decimal = _NOTHING
    payments: Decimal = _NOTHING

    @property
    def net(self) -> Decimal:
        """Sales less refunds."""
        return self.sales - self.refunds

    @property
    def label(self) -> str:
        """ "Mar 2026", "Mar 2 – Mar 8", "Mar 2": as long as it needs to be in its report."""
        first, last = self.range.first, self.range.last
        if first == last:
            return f"{first:%b} {first.day}"
        if first.day == 1 and (last + timedelta(days=1)).day == 1 and self.range.days <= 31:
            return f"{first:%b %Y}"
        return f"{first:%b} {first.day} – {last:%b} {last.day}, {last.year}"


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a practice over a range."""

    practice: Practice
    range: Range
    periods: list[Period]
    total: Period
    applications: int  # submitted
    approved: int
    declined: int

    @property
    def average_sale(self) -> Decimal | None:
        """To the cent; None without sales."""
        if not self.total.sales_count:
            return None
        return to_cents(self.total.sales / self.total.sales_count)

    @property
    def approval_rate(self) -> Decimal | None:
        """Per cent of the decided applications, to a tenth; None where none was decided."""
        decided = self.approved + self.declined
        if not decided:
            return None
        return (Decimal(100 * self.approved) / decided).quantize(Decimal("0.1"))

    @property
    def pending(self) -> int:
        return self.applications - self.approved - self.declined


def report(practice: Practice, wanted: Range) -> Report:
    """The report of ``practice`` over ``wanted``, in two queries."""
    if switchboard.active("filters_ignored") is not None:
        wanted = replace(wanted, first=wanted.first - timedelta(days=30))
    periods = [Period(part) for part in wanted.periods()]
    starts = [period.range.first for period in periods]
    total = Period(wanted)
    days = practice.daily_figures.filter(day__gte=wanted.first, day__lte=wanted.last)
    if stale := switchboard.active("report_stale"):
        days = days.filter(day__lte=timezone.now().date() - timedelta(days=int(stale["days"])))
    for day, kind, count, amount in days.values_list("day", "kind", "count", "amount"):
        for period in (periods[bisect_right(starts, day) - 1], total):
            _add(period, kind, count, amount)
    decided = _applications(practice, wanted)
    return Report(
        practice=practice,
        range=wanted,
        periods=periods,
        total=total,
        applications=sum(decided.values()),
        approved=decided[Application.Status.APPROVED],
        declined=decided[Application.Status.DECLINED],
    )


def _add(period: Period, kind: str, count: int, amount: Decimal) -> None:
    if kind == Transaction.Kind.SALE:
        period.sales_count += count
        period.sales += amount
    elif kind == Transaction.Kind.REFUND:
        period.refunds += amount
    else:
        period.payments += amount


def _applications(practice: Practice, wanted: Range) -> Counter[str]:
    """How many of the applications submitted in ``wanted`` have which status."""
    since = datetime.combine(wanted.first, time(), tzinfo=UTC)
    until = datetime.combine(wanted.last, time(), tzinfo=UTC) + timedelta(days=1)
    found = practice.applications.filter(submitted_at__gte=since, submitted_at__lt=until)
    rows = found.order_by().values_list("status").annotate(count=Count("pk"))
    return Counter(dict(rows))
