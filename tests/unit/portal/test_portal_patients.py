"""Patient search, accounts and notes, as a member of the practice uses them."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from portal.financing import ledger
from portal.financing.models import Patient
from portal.patients import records
from tests.unit.portal.records import path, sell


@pytest.fixture
def sixty(practice):
    """A practice with sixty patients, none of them with an account yet."""
    practice.patients.all().delete()
    Patient.objects.bulk_create(
        Patient(
            practice=practice,
            number=f"PT-X-{number}",
            first_name="Ada",
            last_name=f"O'Neil & Sons {number:02}",
            birth_date=date(1990, 1, 1),
        )
        for number in range(60)
    )
    return practice


def names(page: str) -> list[str]:
    return re.findall(r'<a href="/patients/[^"]+/">([^<]+, [^<]+)</a>', page)


def search(client, q: str) -> list[str]:
    return names(client.get("/patients/", {"q": q}).text)


# --- Search


@pytest.mark.parametrize(
    "q",
    [
        "van quist",
        "Quist",
        "Van Quist, Zoë",
        "zo van",
        "(987) 555-0198",
        "9875550198",
        "+1 987 555 0198",
        "987-555",
        "5550198 ",
        "04/27/1939",
        "1939-04-27",
    ],
)
def test_it_finds_a_patient_by_whatever_is_at_hand(signed_in, patient, q):
    assert search(signed_in, q) == ["Van Quist, Zoë"]


def test_it_finds_a_patient_by_account_number(signed_in, patient):
    assert search(signed_in, patient.accounts.get().number) == ["Van Quist, Zoë"]
    assert search(signed_in, patient.accounts.get().number.lower()) == ["Van Quist, Zoë"]


def test_it_lists_all_patients_by_name_in_pages(signed_in, sixty):
    def numbers(query: str) -> list[int]:
        page = signed_in.get(f"/patients/{query}").text
        return [int(number) for number in re.findall(r"Sons (\d\d), Ada", page)]

    assert "1 to 25 of 60" in signed_in.get("/patients/").text
    assert numbers("") == numbers("?page=-1") == list(range(25))
    assert numbers("?page=2") == list(range(25, 50))
    assert numbers("?page=3") == numbers("?page=99") == list(range(50, 60))


def test_it_keeps_what_was_searched_for_from_page_to_page(signed_in, sixty):
    page = signed_in.get("/patients/", {"q": "O'Neil &"}).text
    (link,) = re.findall(r'href="([^"]+)" rel="next"', page)
    assert "26 to 50 of 60" in signed_in.get(f"/patients/{link.replace('&amp;', '&')}").text


def test_it_says_that_nobody_fits(signed_in):
    page = signed_in.get("/patients/", {"q": "<b>Nobody</b>"}).text
    assert "No patient fits “&lt;b&gt;Nobody&lt;/b&gt;”." in page
    assert "<table" not in page


def test_it_never_finds_another_practices_patients(signed_in, theirs):
    assert search(signed_in, theirs.number) == []
    assert search(signed_in, theirs.patient.phone + " " + theirs.patient.last_name) == []


@pytest.mark.parametrize(
    ("q", "told"),
    [
        ("13/45/1990", "Enter the birth date like 04/27/1985"),
        ("a" * 101, "Search for 100 characters or fewer"),
        ("a\0b", "Search for letters and numbers only"),
    ],
)
def test_it_says_what_to_search_for_instead(signed_in, q, told):
    response = signed_in.get("/patients/", {"q": q})
    assert response.status_code == 200
    assert response.text.count(told) == 2  # in the summary and at the field
    assert "<title>Error: Patients" in response.text


@pytest.mark.parametrize("q", ["%", "_", "'", '" OR 1=1 --', "\\", "𝕏" * 50, "\u202e", "0/0/0"])
@pytest.mark.parametrize("page", ["1", "x", "9" * 5000, "²"])
def test_odd_searches_are_answered(signed_in, q, page):
    response = signed_in.get("/patients/", {"q": q, "page": page})
    assert response.status_code == 200
    assert len(names(response.text)) <= 25


# --- The account


def test_it_shows_an_account_with_its_figures(signed_in, fresh, provider):
    now = timezone.now()
    sale = sell(fresh, provider, 600, now=now)
    page = signed_in.get(path(fresh)).text
    tiles = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)<", page))
    assert tiles["Balance"] == "$600.00"
    assert tiles["Available credit"] == "$8,400.00"
    assert tiles["Credit limit"] == "$9,000.00"
    assert tiles["Next payment"] == "$100.00"
    assert "0 of 6 instalments paid, $600.00 left." in page
    assert sale.reference in page
    assert "<h1>Zoë Van Quist</h1>" in page


def test_it_tells_what_is_overdue_from_what_is_next(fresh, provider):
    sold = timezone.now() - timedelta(days=62)
    sale = sell(fresh, provider, 600, now=sold)
    today = timezone.now().date()
    overdue = sum(i.amount for i in sale.instalments.all() if i.due_on < today)
    found = records.due(fresh, today)
    assert found.overdue == overdue > 0
    assert found.on == min(i.due_on for i in sale.instalments.all() if i.due_on >= today)
    assert found.amount == 100


def test_an_account_of_which_nothing_is_owed_has_no_next_payment(signed_in, fresh):
    page = signed_in.get(path(fresh)).text
    assert "<dt>Next payment</dt><dd>None</dd>" in page
    assert "Nothing is owed on this account." in page


@pytest.mark.parametrize(
    "rest",
    ["", "transactions/", "statements/", "notes/", "statements/2026-03/", "statements/2026-03.pdf"],
)
def test_another_practices_account_is_not_found(signed_in, theirs, rest):
    assert signed_in.get(path(theirs, rest)).status_code == 404
    if rest == "notes/":
        assert signed_in.post(path(theirs, rest), {"text": "x"}).status_code == 404
        assert not theirs.notes.exists()


@pytest.mark.parametrize("number", ["AC-1", "%00", "' OR 1=1", "a" * 500, "🦷"])
def test_an_account_that_is_not_there_is_not_found(signed_in, number):
    assert signed_in.get(f"/patients/{number}/").status_code == 404


def test_it_asks_for_a_sign_in(client, patient):
    response = client.get(path(patient.accounts.get()))
    assert response.headers["Location"].startswith("/sign-in/")


def test_it_lists_an_accounts_transactions_by_type(signed_in, fresh, provider):
    sale = sell(fresh, provider, 600)
    ledger.refund(sale, Decimal(50), by=provider, now=timezone.now(), form_key=uuid.uuid4())
    everything = signed_in.get(path(fresh, "transactions/")).text
    assert "2 transactions</h2>" in everything
    assert '<td class="from-tablet">Refund</td>' in everything
    assert "$50.00" in everything
    refunds = signed_in.get(path(fresh, "transactions/?kind=refund")).text
    assert "1 transaction</h2>" in refunds
    assert "$600.00" not in refunds
    assert "2 transactions</h2>" in signed_in.get(path(fresh, "transactions/?kind=no")).text


# --- Notes


def test_it_writes_a_note_with_its_author_and_time(signed_in, fresh, provider):
    response = signed_in.post(path(fresh, "notes/"), {"text": " Called <b>today</b>\r\nat noon "})
    assert response.status_code == 302
    assert response.headers["Location"] == path(fresh) + "#notes"
    note = fresh.notes.get()
    assert (note.author, note.text) == (provider, "Called <b>today</b>\nat noon")
    assert abs(note.at - timezone.now()) < timedelta(seconds=10)
    page = signed_in.get(path(fresh)).text
    assert "Called &lt;b&gt;today&lt;/b&gt;<br>at noon" in page
    assert f"<strong>{provider.name}</strong>" in page


def test_a_note_that_is_sent_twice_is_written_once(signed_in, fresh, provider):
    for _twice in range(2):
        signed_in.post(path(fresh, "notes/"), {"text": "Called"})
    assert fresh.notes.count() == 1
    later = timezone.now() + timedelta(minutes=2)
    records.write_note(fresh, "Called", provider, later)
    assert fresh.notes.count() == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Write the note before you add it"),
        (" \r\n ", "Write the note before you add it"),
        ("a" * 2_001, "Shorten the note to 2,000 characters: it has 2,001"),
        ("a\0b", "Write the note in letters, numbers and punctuation"),
    ],
)
def test_a_note_that_cannot_be_is_refused_with_what_was_typed(signed_in, fresh, text, told):
    response = signed_in.post(path(fresh, "notes/"), {"text": text})
    assert response.status_code == 200
    assert response.text.count(told) == 2
    assert "aria-invalid" in response.text
    assert not fresh.notes.exists()


def test_a_note_may_fill_its_length_in_any_script(signed_in, fresh):
    text = ("𝕏\u202eé" * 700)[:1_998] + "\r\n"
    signed_in.post(path(fresh, "notes/"), {"text": text + "!"})
    assert fresh.notes.get().text == text.replace("\r\n", "\n") + "!"


def test_the_notes_address_leads_back_to_the_account(signed_in, fresh):
    assert signed_in.get(path(fresh, "notes/")).headers["Location"] == path(fresh)


def test_a_note_stays_when_its_author_has_left(signed_in, fresh):
    fresh.notes.create(author=None, text="Old", at=datetime(2025, 1, 1, tzinfo=UTC))
    assert "Somebody who has left" in signed_in.get(path(fresh)).text


def test_its_pages_have_no_script_or_style_inline(signed_in, fresh):
    for rest in ("", "transactions/", "statements/"):
        page = signed_in.get(path(fresh, rest)).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
