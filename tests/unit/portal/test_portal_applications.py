"""Applications: step by step, left and taken up again, decided."""

from __future__ import annotations

import re
import uuid
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import Provider
from portal.applications import submission
from portal.financing import decisions
from portal.financing.models import Application, CreditAccount, Patient
from tests.unit.portal.applying import ANSWERS, STEPS, begin, fill, of
from tests.unit.portal.confirming import confirm


@pytest.fixture
def foreign(members) -> Application:
    """A draft of another practice."""
    other = Provider.objects.get(user_id=members["totp"].user_id).practice
    application = other.applications.first()
    application.status = Application.Status.DRAFT
    application.save()
    return application


@pytest.mark.parametrize(
    ("income", "status", "heading"),
    [
        ("60,000", "approved", "The application is approved"),
        ("20,000", "pending", "The decision is pending"),
        ("13,000", "declined", "The application is declined"),
        ("11,999", "declined", "The application is declined"),
    ],
)
def test_it_leads_through_the_steps_to_a_decision(signed_in, income, status, heading):
    path = fill(signed_in, yearly_income=income)
    review = signed_in.get(f"{path}review/").text
    for shown in ("Grace Bellamy", "March 27, 1984", "(202) 555-0143", "$2,500.00", "Root canal"):
        assert shown in review
    answer = confirm(signed_in, f"{path}review/", consent="on")
    assert answer.url == f"{path}decision/"
    page = signed_in.get(answer.url).text
    assert f"<h1>{heading}</h1>" in page
    assert "<h2>Next step</h2>" in page
    application = of(path)
    assert application.status == status
    assert application.submitted_at == application.consented_at
    assert (application.decided_at is None) == (status == "pending")
    assert (application.account is None) == (status != "approved")


def test_an_approval_opens_the_patients_account(signed_in, practice):
    path = fill(signed_in)
    confirm(signed_in, f"{path}review/", consent="on")
    account = of(path).account
    assert account.practice == account.patient.practice == practice
    assert account.number.removeprefix("AC-") == account.patient.number.removeprefix("PT-")
    assert (account.credit_limit, account.balance, account.status) == (9_600, 0, "open")
    assert (account.patient.name, account.patient.birth_date) == (
        "Grace Bellamy",
        date(1984, 3, 27),
    )
    assert account.number in signed_in.get(f"{path}decision/").text


def test_a_decision_is_made_once(signed_in):
    path = fill(signed_in)
    before = CreditAccount.objects.count()
    for _ in range(2):
        answer = confirm(signed_in, f"{path}review/", consent="on")
        assert answer.url == f"{path}decision/"
    late = of(path)
    late.status = Application.Status.DRAFT  # as another tab still sees it
    submission.submit(late, late.submitted_at, "")
    assert CreditAccount.objects.count() == before + 1
    assert Patient.objects.filter(last_name="Bellamy", first_name="Grace").count() == 1
    for step in (*STEPS, "review"):
        assert signed_in.get(f"{path}{step}/").url == f"{path}decision/"
    signed_in.post(f"{path}income/", {"yearly_income": "1", "yearly_housing": "1"})
    assert of(path).yearly_income == 60_000


def test_it_is_not_submitted_without_consent(signed_in):
    path = fill(signed_in)
    page = confirm(signed_in, f"{path}review/").text
    assert page.count("Confirm that the patient agrees to a credit check") == 2
    assert of(path).status == Application.Status.DRAFT


def test_no_step_can_be_skipped(signed_in):
    path = re.sub(r"[a-z]+/$", "", begin(signed_in).url)
    for step in ("income", "treatment", "review"):
        for answer in (
            signed_in.get(f"{path}{step}/"),
            signed_in.post(f"{path}{step}/", {"consent": "on", **ANSWERS.get(step, {})}),
        ):
            assert answer.url == f"{path}contact/?notice=step"
    assert signed_in.get(f"{path}decision/").url == f"{path}contact/?notice=step"
    assert (
        "Complete this step before you go on." in signed_in.get(f"{path}contact/?notice=step").text
    )
    assert of(path).yearly_income is None


def test_it_is_left_with_gaps_and_taken_up_again(signed_in):
    path = fill(signed_in, "contact")
    answer = signed_in.post(f"{path}income/", {"yearly_income": "60000", "later": "1"})
    assert answer.url == "/applications/?notice=saved"
    page = signed_in.get(answer.url).text
    assert "The application is saved." in page
    assert f'href="{path}"' in page
    assert f'href="{path}income/"' in signed_in.get(path).text
    assert 'value="60000.00"' in signed_in.get(f"{path}income/").text
    assert 'value="Grace"' in signed_in.get(f"{path}patient/").text
    assert signed_in.get(f"{path}treatment/").url == f"{path}income/?notice=step"


def test_what_is_wrong_is_not_saved_for_later_either(signed_in):
    path = fill(signed_in, "contact")
    page = signed_in.post(f"{path}income/", {"yearly_income": "lots", "later": "1"}).text
    assert "The yearly income must be an amount in dollars, like 1,250.00" in page
    assert of(path).yearly_income is None


def test_the_same_form_sent_twice_begins_one_application(signed_in, practice):
    before = practice.applications.count()
    key = str(uuid.uuid4())
    first, second = begin(signed_in, form_key=key), begin(signed_in, form_key=key)
    assert first.url == second.url
    assert practice.applications.count() == before + 1


@pytest.mark.parametrize(
    ("step", "field", "value", "told"),
    [
        ("patient", "first_name", " ", "Enter the patient’s first name"),
        ("patient", "first_name", "x" * 61, "First name must be 60 characters or fewer"),
        ("patient", "last_name", "A\0B", "Null characters are not allowed."),
        ("patient", "birth_date", "2026-02-30", "Date of birth must be a real date"),
        ("patient", "birth_date", "2020-02-01", "The patient must be 18 or older to apply"),
        ("patient", "birth_date", "0001-01-01", "Year of birth must be from 1900"),
        ("patient", "birth_date", "9999-12-31", "Year of birth must be from 1900"),
        ("contact", "email", "grace", "Email address must look like name@example.com"),
        ("contact", "phone", "555-0143", "Phone number must have 10 digits"),
        ("contact", "phone", "٢٠٢٥٥٥٠١٤٣", "Phone number must have 10 digits"),
        ("contact", "state", "XX", "Choose a state from the list"),
        ("contact", "postcode", "2880", "ZIP code must be 5 digits, like 28801"),
        ("income", "yearly_income", "1e5", "The yearly income must be an amount in dollars"),
        ("income", "yearly_income", "NaN", "The yearly income must be an amount in dollars"),
        ("income", "yearly_income", "-1", "The yearly income must be an amount in dollars"),
        ("income", "yearly_housing", "9" * 12, "must be from $0 to $9,999,999"),
        ("income", "yearly_housing", "1" * 41, "must be an amount in dollars"),
        ("treatment", "amount", "199.99", "The amount must be from $200 to $25,000"),
        ("treatment", "treatment", "", "Enter the treatment"),
    ],
)
def test_it_says_what_to_enter(signed_in, step, field, value, told):
    path = fill(signed_in) if step != "patient" else re.sub(r"[a-z]+/$", "", begin(signed_in).url)
    before = getattr(of(path), field)
    page = signed_in.post(f"{path}{step}/", ANSWERS[step] | {field: value}).text
    summary = page[page.index('class="error-summary"') : page.index("<h1>")]
    assert told in summary
    assert f'href="#id_{field}"' in summary
    assert told in page[page.index("<h1>") :]
    assert f'id="id_{field}_error"' in page
    assert getattr(of(path), field) == before


def test_odd_names_are_kept_and_shown_as_they_are(signed_in):
    odd = "<b>Zoë</b> 𝒢 \u202e'); DROP TABLE--"
    path = re.sub(r"[a-z]+/$", "", begin(signed_in, first_name=odd).url)
    assert of(path).first_name == odd
    page = signed_in.get(path).text
    assert "<b>Zoë" not in page
    assert "&lt;b&gt;Zoë&lt;/b&gt;" in page


def test_another_practices_application_is_not_there(signed_in, foreign):
    for rest in ("", "decision/", "patient/", "review/"):
        assert signed_in.get(f"/applications/{foreign.reference}/{rest}").status_code == 404
    posted = signed_in.post(f"/applications/{foreign.reference}/patient/", ANSWERS["patient"])
    assert posted.status_code == 404
    foreign.form_key = uuid.uuid4()
    foreign.save()
    assert begin(signed_in, form_key=str(foreign.form_key)).status_code == 404
    foreign.refresh_from_db()
    assert foreign.first_name != "Grace"


@pytest.mark.parametrize("path", ["/applications/A-0/", "/applications/%00/", "/applications/ü/x/"])
def test_an_application_that_is_none_is_not_found(signed_in, path):
    assert signed_in.get(path).status_code == 404


def test_a_step_that_is_none_is_not_found(signed_in):
    path = fill(signed_in, "contact")
    assert signed_in.get(f"{path}nowhere/").status_code == 404
    assert signed_in.get("/applications/new/?status=x").status_code == 200
    assert signed_in.put("/applications/new/").status_code == 405


def test_the_list_is_filtered_by_status(signed_in, practice):
    page = signed_in.get("/applications/?status=pending").text
    pending = practice.applications.filter(status="pending")
    assert page.count('class="tag pending"') == pending.count()
    assert 'class="tag approved"' not in page
    assert '<option value="pending" selected>' in page
    everything = signed_in.get("/applications/?status=nonsense&page=-3").text
    assert everything.count('class="tag ') == practice.applications.count()


def test_the_list_comes_in_pages_without_a_query_for_each_row(signed_in, practice):
    for number in range(60):
        Application.objects.create(
            practice=practice, reference=f"A-x-{number}", created_at="2026-01-01T00:00Z"
        )
    count = practice.applications.count()
    with CaptureQueriesContext(connection) as seen:
        page = signed_in.get("/applications/?page=2").text
    assert len(seen) < 12
    assert f"26 to 50 of {count}" in page
    assert "page=3" in page
    last = signed_in.get("/applications/?page=999999999").text
    assert f"to {count} of {count}" in last
    assert 'rel="next"' not in last


@pytest.mark.parametrize(
    ("income", "housing", "amount", "status", "limit"),
    [
        ("60000", "12000", "2500", "approved", "9600"),
        ("60000", "12000", "9600", "approved", "9600"),
        ("60000", "12000", "9600.01", "pending", "0"),
        ("60000", "12000", "19200", "pending", "0"),
        ("60000", "12000", "19200.01", "declined", "0"),
        ("60000", "11950", "9609.50", "approved", "9609.50"),
        ("9000000", "0", "25000", "approved", "25000"),
        ("11999.99", "0", "200", "declined", "0"),
        ("12000", "12000", "200", "declined", "0"),
        ("12000", "90000", "200", "declined", "0"),
    ],
)
def test_the_same_figures_lead_to_the_same_decision(income, housing, amount, status, limit):
    made = decisions.decide(Decimal(income), Decimal(housing), Decimal(amount))
    assert (made.status, made.limit) == (status, Decimal(limit))
    assert bool(made.reason) == (status != "approved")
    assert made == decisions.decide(Decimal(income), Decimal(housing), Decimal(amount))
