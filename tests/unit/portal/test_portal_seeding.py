"""The seeded records: alike at each start, of every state, in books that balance."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from portal import bulk
from portal.accounts.models import Practice
from portal.applications import steps
from portal.bulk import Rows
from portal.dashboard import figures
from portal.financing import decisions, sample
from portal.financing.history import Books
from portal.financing.models import Application, CreditAccount, Instalment, Transaction
from portal.financing.rows import MODELS
from portal.seeding import DEFAULT_SIZE, Volume, _fill, volumes

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


def books_of(practice, patients, transactions, now=NOW):
    """What the accounts of ``practice`` would be filled with, and the days' figures."""
    keys = {"accounts_from": itertools.count(1), "transactions_from": itertools.count(1)}
    books = Books(practice, sample.treatments(practice), now, **keys)
    people = sample.patients(practice, patients, itertools.count(1))
    return list(books.accounts(people, transactions)), list(books.daily_figures())


def test_it_seeds_the_same_records_for_the_same_practice(practice):
    def seen():
        applications = sample.applications(practice, NOW)
        return (
            sample.patients(practice, 5, itertools.count(1)),
            books_of(practice, 5, 40),
            [(a.first_name, a.status, a.amount) for a in applications],
        )

    assert seen() == seen()
    people, (accounts, _), applications = seen()
    assert (len(people), len(accounts)) == (5, 5)
    assert sum(len(account.transactions) for account in accounts) == 40
    assert len(applications) == sample.APPLICATIONS + sample.DRAFTS


def test_other_practices_have_other_records(practice):
    other = Practice.objects.exclude(pk=practice.pk).first()
    assert [p.first_name for p in sample.patients(practice, 9, itertools.count(1))] != [
        p.first_name for p in sample.patients(other, 9, itertools.count(1))
    ]


@pytest.mark.parametrize(("patients", "transactions"), [(1, 1), (3, 24), (25, 26), (50, 999)])
def test_it_makes_as_many_transactions_as_it_is_asked_for(practice, patients, transactions):
    accounts, _ = books_of(practice, patients, transactions)
    made = [t for account in accounts for t in account.transactions]
    assert (len(accounts), len(made)) == (patients, transactions)
    assert len({t.reference for t in made}) == len({t.id for t in made}) == transactions


@pytest.mark.parametrize("day", [1, 15, 31])
def test_it_always_has_something_due_and_overdue_and_nothing_of_tomorrow(practice, day):
    now = datetime(2026, 3, day, 3, tzinfo=UTC)
    today, soon = str(now.date()), str((now + figures.DUE_WITHIN).date())
    accounts, _ = books_of(practice, 100, 1_000, now)
    unpaid = [i for a in accounts for i in a.instalments if i.paid_at is None]
    assert any(i.due_on < today for i in unpaid)
    assert any(today <= i.due_on <= soon for i in unpaid)
    assert max(t.at for a in accounts for t in a.transactions) <= str(now)


def test_records_of_every_state_are_seeded(practice):
    assert {a.status for a in practice.applications.all()} == set(Application.Status)
    assert {a.status for a in practice.credit_accounts.all()} == set(CreditAccount.Status)
    posted = set(practice.transactions.values_list("kind", "status"))
    assert posted == {(kind, "posted") for kind in Transaction.Kind} | {("sale", "declined")}


def test_every_practice_has_a_declined_sale():
    for practice in Practice.objects.all():
        assert practice.transactions.filter(status="declined").exists(), practice


def test_applications_stand_as_their_figures_are_decided(practice):
    for application in practice.applications.all():
        if application.status == Application.Status.DRAFT:
            assert steps.next_open(application).slug == "income"
            continue
        decision = decisions.decide(
            application.yearly_income, application.yearly_housing, application.amount
        )
        # What an analyst had to look at was approved later.
        looked_at = decision.status == "pending" and application.status == "approved"
        assert application.status == decision.status or looked_at
        assert application.reason == ("" if application.status == "approved" else decision.reason)


def test_the_seeded_books_balance(practice):
    for account in practice.credit_accounts.all():
        unpaid = Instalment.objects.filter(sale__account=account, paid_at=None)
        assert account.balance == sum(i.amount for i in unpaid)
        assert account.balance == 0 or account.status != CreditAccount.Status.CLOSED
    for kind in Transaction.Kind:
        posted = practice.transactions.filter(kind=kind, status="posted")
        days = practice.daily_figures.filter(kind=kind)
        assert days.aggregate(n=Sum("count"))["n"] == posted.count()
        assert sum(d.amount for d in days) == sum(t.amount for t in posted)


def test_what_was_declined_is_over_the_credit_or_on_a_closed_account(practice):
    for tried in practice.transactions.filter(status="declined").select_related("account"):
        account = tried.account
        assert account.status == "closed" or tried.amount > account.available
        assert not tried.instalments.exists()
        assert tried.amount <= Decimal(25_000)


def test_a_declined_sale_says_so_and_has_no_receipt(signed_in, practice):
    tried = practice.transactions.filter(status="declined").first()
    page = signed_in.get(f"/transactions/{tried.reference}/")
    assert '<span class="tag declined">Declined</span>' in page.text
    assert "Refund this sale" not in page.text
    assert signed_in.get(f"/transactions/{tried.reference}/receipt/").status_code == 404


def test_it_divides_the_records_among_the_practices(members):
    one_a_practice = {member.practice: member for member in members.values()}
    found = volumes(list(one_a_practice.values()), DEFAULT_SIZE)
    assert sum(v.patients for v in found) == 200
    assert sum(v.transactions for v in found) == 2_000
    assert found[0] == Volume(patients=100, transactions=1_000)


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        return {sql for (sql,) in cursor.fetchall()}


@pytest.fixture
def empty_practice():
    return Practice.objects.create(
        name="Empty", specialty="Dentistry", city="Nowhere", merchant_number="MP-00000001"
    )


def test_many_rows_are_written_with_the_indexes_made_afterwards(empty_practice, monkeypatch):
    monkeypatch.setattr(bulk, "_BATCH", 1_000)
    before = indexes()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        _fill([(empty_practice, Volume(10, 9_000))], NOW)  # more than all others have
    statements = [query["sql"] for query in queries]
    assert any(s.startswith("DROP INDEX") for s in statements)
    assert indexes() == before
    assert empty_practice.transactions.count() == 9_000
    assert empty_practice.credit_accounts.count() == 10
    connection.check_constraints()


def test_few_rows_beside_many_leave_the_indexes_alone(empty_practice):
    with CaptureQueriesContext(connection) as queries:
        _fill([(empty_practice, Volume(3, 24))], NOW)
    assert not any("INDEX" in query["sql"] for query in queries)
    assert empty_practice.transactions.count() == 24


def test_rows_that_are_broken_off_leave_the_indexes_as_they_were():
    before = indexes()

    def broken_off():
        with transaction.atomic(), Rows(MODELS, 10**6):
            assert indexes() != before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken_off()
    assert indexes() == before
