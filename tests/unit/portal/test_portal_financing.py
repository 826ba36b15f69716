"""Terms and postings: what the figures of every page stand on."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from portal.accounts.models import Provider
from portal.financing import ledger
from portal.financing.models import CreditAccount, DailyFigures, Instalment, Transaction
from portal.financing.terms import BY_CODE, TERMS, offered

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


@pytest.fixture
def provider(basic):
    return Provider.objects.get(user_id=basic.user_id)


@pytest.fixture
def account(practice):
    """An account without a history."""
    found = practice.credit_accounts.first()
    found.transactions.all().delete()
    found.balance, found.credit_limit, found.status = Decimal(0), Decimal(3_000), "open"
    found.save()
    return found


def sell(account, provider, amount, code="NI-6", key=None):
    return ledger.sell(
        account,
        Decimal(amount),
        BY_CODE[code],
        description="Root canal",
        by=provider,
        now=NOW,
        form_key=key or uuid.uuid4(),
    )


def refund(sale, provider, amount, key=None):
    return ledger.refund(sale, Decimal(amount), by=provider, now=NOW, form_key=key or uuid.uuid4())


def sold_on_the_day(account) -> tuple[int, Decimal]:
    """The practice's sales of that day; the seeded history may have some, too."""
    days = DailyFigures.objects.filter(
        practice=account.practice, day=NOW.date(), kind=Transaction.Kind.SALE
    )
    return days.values_list("count", "amount").first() or (0, Decimal(0))


def owed(account):
    account.refresh_from_db()
    unpaid = Instalment.objects.filter(sale__account=account, paid_at=None)
    assert account.balance == sum(i.amount for i in unpaid)
    return account.balance


@pytest.mark.parametrize("terms", TERMS, ids=lambda terms: terms.code)
@pytest.mark.parametrize("amount", ["2500.00", "2500.01", "9999.99"])
def test_the_instalments_of_a_plan_come_to_its_total(terms, amount):
    rows = list(terms.schedule(Decimal(amount), date(2026, 1, 31)))
    assert [number for number, _, _ in rows] == list(range(1, terms.months + 1))
    assert sum(due for _, _, due in rows) == terms.total(Decimal(amount))
    assert all(due == due.quantize(Decimal("0.01")) > 0 for _, _, due in rows)
    assert rows[0][1] == date(2026, 2, 28)
    assert rows[1][1] == date(2026, 3, 31)


def test_a_plan_without_interest_costs_what_was_sold_and_one_with_it_more():
    assert BY_CODE["NI-6"].total(Decimal("1000.01")) == Decimal("1000.01")
    assert BY_CODE["DI-12"].total(Decimal("1000.01")) == Decimal("1000.01")
    # The annuity of 1,000 at 14.9 % over 24 months, by any loan calculator.
    assert BY_CODE["RA-24"].instalments(Decimal(1000))[0] == Decimal("48.44")


def test_only_plans_that_the_amount_is_enough_for_are_offered():
    assert [t.code for t in offered(Decimal(199))] == []
    assert [t.code for t in offered(Decimal(999))] == ["NI-6", "DI-12"]


def test_a_sale_makes_a_transaction_instalments_and_a_balance(account, provider):
    count, amount = sold_on_the_day(account)
    sale = sell(account, provider, 600)
    assert sale.kind == Transaction.Kind.SALE
    assert [i.amount for i in sale.instalments.all()] == [Decimal(100)] * 6
    assert owed(account) == 600
    assert sold_on_the_day(account) == (count + 1, amount + 600)


def test_the_same_form_sent_twice_sells_and_refunds_once(account, provider):
    key = uuid.uuid4()
    sale = sell(account, provider, 600, key=key)
    assert sell(account, provider, 600, key=key) == sale
    key = uuid.uuid4()
    assert refund(sale, provider, 50, key=key) == refund(sale, provider, 50, key=key)
    assert owed(account) == 550


@pytest.mark.parametrize(
    ("amount", "code", "told"),
    [
        (3_001, "NI-6", "The sale is over the available credit of $3,000.00."),
        (199, "NI-6", "6 months, no interest needs a sale of at least $200.00."),
    ],
)
def test_a_sale_that_cannot_be_is_refused_and_changes_nothing(
    account, provider, amount, code, told
):
    with pytest.raises(ledger.Refused, match=told.replace("$", r"\$")):
        sell(account, provider, amount, code)
    assert owed(account) == 0
    assert not account.transactions.exists()


def test_nothing_is_sold_on_a_closed_account(account, provider):
    account.status = CreditAccount.Status.CLOSED
    account.save()
    with pytest.raises(ledger.Refused, match="This account is closed"):
        sell(account, provider, 600)


def test_a_refund_takes_off_the_last_instalments(account, provider):
    sale = sell(account, provider, 600)
    refund(sale, provider, 150)
    assert [i.amount for i in sale.instalments.all()] == [100, 100, 100, 100, 50]
    assert owed(account) == 450
    with pytest.raises(ledger.Refused, match=r"Only \$450.00 of this sale can still be refunded"):
        refund(sale, provider, 451)
    refund(sale, provider, 450)
    assert owed(account) == 0
    assert ledger.refundable(sale) == 0


def test_what_was_paid_is_not_owed_again_after_a_refund(account, provider):
    sale = sell(account, provider, 600)
    sale.instalments.filter(number__lte=5).update(paid_at=NOW)
    CreditAccount.objects.filter(pk=account.pk).update(balance=100)
    refund(sale, provider, 600)
    assert owed(account) == 0
