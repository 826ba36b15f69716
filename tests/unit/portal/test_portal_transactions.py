"""Transactions: found, sold, refunded, and what each payment plan costs."""

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
from portal.financing.models import CreditAccount, Instalment, Transaction
from portal.financing.terms import BY_CODE
from portal.transactions.models import SaleDraft

LIST = "/transactions/"


def rows(page: str) -> list[str]:
    """The references that a list shows, in order."""
    return re.findall(r'class="reference" href="/transactions/([^/]+)/"', page)


@pytest.fixture
def account(practice) -> CreditAccount:
    """An account without a history, of a patient whom no other one is named like."""
    found = practice.credit_accounts.select_related("patient").first()
    for posted in found.transactions.all():
        day = practice.daily_figures.get(day=posted.at.date(), kind=posted.kind)
        day.count -= 1
        day.save()
    found.transactions.all().delete()
    found.patient.first_name, found.patient.last_name = "Quintessa", "O’Xyloph"
    found.patient.save()
    found.balance, found.credit_limit, found.status = Decimal(0), Decimal(5_000), "open"
    found.save()
    return found


@pytest.fixture
def sale(account, basic) -> Transaction:
    return ledger.sell(
        account,
        Decimal(1_200),
        BY_CODE["NI-6"],
        description="Root canal",
        by=Provider.objects.get(user_id=basic.user_id),
        now=timezone.now(),
        form_key=uuid.uuid4(),
    )


@pytest.fixture
def foreign(members) -> Transaction:
    other = Provider.objects.get(user_id=members["totp"].user_id).practice
    return other.transactions.filter(kind="sale").first()


def begin(client, account, **fields):
    """Enters a sale's details; gives the path of its draft."""
    given = {"amount": "1,200", "description": "Root canal", "form_key": str(uuid.uuid4())}
    answer = client.post(f"/transactions/new-sale/{account.number}/", given | fields)
    assert answer.status_code == 302, answer.text
    return answer.url.removesuffix("plan/")


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
    assert "More than 1,000 accounts match." in signed_in.get(LIST, {"q": "a"}).text
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
    assert len(seen) < 12


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
    assert f"<h1>Sale {sale.reference}</h1>" in page
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


# --- A sale


def test_it_finds_the_account_for_a_sale(signed_in, account):
    assert "Accounts found" not in signed_in.get(f"{LIST}new-sale/").text
    for text in ("Quintessa", account.number):
        page = signed_in.get(f"{LIST}new-sale/", {"q": text}).text
        assert f'href="{LIST}new-sale/{account.number}/"' in page
    assert "No account matches." in signed_in.get(f"{LIST}new-sale/", {"q": "zzzz"}).text
    assert "Enter a patient’s name" in signed_in.get(f"{LIST}new-sale/", {"q": " "}).text


def test_it_sells_on_a_plan_and_gives_a_receipt(signed_in, account):
    draft = begin(signed_in, account)
    plans = signed_in.get(f"{draft}plan/").text
    assert "$200.00 a month for 6 months, $1,200.00 in total" in plans
    assert "48 months" not in plans
    answer = signed_in.post(f"{draft}plan/", {"plan": "RA-24"})
    assert answer.url == f"{draft}confirm/"
    check = signed_in.get(answer.url).text
    assert "The patient pays in total</dt><dd>$1,395.12" in check
    assert check.count("<tr>") == 1 + 24
    assert not account.transactions.exists()
    receipt = signed_in.post(answer.url)
    sale = account.transactions.get()
    assert receipt.url == f"{LIST}{sale.reference}/receipt/"
    assert (sale.amount, sale.terms, sale.description) == (1_200, "RA-24", "Root canal")
    page = signed_in.get(receipt.url).text
    assert "<h1>Sale complete</h1>" in page
    assert sale.reference in page
    account.refresh_from_db()
    assert account.balance == Decimal("1395.12")


def test_a_sale_is_posted_once_however_often_it_is_confirmed(signed_in, account):
    draft = begin(signed_in, account)
    signed_in.post(f"{draft}plan/", {"plan": "NI-6"})
    urls = {signed_in.post(f"{draft}confirm/").url for _ in range(3)}
    sale = account.transactions.get()
    assert urls == {f"{LIST}{sale.reference}/receipt/"}
    # The back button leads to the receipt, and what was posted stays as it is.
    for page in ("details", "plan", "confirm"):
        assert signed_in.get(f"{draft}{page}/").url == urls.copy().pop()
    signed_in.post(f"{draft}details/", {"amount": "300", "description": "Other"})
    sale.refresh_from_db()
    assert (sale.amount, account.transactions.count()) == (1_200, 1)


def test_the_same_details_sent_twice_are_one_sale_and_two_tabs_are_two(signed_in, account):
    key = str(uuid.uuid4())
    assert begin(signed_in, account, form_key=key) == begin(signed_in, account, form_key=key)
    first, second = begin(signed_in, account), begin(signed_in, account, amount="300")
    for draft in (first, second):
        signed_in.post(f"{draft}plan/", {"plan": "NI-6"})
    for draft in (first, second):
        signed_in.post(f"{draft}confirm/")
    assert sorted(t.amount for t in account.transactions.all()) == [300, 1_200]


def test_the_details_can_be_changed_before_it_counts(signed_in, account):
    draft = begin(signed_in, account)
    signed_in.post(f"{draft}plan/", {"plan": "RA-24"})
    page = signed_in.get(f"{draft}details/").text
    assert 'value="1200.00"' in page
    assert 'value="Root canal"' in page
    answer = signed_in.post(f"{draft}details/", {"amount": "400", "description": "Crown"})
    assert answer.url == f"{draft}plan/"
    # The plan that was chosen needs a larger sale: it has to be chosen anew.
    assert signed_in.get(f"{draft}confirm/").url == f"{draft}plan/"
    assert "RA-24" not in signed_in.get(f"{draft}plan/").text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"amount": ""}, "Enter the amount of the sale"),
        ({"amount": "abc"}, "The amount of the sale must be an amount in dollars"),
        ({"amount": "199.99"}, "The amount of the sale must be from $200 to $25,000"),
        ({"amount": "5000.01"}, "The sale is over the available credit of $5,000.00."),
        ({"description": ""}, "Enter what the sale is for"),
        ({"description": "x" * 121}, "Description must be 120 characters or fewer"),
        ({"description": "a\0b"}, "Null characters are not allowed."),
    ],
)
def test_a_sale_that_cannot_be_says_why(signed_in, account, fields, told):
    given = {"amount": "1200", "description": "Root canal", "form_key": "no key"} | fields
    page = signed_in.post(f"{LIST}new-sale/{account.number}/", given).text
    assert page.count(told) == 2
    assert not SaleDraft.objects.exists()


def test_a_plan_must_be_one_that_is_offered(signed_in, account):
    draft = begin(signed_in, account)
    for given, told in (
        ({}, "Choose a payment plan"),
        ({"plan": "RA-48"}, "plans that are offered"),
    ):
        page = signed_in.post(f"{draft}plan/", given).text
        assert told in page[page.index("error-summary") :]
    assert signed_in.get(f"{draft}confirm/").url == f"{draft}plan/"


def test_credit_that_went_meanwhile_is_told_at_the_last_page(signed_in, account):
    draft = begin(signed_in, account)
    signed_in.post(f"{draft}plan/", {"plan": "NI-6"})
    CreditAccount.objects.filter(pk=account.pk).update(balance=4_500)
    page = signed_in.post(f"{draft}confirm/").text
    assert "The sale is over the available credit of $500.00." in page
    assert not account.transactions.exists()


def test_nothing_is_sold_on_a_closed_account(signed_in, account):
    CreditAccount.objects.filter(pk=account.pk).update(status="closed")
    page = signed_in.get(f"{LIST}new-sale/{account.number}/").text
    assert "This account is closed." in page
    assert '<button class="button">Continue' not in page


def test_a_draft_is_only_there_for_who_began_it(signed_in, client, account, members):
    draft = begin(signed_in, account)
    key = draft.split("/")[-2]
    for member in ("no_factor_yet", "totp"):
        client.force_login(Provider.objects.get(user_id=members[member].user_id))
        for page in ("details", "plan", "confirm"):
            assert client.get(f"{draft}{page}/").status_code == 404
            assert client.post(f"{draft}{page}/", {"plan": "NI-6"}).status_code == 404
    client.force_login(Provider.objects.get(user_id=members["no_factor_yet"].user_id))
    given = {"amount": "300", "description": "Taken over", "form_key": key}
    path = f"{LIST}new-sale/{account.number}/"
    assert client.post(path, given).status_code == 404
    assert SaleDraft.objects.get(pk=key).description == "Root canal"


# --- A refund


def test_it_refunds_a_part_and_then_the_rest(signed_in, account, sale):
    path = f"{LIST}{sale.reference}/refund/"
    assert 'value="1200.00"' in signed_in.get(path).text
    answer = signed_in.post(path, {"amount": "$200.50", "form_key": str(uuid.uuid4())})
    given = sale.refunds.get()
    assert given.amount == Decimal("200.50")
    assert answer.url == f"{LIST}{given.reference}/receipt/"
    assert "<h1>Refund complete</h1>" in signed_in.get(answer.url).text
    account.refresh_from_db()
    assert account.balance == Decimal("999.50")
    page = signed_in.post(path, {"amount": "999.51", "form_key": str(uuid.uuid4())}).text
    assert page.count("Only $999.50 of this sale can still be refunded") == 2
    signed_in.post(path, {"amount": "999.50", "form_key": str(uuid.uuid4())})
    account.refresh_from_db()
    assert account.balance == 0
    assert signed_in.get(path).url == f"{LIST}{sale.reference}/"
    assert not Instalment.objects.filter(sale=sale, paid_at=None).exists()


def test_the_same_refund_sent_twice_is_made_once(signed_in, sale):
    path = f"{LIST}{sale.reference}/refund/"
    key = re.search(r'name="form_key" value="([^"]+)"', signed_in.get(path).text)[1]
    urls = {signed_in.post(path, {"amount": "1200", "form_key": key}).url for _ in range(3)}
    assert len(urls) == 1
    assert sale.refunds.count() == 1


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("", "Enter the amount to refund"),
        ("0", "Enter an amount of at least $0.01"),
        ("-5", "The amount to refund must be an amount in dollars"),
        ("1200.01", "Only $1,200.00 of this sale can still be refunded"),
    ],
)
def test_a_refund_that_cannot_be_says_why(signed_in, sale, amount, told):
    path = f"{LIST}{sale.reference}/refund/"
    page = signed_in.post(path, {"amount": amount, "form_key": str(uuid.uuid4())}).text
    assert page.count(told) == 2
    assert not sale.refunds.exists()


def test_a_refund_by_another_forms_key_is_not_made(signed_in, sale):
    path = f"{LIST}{sale.reference}/refund/"
    answer = signed_in.post(path, {"amount": "5", "form_key": str(sale.form_key)})
    assert answer.url == f"{LIST}{sale.reference}/"
    assert not sale.refunds.exists()


def test_only_a_sale_can_be_refunded(signed_in, practice):
    payment = practice.transactions.filter(kind="payment").first()
    path = f"{LIST}{payment.reference}/"
    assert signed_in.post(f"{path}refund/", {"amount": "1"}).url == path
    assert signed_in.get(f"{path}receipt/").status_code == 404


# --- Payment plans


def test_it_explains_the_plans_and_calculates(signed_in):
    page = signed_in.get("/plans/").text
    assert page.count("<h3") == 4
    assert "Plans for" not in page
    page = signed_in.get("/plans/?amount=1,000&plan=RA-24").text
    assert "Plans for $1,000.00" in page
    assert "$48.44" in page
    assert page[page.index("Schedule of instalments") :].count("<tr>") == 1 + 24
    assert "RA-48#" not in page


@pytest.mark.parametrize("amount", ["", "x", "199", "25000.01", "\0", "9" * 100])
def test_the_calculator_says_what_to_enter(signed_in, amount):
    page = signed_in.get("/plans/", {"amount": amount}).text
    assert "There is a problem" in page
    assert "Plans for" not in page


def test_an_unknown_plan_is_the_first_one(signed_in):
    page = signed_in.get("/plans/?amount=300&plan=RA-48").text
    assert page[page.index("Schedule of instalments") :].count("<tr>") == 1 + 6
