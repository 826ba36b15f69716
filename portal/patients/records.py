"""What is known of a practice's patients and their accounts, and what is written down."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Min, Q, QuerySet, Sum

from portal.accounts.models import Practice, Provider
from portal.documents.money import to_cents
from portal.faults import switchboard
from portal.financing.models import CreditAccount, Instalment, Note, Patient, Transaction
from portal.financing.terms import BY_CODE

# The same note from the same hand within this time is one that was sent twice.
_SENT_TWICE = timedelta(minutes=1)


def search(practice: Practice, text: str, born: date | None = None) -> QuerySet[Patient]:
    """The patients that ``text`` fits, by name; all of them without a text.

    Each word must be the beginning of a first or last name, or a part of the account's number.
    Digits, with whatever stands between them, may also be a part of the phone number.
    """
    found = practice.patients.all()
    if switchboard.active("filters_ignored") is not None:
        return found
    if born:
        return found.filter(birth_date=born)
    fits = Q()
    # A name may be of two words, and the first name may be typed on either side of the last.
    for word in text.replace(",", " ").split():
        fits &= (
            Q(last_name__istartswith=word)
            | Q(first_name__istartswith=word)
            | Q(last_name__icontains=f" {word}")
            | Q(first_name__icontains=f" {word}")
            | Q(pk__in=practice.credit_accounts.filter(number__icontains=word).values("patient"))
        )
    if re.fullmatch(r"\+?[0-9\s().-]+", text):
        fits |= _has_phone(re.sub(r"[^0-9]", "", text))
    return found.filter(fits)


def _has_phone(digits: str) -> Q:
    """The last four to ten digits of a phone number, or the first three and some more.

    Numbers are kept as "(202) 555-0143", so a part of one is put as it stands in there.
    """
    digits = digits.removeprefix("1") if len(digits) == 11 else digits
    if not 4 <= len(digits) <= 10:
        return Q()
    area, office, line = digits[:-7], digits[-7:-4], digits[-4:]
    end = f"{area}) {office}-{line}" if area else f"{office}-{line}"
    begin = f"({digits[:3]}) {digits[3:6]}"
    return Q(phone__endswith=end) | (Q(phone__startswith=begin) if len(digits) <= 6 else Q())


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be paid next."""

    on: date | None  # None: nothing is owed from today on
    amount: Decimal
    overdue: Decimal  # due before today and not paid


def due(account: CreditAccount, today: date) -> Due:
    """What ``account`` has to pay."""
    unpaid = Instalment.objects.filter(sale__account=account, paid_at=None)
    overdue = _sum(unpaid.filter(due_on__lt=today))
    day = unpaid.filter(due_on__gte=today).aggregate(day=Min("due_on"))["day"]
    return Due(day, _sum(unpaid.filter(due_on=day)) if day else Decimal(0), overdue)


def _sum(instalments: QuerySet[Instalment]) -> Decimal:
    return to_cents(instalments.aggregate(sum=Sum("amount", default=Decimal(0)))["sum"])


@dataclass(frozen=True, slots=True)
class Plan:
    """A sale that is paid back by instalments."""

    sale: Transaction
    terms: str  # "6 months, no interest"
    instalments: list[Instalment]

    @property
    def paid(self) -> int:
        return sum(instalment.paid_at is not None for instalment in self.instalments)

    @property
    def total(self) -> Decimal:
        return sum((i.amount for i in self.instalments), Decimal(0))

    @property
    def left(self) -> Decimal:
        return sum((i.amount for i in self.instalments if i.paid_at is None), Decimal(0))


def plans(account: CreditAccount, limit: int) -> tuple[list[Plan], int]:
    """The newest ``limit`` plans of which something is still owed, and how many there are."""
    owed = account.transactions.filter(
        kind=Transaction.Kind.SALE,
        pk__in=Instalment.objects.filter(sale__account=account, paid_at=None).values("sale"),
    )
    newest = owed.prefetch_related("instalments")[:limit]
    return [
        Plan(sale, BY_CODE[sale.terms].name if sale.terms in BY_CODE else sale.terms, rows)
        for sale in newest
        if (rows := list(sale.instalments.all()))
    ], owed.count()


@transaction.atomic
def write_note(account: CreditAccount, text: str, by: Provider, now: datetime) -> Note:
    """Writes a note on ``account``; one that is sent twice is written once."""
    # Two that come at once take turns here.
    CreditAccount.objects.select_for_update().get(pk=account.pk)
    earlier = account.notes.filter(author=by, text=text, at__gt=now - _SENT_TWICE).first()
    return earlier or account.notes.create(author=by, text=text, at=now)
