"""Terms, postings and the seeded records: what the figures of every page stand on."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db.models import Sum

from portal.accounts.models import Provider
from portal.dashboard import figures
from portal.financing import ledger, sample
from portal.financing.models import (
    Application,
    CreditAccount,
    DailyFigures,
    Instalment,
    Transaction,
)
from portal.financing.terms import BY_CODE, TERMS, offered
from portal.seeding import DEFAULT_SIZE, Volume, volumes

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
    sale = sell(account, provider, 600)
    assert sale.kind == Transaction.Kind.SALE
    assert [i.amount for i in sale.instalments.all()] == [Decimal(100)] * 6
    assert owed(account) == 600
    day = DailyFigures.objects.get(practice=account.practice, day=NOW.date(), kind="sale")
    assert (day.count, day.amount) == (1, 600)


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


def test_it_seeds_the_same_records_for_the_same_practice(practice):
    def seen():
        people = sample.patients(practice, 5)
        made = sample.history(practice, people, 40, NOW)
        return (
            [p.name for p in people],
            [(t.reference, t.amount, t.at) for t in [*made.sales, *made.others]],
            [(a.first_name, a.amount) for a in sample.applications(practice, NOW)],
        )

    assert seen() == seen()
    people, transactions, applications = seen()
    assert (len(people), len(transactions), len(applications)) == (5, 40, sample.APPLICATIONS)


@pytest.mark.parametrize("day", [1, 15, 31])
def test_it_always_has_something_due_overdue_and_pending(practice, day):
    now = datetime(2026, 3, day, 3, tzinfo=UTC)
    today = now.date()
    made = sample.history(practice, sample.patients(practice, 100), 1_000, now)
    unpaid = [i for i in made.instalments if i.paid_at is None]
    assert any(i.due_on < today for i in unpaid)
    assert any(today <= i.due_on <= today + figures.DUE_WITHIN for i in unpaid)
    assert max(t.at for t in [*made.sales, *made.others]) <= now
    assert {a.status for a in sample.applications(practice, now)} == {
        Application.Status.PENDING,
        Application.Status.APPROVED,
        Application.Status.DECLINED,
    }


def test_the_seeded_books_balance(practice):
    for account in practice.credit_accounts.all():
        assert owed(account) >= 0
    for kind in Transaction.Kind:
        posted = practice.transactions.filter(kind=kind)
        days = practice.daily_figures.filter(kind=kind)
        assert days.aggregate(n=Sum("count"))["n"] == posted.count()
        assert sum(d.amount for d in days) == sum(t.amount for t in posted)


def test_it_seeds_as_many_records_as_it_is_asked_for(members):
    one_a_practice = {member.practice: member for member in members.values()}
    found = volumes(list(one_a_practice.values()), DEFAULT_SIZE)
    assert sum(v.patients for v in found) == 200
    assert sum(v.transactions for v in found) == 2_000
    assert found[0] == Volume(patients=100, transactions=1_000)
