"""Lists of a million rows: which index answers, and where a search ends.

How long that takes depends on the machine (``make bench-portal`` tells); the database's plan
does not, and it is the plan that keeps a list quick however long it gets.
"""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from portal.financing.models import CreditAccount
from portal.transactions import listing

SORTED = "USE TEMP B-TREE FOR ORDER BY"


def plan_of(rows) -> str:
    return rows.values_list("pk", flat=True)[:25].explain()


@pytest.fixture
def large(monkeypatch):
    """A practice as if it had so many transactions that none of them may be sorted."""
    monkeypatch.setattr(listing, "_FEW", 0)


@pytest.mark.parametrize("sort", ["-at", "at", "-amount", "amount"])
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"kind": "sale"},
        {"status": "posted"},
        {"since": date(2026, 1, 1), "until": date(2026, 12, 31)},
        {"kind": "payment", "since": date(2026, 1, 1)},
    ],
)
def test_a_long_list_is_read_in_the_order_of_an_index(practice, large, asked, sort):
    plan = plan_of(listing.find(practice, {**asked, "sort": sort}).rows)
    assert "USING COVERING INDEX" in plan
    assert SORTED not in plan


def test_declined_ones_are_found_by_their_status(practice, large):
    for sort in ("amount", "-amount", "at"):
        plan = plan_of(listing.find(practice, {"status": "declined", "sort": sort}).rows)
        assert "(practice_id=? AND status=?)" in plan


def test_overdue_payments_are_found_among_the_unpaid_ones(practice):
    unpaid = practice.instalments.filter(paid_at=None, due_on__lt=timezone.now().date())
    plan = plan_of(unpaid.order_by("due_on", "pk"))
    assert "INDEX instalments_unpaid" in plan
    assert SORTED not in plan


def test_an_accounts_transactions_are_read_without_their_rows(practice):
    keys = list(practice.credit_accounts.values_list("pk", flat=True)[:5])
    found = practice.credit_accounts.get(pk=keys[0]).transactions.order_by("-at", "-pk")
    assert SORTED not in plan_of(found)
    assert "USING COVERING INDEX" in plan_of(listing.Transaction.objects.filter(account__in=keys))


def test_a_search_that_finds_more_than_can_be_sorted_looks_at_fewer_accounts(practice, monkeypatch):
    everything = {"q": f"AC-{practice.code}-", "sort": "-amount"}
    whole = listing.find(practice, everything)
    assert (whole.count, whole.too_many) == (practice.transactions.count(), False)
    monkeypatch.setattr(listing, "MOST_SORTED", 200)
    some = listing.find(practice, everything)
    assert some.too_many
    assert 0 < some.count <= 250
    assert some.rows.count() == some.count
    amounts = [row.amount for row in some.rows]
    assert amounts == sorted(amounts, reverse=True)


def test_a_page_says_that_only_some_are_listed(signed_in, practice, monkeypatch):
    monkeypatch.setattr(listing, "MOST_SORTED", 5)
    page = signed_in.get("/transactions/", {"q": f"AC-{practice.code}-"}).text
    assert "Too much matches. Only some of the accounts are listed" in page
    one = CreditAccount.objects.filter(practice=practice).first()
    page = signed_in.get("/transactions/", {"q": one.number}).text
    assert one.transactions.count() > listing.MOST_SORTED
    assert f"of {one.transactions.count()}</p>" in page  # all of them
    assert "Too much matches" not in page
