"""Posting: the one place where a balance changes, each time with a transaction that says why.

An account's balance is the sum of its instalments that are not paid.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum

from portal.accounts.models import Practice, Provider
from portal.documents.money import to_cents
from portal.faults import switchboard
from portal.financing.models import CreditAccount, DailyFigures, Instalment, Transaction
from portal.financing.terms import Terms


class Refused(Exception):
    """The posting cannot be made; ``str()`` of it is for the provider to read."""


@transaction.atomic
def sell(
    account: CreditAccount,
    amount: Decimal,
    terms: Terms,
    *,
    description: str,
    by: Provider,
    now: datetime,
    form_key: UUID,
) -> Transaction:
    """A sale on ``account``, paid back by ``terms``. The same ``form_key`` sells once.

    Raises ``Refused`` where the account is closed, has too little credit left, or the
    amount is under the least of the terms.
    """
    account = _locked(account)
    if earlier := Transaction.objects.filter(form_key=form_key).first():
        return earlier
    if account.status == CreditAccount.Status.CLOSED:
        raise Refused("This account is closed. No sale can be made on it.")
    if amount < terms.least_amount:
        raise Refused(f"{terms.name} needs a sale of at least ${terms.least_amount:,.2f}.")
    if amount > account.available:
        raise Refused(
            f"The sale is over the available credit of ${account.available:,.2f}."
            " Enter a smaller amount."
        )
    sale = _post(
        account,
        Transaction.Kind.SALE,
        amount,
        description=description,
        terms=terms.code,
        by=by,
        now=now,
        form_key=form_key,
    )
    Instalment.objects.bulk_create(
        Instalment(practice_id=sale.practice_id, sale=sale, number=number, due_on=day, amount=due)
        for number, day, due in schedule(terms, amount, now.date())
    )
    _change_balance(account, terms.total(amount))
    return sale


@transaction.atomic
def refund(
    sale: Transaction, amount: Decimal, *, by: Provider, now: datetime, form_key: UUID
) -> Transaction:
    """Gives back ``amount`` of ``sale``: its last instalments are no longer owed.

    The same ``form_key`` refunds once.

    Raises ``Refused`` for more than is left of the sale.
    """
    account = _locked(sale.account)
    if earlier := Transaction.objects.filter(form_key=form_key).first():
        return earlier
    left = refundable(sale)
    if amount > left:
        raise Refused(f"Only ${left:,.2f} of this sale can still be refunded.")
    given = _post(
        account,
        Transaction.Kind.REFUND,
        amount,
        description=f"Refund of {sale.reference}",
        sale=sale,
        by=by,
        now=now,
        form_key=form_key,
    )
    _change_balance(account, -_forgive(sale, amount))
    return given


def schedule(terms: Terms, amount: Decimal, sold_on: date) -> list[tuple[int, date, Decimal]]:
    """Number, day and amount of each instalment of a sale."""
    rows = list(terms.schedule(amount, sold_on))
    if switchboard.active("instalments_short") is not None:
        number, day, due = rows[-1]
        rows[-1] = number, day, due - 1
    return rows


def refundable(sale: Transaction) -> Decimal:
    """What of ``sale`` has not been refunded; nothing of what is no posted sale."""
    if sale.kind != Transaction.Kind.SALE or sale.status != Transaction.Status.POSTED:
        return Decimal(0)
    if switchboard.active("refunds_uncounted") is not None:
        return sale.amount
    given = sale.refunds.aggregate(sum=Sum("amount", default=Decimal(0)))["sum"]
    return max(Decimal(0), to_cents(sale.amount - given))


def new_reference(practice: Practice, letter: str) -> str:
    """A reference that nobody can guess from another one: "T-40715523-9F3K27QD"."""
    # Crockford's base 32: nothing in it is taken for something else when read aloud.
    tail = "".join(secrets.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(8))
    return f"{letter}-{practice.code}-{tail}"


def _locked(account: CreditAccount) -> CreditAccount:
    """Read anew, and ours until the end of the transaction."""
    return CreditAccount.objects.select_for_update().select_related("practice").get(pk=account.pk)


def _post(
    account: CreditAccount,
    kind: Transaction.Kind,
    amount: Decimal,
    *,
    description: str,
    by: Provider,
    now: datetime,
    form_key: UUID,
    terms: str = "",
    sale: Transaction | None = None,
) -> Transaction:
    posted = Transaction.objects.create(
        practice=account.practice,
        account=account,
        reference=new_reference(account.practice, "T"),
        kind=kind,
        amount=amount,
        description=description,
        terms=terms,
        sale=sale,
        created_by=by,
        at=now,
        form_key=form_key,
    )
    day, _ = DailyFigures.objects.get_or_create(
        practice=account.practice, day=now.date(), kind=kind
    )
    DailyFigures.objects.filter(pk=day.pk).update(count=F("count") + 1, amount=F("amount") + amount)
    return posted


def _forgive(sale: Transaction, amount: Decimal) -> Decimal:
    """Takes ``amount`` off what is still owed of ``sale``, the last instalment first.

    Gives what was taken off: less than ``amount`` where more than the rest had been paid.
    """
    left = amount
    for instalment in sale.instalments.filter(paid_at=None).order_by("-number"):
        off = min(left, instalment.amount)
        left -= off
        if off == instalment.amount:
            instalment.delete()
        else:
            instalment.amount -= off
            instalment.save(update_fields=["amount"])
        if not left:
            break
    return amount - left


def _change_balance(account: CreditAccount, by: Decimal) -> None:
    CreditAccount.objects.filter(pk=account.pk).update(balance=F("balance") + by)
