"""Transactions: listed, sorted, filtered, found, and each looked at."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import Provider
from portal.financing import ledger

LIST = "/transactions/"


def rows(page: str) -> list[str]:
    """The references that a list shows, in order."""
    return re.findall(r'class="reference" href="/transactions/([^/]+)/"', page)


# --- The list


def test_it_lists_the_newest_first_in_pages(signed_in, practice):
    newest = list(practice.transactions.values_list("reference", flat=True))
    seen = []
    for number in range(1, -(-len(newest) // 25) + 1):
        seen += rows(signed_in.get(f"{LIST}?page={number}").text)
    assert seen == newest
    first = signed_in.get(LIST).text
    assert f"1 to 25 of {len(newest)}" in first
    assert 'rel="prev"' not in first


@pytest.mark.parametrize(
    "order", [("-at", "-pk"), ("at", "pk"), ("-amount", "-at", "-pk"), ("amount", "at", "pk")]
)
def test_it_sorts(signed_in, practice, order):
    page = signed_in.get(f"{LIST}?sort={order[0]}&page=3").text
    expected = practice.transactions.order_by(*order).values_list("reference", flat=True)
    assert rows(page) == list(expected[50:75])
    direction = "descending" if order[0].startswith("-") else "ascending"
    assert page.count(f'aria-sort="{direction}"') == 1


def test_it_sorts_many_by_another_way_to_the_same_order(signed_in, practice, monkeypatch):
    path = (
        f"{LIST}?sort=amount&since=2000-01-01&until={timezone.now():%Y-%m-%d}&kind=payment&page=2"
    )
    expected = rows(signed_in.get(path).text)
    monkeypatch.setattr("portal.transactions.listing._FEW", 0)
    assert rows(signed_in.get(path).text) == expected
    assert len(expected) == 25


@pytest.mark.parametrize("kind", ["sale", "refund", "payment"])
def test_it_filters_by_type(signed_in, practice, kind):
    matching = practice.transactions.filter(kind=kind)
    page = signed_in.get(f"{LIST}?kind={kind}").text
    assert rows(page) == list(matching.values_list("reference", flat=True)[:25])
    assert f"of {matching.count()}</p>" in page


def test_it_filters_by_status(signed_in, practice):
    practice.transactions.filter(status="declined").delete()
    some = practice.transactions.filter(kind="sale").first()
    practice.transactions.filter(pk=some.pk).update(status="declined")
    day = practice.daily_figures.get(day=some.at.date(), kind="sale")
    day.count -= 1
    day.save()
    page = signed_in.get(f"{LIST}?status=declined").text
    assert rows(page) == [some.reference]
    assert "1 to 1 of 1" in page
    posted = signed_in.get(f"{LIST}?status=posted&kind=sale").text
    count = practice.transactions.filter(status="posted", kind="sale").count()
    assert f"of {count}</p>" in posted
    assert some.reference not in posted


def test_it_filters_by_whole_days(signed_in, practice):
    at = practice.transactions.all()[100].at
    start = datetime(at.year, at.month, at.day, tzinfo=UTC)
    matching = practice.transactions.filter(at__gte=start, at__lt=start + timedelta(days=1))
    page = signed_in.get(f"{LIST}?since={at:%Y-%m-%d}&until={at:%m/%d/%Y}").text
    assert rows(page) == list(matching.values_list("reference", flat=True)[:25])
    assert f"of {matching.count()}</p>" in page


def test_it_finds_by_reference_name_and_account(signed_in, account, sale):
    patient = account.patient
    for text in (
        sale.reference,
        sale.reference.lower(),
        sale.reference.rsplit("-", 1)[1],
        f" {patient.last_name} ",
        "quintessa",
        "o’xy quint",
        account.number,
        account.number.lower(),
    ):
        page = signed_in.get(LIST, {"q": text}).text
        assert rows(page) == [sale.reference], text
        assert "1 to 1 of 1" in page


def test_a_search_is_narrowed_by_the_other_filters(signed_in, sale):
    found = {"q": "Quintessa"}
    assert rows(signed_in.get(LIST, found | {"kind": "sale"}).text) == [sale.reference]
    assert rows(signed_in.get(LIST, found | {"kind": "refund"}).text) == []
    assert rows(signed_in.get(LIST, found | {"until": "2001-01-01"}).text) == []
    assert "No transaction matches." in signed_in.get(LIST, found | {"status": "declined"}).text


def test_it_says_when_a_text_stands_for_too_many(signed_in, account, sale, monkeypatch):
    monkeypatch.setattr("portal.transactions.listing.MOST_ACCOUNTS", 1)
    assert "Too much matches." in signed_in.get(LIST, {"q": "a"}).text
    assert "accounts match" not in signed_in.get(LIST, {"q": "Quintessa"}).text


def test_it_finds_nothing_of_another_practice(signed_in, foreign):
    for text in (foreign.reference, foreign.account.number, foreign.account.patient.name):
        assert foreign.reference not in rows(signed_in.get(LIST, {"q": text}).text)
    for path in (f"{foreign.reference}/", f"{foreign.reference}/receipt/"):
        assert signed_in.get(LIST + path).status_code == 404
    for answer in (
        signed_in.get(f"{LIST}{foreign.reference}/refund/"),
        signed_in.post(f"{LIST}{foreign.reference}/refund/", {"amount": "1"}),
        signed_in.get(f"{LIST}new-sale/{foreign.account.number}/"),
        signed_in.post(f"{LIST}new-sale/{foreign.account.number}/", {"amount": "1200"}),
    ):
        assert answer.status_code == 404
    assert not foreign.refunds.filter(amount=1).exists()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"since": "2026-02-30"}, "From must be a real date, like 03/27/2026"),
        ({"until": "9999-12-31"}, "To must be in a year from 2000 to 2100"),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "To must be the same day as From"),
        ({"kind": "loan"}, "Choose a type from the list"),
        ({"status": "x"}, "Choose a status from the list"),
        ({"sort": "pk"}, "Choose an order from the list"),
        ({"q": "x" * 81}, "Search text must be 80 characters or fewer"),
        ({"q": "a\0b"}, "Null characters are not allowed."),
    ],
)
def test_a_filter_that_cannot_be_is_refused_in_words(signed_in, asked, told):
    answer = signed_in.get(LIST, asked)
    assert answer.status_code == 200
    assert told in answer.text
    assert rows(answer.text) == []


@pytest.mark.parametrize(
    "text", ["%", "_", "'", '"', "𝒢𝓇𝒶𝒸𝑒", "\\", "AC-", "T-", "\u202e", "*" * 80]
)
def test_an_odd_search_finds_nothing(signed_in, text):
    answer = signed_in.get(LIST, {"q": text})
    assert answer.status_code == 200
    assert text == "AC-" or rows(answer.text) == []


@pytest.mark.parametrize("page", ["0", "-1", "x", "٣", "9" * 30, "1.5", ""])
def test_an_odd_page_is_the_nearest_one(signed_in, page):
    answer = signed_in.get(LIST, {"page": page})
    assert answer.status_code == 200
    assert len(rows(answer.text)) == 25


def test_the_list_asks_as_often_for_many_rows_as_for_few(signed_in):
    with CaptureQueriesContext(connection) as seen:
        signed_in.get(f"{LIST}?page=2&sort=-amount")
    assert len(seen) < 13


# --- One transaction


def test_it_shows_a_sale_with_its_instalments_and_refunds(signed_in, account, sale, basic):
    given = ledger.refund(
        sale,
        Decimal(300),
        by=Provider.objects.get(user_id=basic.user_id),
        now=timezone.now(),
        form_key=uuid.uuid4(),
    )
    sale.instalments.filter(number=1).update(paid_at=timezone.now())
    page = signed_in.get(f"{LIST}{sale.reference}/").text
    assert f'<h1>Sale <span class="nowrap">{sale.reference}</span></h1>' in page
    assert rows(page) == [given.reference]
    schedule = page[page.index("Schedule of instalments") :]
    assert schedule.count("<tr>") == 1 + sale.instalments.count()
    assert schedule.count("Paid") == 1
    assert "$700.00 of this sale is still owed" in schedule
    assert "Can still be refunded</dt><dd>$900.00" in page
    refund = signed_in.get(f"{LIST}{given.reference}/").text
    assert f'Refund of</dt><dd><a href="{LIST}{sale.reference}/">' in refund
    assert "Refund this sale" not in refund


def test_it_lists_what_is_overdue_the_oldest_first(signed_in, practice, sale):
    practice.instalments.exclude(sale=sale).filter(paid_at=None).delete()
    today = timezone.now().date()
    first, second, third = sale.instalments.order_by("number")[:3]
    for instalment, days in ((first, 1), (second, 40), (third, 0)):
        instalment.due_on = today - timedelta(days=days)
        instalment.save()
    page = signed_in.get(f"{LIST}overdue/").text
    assert rows(page) == [sale.reference] * 2
    assert "1 to 2 of 2" in page
    shown = [page.index(f"{i.due_on:%b} {i.due_on.day}, {i.due_on.year}") for i in (second, first)]
    assert shown == sorted(shown)
    sale.instalments.update(paid_at=timezone.now())
    assert "No payment is overdue." in signed_in.get(f"{LIST}overdue/").text
