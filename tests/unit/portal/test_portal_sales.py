"""Sales and refunds, each posted once, and what every payment plan costs."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal

import pytest

from portal.accounts.models import Provider
from portal.financing.models import CreditAccount, Instalment
from portal.transactions.models import SaleDraft
from tests.unit.portal.confirming import confirm

LIST = "/transactions/"


def begin(client, account, **fields):
    """Enters a sale's details; gives the path of its draft."""
    given = {"amount": "1,200", "description": "Root canal", "form_key": str(uuid.uuid4())}
    answer = client.post(f"/transactions/new-sale/{account.number}/", given | fields)
    assert answer.status_code == 302, answer.text
    return answer.url.removesuffix("plan/")


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
    receipt = confirm(signed_in, answer.url)
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
    urls = {confirm(signed_in, f"{draft}confirm/").url for _ in range(3)}
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
        confirm(signed_in, f"{draft}confirm/")
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
    page = confirm(signed_in, f"{draft}confirm/").text
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
