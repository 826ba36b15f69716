"""Statements: what moved on an account in a month, and its balance before and after.

They are worked out, not kept: backwards from today's balance, so that the last one always
closes with the balance that the account's page shows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from portal.financing.models import CreditAccount, Transaction
from portal.financing.terms import BY_CODE

_MONTH = relativedelta(months=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a statement."""

    at: datetime
    reference: str
    text: str
    amount: Decimal  # that the balance changed by
    balance: Decimal  # afterwards

    @property
    def size(self) -> Decimal:
        """The amount without its sign, which pages write before the dollar."""
        return abs(self.amount)


@dataclass(frozen=True, slots=True)
class Statement:
    """An account's month (UTC)."""

    month: date  # its first day
    through: date  # its last day, or today
    opening: Decimal
    entries: list[Entry]
    closing: Decimal

    @property
    def charges(self) -> Decimal:
        return sum((e.amount for e in self.entries if e.amount > 0), Decimal(0))

    @property
    def credits(self) -> Decimal:
        return -sum((e.amount for e in self.entries if e.amount < 0), Decimal(0))


def first_month(account: CreditAccount) -> date:
    """The month that the account was opened in."""
    return account.opened_on.replace(day=1)


def months_before(today: date, months: int) -> date:
    """The first day of the month that many before this one."""
    return today.replace(day=1) - relativedelta(months=months)


def statements(account: CreditAccount, since: date, today: date) -> list[Statement]:
    """The statements from the month ``since`` to that of ``today``, the newest first."""
    changes = _changes(account, since)
    month, closing, made = today.replace(day=1), account.balance, []
    while month >= max(since, first_month(account)):
        lines = changes[month.year, month.month]
        opening = balance = closing - sum((line[3] for line in lines), Decimal(0))
        entries = []
        for at, reference, text, amount in lines:
            balance += amount
            entries.append(Entry(at, reference, text, amount, balance))
        through = min(today, (month + _MONTH) - relativedelta(days=1))
        made.append(Statement(month, through, opening, entries, closing))
        month, closing = month - _MONTH, opening
    return made


def _changes(
    account: CreditAccount, since: date
) -> dict[tuple[int, int], list[tuple[datetime, str, str, Decimal]]]:
    """What changed the balance from ``since`` on, by month, in order."""
    changes = defaultdict(list)
    posted = account.transactions.filter(
        status=Transaction.Status.POSTED,
        at__gte=datetime(since.year, since.month, since.day, tzinfo=UTC),
    )
    # Values, not objects: an account may have thousands of them, and refunds are few.
    refunds = posted.filter(kind=Transaction.Kind.REFUND).select_related("sale").in_bulk()
    rows = posted.order_by("at", "pk").values_list(
        "pk", "at", "reference", "description", "amount", "kind", "terms"
    )
    for pk, at, reference, description, amount, kind, terms in rows:
        month = changes[at.year, at.month]
        if kind == Transaction.Kind.SALE:
            month.append((at, reference, description, amount))
            if interest := _total(terms, amount) - amount:
                month.append((at, reference, f"Interest, {BY_CODE[terms].name}", interest))
            continue
        month.append((at, reference, description, -amount))
        if pk in refunds and (paid_out := amount - _taken_off(refunds[pk])):
            month.append((at, reference, "Paid out to the patient", paid_out))
    return changes


@lru_cache(maxsize=4096)
def _total(terms: str, amount: Decimal) -> Decimal:
    """What the patient pays in all for a sale of ``amount``."""
    return BY_CODE[terms].total(amount) if terms in BY_CODE else amount


def _taken_off(refund: Transaction) -> Decimal:
    """What ``refund`` took off the balance: no more than was still owed of its sale.

    Whatever the patient had paid before does not come off what is owed, but is paid out.
    """
    sale = refund.sale
    if sale is None:
        return refund.amount
    paid = sale.instalments.exclude(paid_at=None)
    given, off = Decimal(0), Decimal(0)
    for earlier in sale.refunds.filter(status=Transaction.Status.POSTED).order_by("at", "pk"):
        owed = _total(sale.terms, sale.amount) - given
        owed -= sum((i.amount for i in paid if i.paid_at <= earlier.at), Decimal(0))
        off = max(Decimal(0), min(earlier.amount, owed))
        given += off
        if earlier.pk == refund.pk:
            break
    return off
