"""Applications for patients whom the practice knows already."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal

import pytest

from portal.applications import submission
from portal.financing.models import Application, CreditAccount, Patient
from tests.unit.portal.applying import ANSWERS
from tests.unit.portal.confirming import confirm

RICH = {"yearly_income": "90,000", "yearly_housing": "12,000"}


@pytest.fixture
def known(fresh):
    """A patient whose one account is open and owes nothing."""
    patient = fresh.patient
    patient.birth_date, patient.state, patient.postcode = "1980-04-27", "NC", "28801"
    patient.save()
    patient.refresh_from_db()
    return patient


def begin(client, patient, key: str = ""):
    key = key or str(uuid.uuid4())
    return client.post(f"/applications/existing/{patient.number}/", {"form_key": key})


def fill(client, patient, **income: str) -> Application:
    """An application of the patient with every step complete."""
    path = re.sub(r"[a-z]+/$", "", begin(client, patient).url)
    assert client.post(f"{path}income/", RICH | income).status_code == 302
    assert client.post(f"{path}treatment/", ANSWERS["treatment"]).status_code == 302
    return Application.objects.get(reference=path.split("/")[2])


def decided(client, application) -> Application:
    confirm(client, f"/applications/{application.reference}/review/", consent="on")
    application.refresh_from_db()
    return application


def test_the_patient_is_found_by_search(signed_in, known):
    assert 'href="/applications/existing/"' in signed_in.get("/applications/new/").text
    assert "Patients found" not in signed_in.get("/applications/existing/").text
    for text in ("Van Quist", known.accounts.get().number, "04/27/1980"):
        page = signed_in.get("/applications/existing/", {"q": text}).text
        assert f'href="/applications/existing/{known.number}/"' in page
    assert "No patient matches." in signed_in.get("/applications/existing/", {"q": "zzzz"}).text
    assert "Enter the birth date" in signed_in.get("/applications/existing/?q=13/13/1980").text


def test_the_account_leads_to_an_application(signed_in, fresh):
    page = signed_in.get(f"/patients/{fresh.number}/").text
    assert f'href="/applications/existing/{fresh.patient.number}/"' in page


def test_it_begins_with_what_is_on_record(signed_in, known):
    answer = begin(signed_in, known)
    assert answer.url.endswith("/contact/")
    page = signed_in.get(answer.url).text
    for value in (known.email, known.phone, known.street, known.city, known.postcode):
        assert f'value="{value}"' in page.replace("&#x27;", "'").replace("&amp;", "&")
    first = signed_in.get(answer.url.replace("contact", "patient")).text
    assert 'value="Zoë"' in first
    assert first.count(" disabled") == 3
    assert f"As on record for patient {known.number}." in first


def test_it_stays_the_same_patient_whatever_is_posted(signed_in, known):
    path = begin(signed_in, known).url.replace("contact", "patient")
    assert signed_in.post(path, ANSWERS["patient"]).status_code == 302
    made = known.applications.get()
    assert (made.first_name, made.last_name, made.birth_date) == (
        known.first_name,
        known.last_name,
        known.birth_date,
    )


def test_an_approval_opens_a_further_account_and_no_new_patient(signed_in, known, practice):
    patients, first = Patient.objects.count(), known.accounts.get()
    application = fill(signed_in, known)
    path = f"/applications/{application.reference}/"
    contact = ANSWERS["contact"] | {"email": "new@mail.example"}
    signed_in.post(f"{path}contact/", contact)
    account = decided(signed_in, application).account
    assert application.status == "approved"
    assert Patient.objects.count() == patients
    assert account.patient == known
    assert account.practice == practice
    assert set(known.accounts.all()) == {first, account}
    assert (account.credit_limit, account.balance) == (13_800, 0)
    known.refresh_from_db()
    assert (known.email, known.first_name) == ("new@mail.example", "Zoë")
    assert account.number in signed_in.get(f"{path}decision/").text
    # Both are listed, and each leads to the other.
    listed = signed_in.get("/patients/", {"q": "Van Quist"}).text
    assert "1 patient for" in listed
    for one, other in ((first, account), (account, first)):
        assert f'href="/patients/{one.number}/"' in listed
        assert f'href="/patients/{other.number}/"' in signed_in.get(f"/patients/{one.number}/").text
    found = signed_in.get("/patients/", {"q": account.number}).text
    assert "1 patient for" in found


def test_it_says_what_an_open_account_is_good_for(signed_in, known):
    account = known.accounts.get()
    page = signed_in.get(f"/applications/existing/{known.number}/").text
    assert f"{account.number}</a> is open, with $9,000.00 available." in page
    assert f'href="/transactions/new-sale/{account.number}/"' in page
    assert "opens a further account with a limit of its own" in page


def test_a_closed_account_is_none_to_sell_on(signed_in, known):
    known.accounts.update(status="closed")
    page = signed_in.get(f"/applications/existing/{known.number}/").text
    assert "needs no application" not in page
    assert f"An approved application opens an account for {known.name}." in page
    assert decided(signed_in, fill(signed_in, known)).status == "approved"


def test_a_patient_who_is_past_due_has_to_wait(signed_in, known):
    known.accounts.update(status="past_due")
    page = signed_in.get(f"/applications/existing/{known.number}/").text
    assert "has payments that are overdue." in page
    assert "Start application" not in page
    assert begin(signed_in, known).status_code == 200
    assert not known.applications.exists()


def test_who_falls_behind_before_it_is_sent_in_is_declined(signed_in, known):
    application = fill(signed_in, known)
    known.accounts.update(status="past_due")
    number = known.accounts.get().number
    assert decided(signed_in, application).status == "declined"
    assert application.reason == f"Payments on account {number} are past due"
    assert known.accounts.count() == 1


def test_a_second_application_waits_for_the_first_ones_decision(signed_in, known):
    application = fill(signed_in, known)
    draft = signed_in.get(f"/applications/existing/{known.number}/").text
    assert f"continue {application.reference}" in draft
    known.applications.update(status="pending")
    page = begin(signed_in, known).text
    assert "is waiting for its decision." in page
    assert known.applications.count() == 1


def test_of_two_drafts_the_second_waits_for_the_first_ones_decision(signed_in, known):
    first, second = (fill(signed_in, known, yearly_income="30,000") for _ in range(2))
    assert decided(signed_in, first).status == "pending"
    path = f"/applications/{second.reference}/review/"
    page = confirm(signed_in, path, consent="on").text
    told = f"Application {first.reference} of this patient is waiting for its decision."
    assert told in page[page.index("error-summary") : page.index("<h1>")]
    assert " checked" not in page
    second.refresh_from_db()
    assert (second.status, second.submitted_at) == ("draft", None)
    known.applications.filter(pk=first.pk).update(status="declined")
    assert decided(signed_in, second).status == "pending"


def test_another_patients_pending_application_keeps_nobody_waiting(signed_in, known, practice):
    other = practice.patients.exclude(pk=known.pk).first()
    practice.applications.filter(status="pending").update(existing_patient=other)
    assert decided(signed_in, fill(signed_in, known)).status == "approved"


@pytest.mark.parametrize(
    ("status", "limit", "balance", "granted"),
    [
        ("open", 9_000, 0, 9_000),
        ("open", 9_000, 9_400, 9_400),  # with interest
        ("past_due", 9_000, 500, 9_000),
        ("closed", 9_000, 0, 0),
        ("closed", 9_000, 120, 120),
    ],
)
def test_an_account_is_good_for_its_limit_until_it_is_closed(status, limit, balance, granted):
    account = CreditAccount(status=status, credit_limit=Decimal(limit), balance=Decimal(balance))
    assert account.granted == granted


def test_the_same_income_is_not_lent_on_twice(signed_in, known):
    drafts = [fill(signed_in, known) for _ in range(2)]
    # A fifth of what $78,000 leave after $9,000, then of what that leaves after $13,800.
    limits = [decided(signed_in, draft).account.credit_limit for draft in drafts]
    assert limits == [13_800, 11_000]


def test_credit_that_takes_up_the_income_is_the_reason(signed_in, known):
    known.accounts.update(credit_limit=Decimal(78_000))
    application = decided(signed_in, fill(signed_in, known))
    assert application.status == "declined"
    assert application.reason == "Housing costs and credit granted before take up the income"


def test_the_same_form_sent_twice_begins_one(signed_in, known):
    key = str(uuid.uuid4())
    assert begin(signed_in, known, key).url == begin(signed_in, known, key).url
    assert known.applications.count() == 1


def test_a_decision_opens_one_account(signed_in, known):
    application = fill(signed_in, known)
    decided(signed_in, application)
    application.status = "draft"  # as another tab still sees it
    submission.submit(application, application.submitted_at, "")
    assert known.accounts.count() == 2


def test_another_practices_patient_is_not_there(signed_in, theirs):
    path = f"/applications/existing/{theirs.patient.number}/"
    assert signed_in.get(path).status_code == 404
    assert begin(signed_in, theirs.patient).status_code == 404
    foreign = theirs.patient.practice.applications.first()
    foreign.form_key = uuid.uuid4()
    foreign.save()
    ours = CreditAccount.objects.filter(practice__name="Cedar Grove Dental", status="open").first()
    assert begin(signed_in, ours.patient, str(foreign.form_key)).status_code == 404


@pytest.mark.parametrize("number", ["PT-0", "%00", "🦷", "x" * 500])
def test_a_patient_who_is_none_is_not_found(signed_in, number):
    assert signed_in.get(f"/applications/existing/{number}/").status_code == 404


def test_a_key_that_is_none_does_no_harm(signed_in, known):
    assert begin(signed_in, known, "no key").status_code == 302
