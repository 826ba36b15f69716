"""Asking for a way back in, for who has an account and for who has none."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import Provider
from portal.recovery import requests
from portal.recovery.models import RecoveryRequest
from portal.sign_in import lockout
from tests.unit.portal.recovering import (
    ask,
    heading,
    newest_link,
    open_link,
    sent,
)

pytestmark = pytest.mark.usefixtures("mailbox")


def test_it_mails_every_user_id_of_the_address(client, clara):
    Provider.objects.filter(user_id="paula.jensen").update(email=clara.email)
    response = client.post("/recovery/user-id/", {"email": clara.email.upper()}, follow=True)
    assert response.redirect_chain == [("/recovery/user-id/sent/", 302)]
    assert heading(response) == "Check your email"
    assert len(sent()) == 1
    assert mail.outbox[0].to == [clara.email]
    assert "  clara.novak\n  paula.jensen\n" in sent()[0]
    assert "https://portal.example/sign-in/" in sent()[0]


def test_it_answers_alike_for_an_address_that_nobody_has(client, clara):
    known = client.post("/recovery/user-id/", {"email": clara.email}, follow=True)
    unknown = client.post("/recovery/user-id/", {"email": "no@body.example"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert known.text == unknown.text
    assert len(sent()) == 1


@pytest.mark.parametrize(
    ("email", "text"),
    [
        ("", "Enter your email address"),
        ("clara", "Enter an email address in the form name@example.com"),
        ("a@b.example\nBcc: c@d.example", "Enter an email address in the form name@example.com"),
        (f"{'a' * 250}@b.example", "Email address must be 254 characters or fewer"),
        ("a\0@b.example", "Null characters are not allowed."),
    ],
)
def test_it_names_what_is_wrong_with_an_address(client, email, text):
    response = client.post("/recovery/user-id/", {"email": email})
    assert response.status_code == 200
    assert f'<a href="#id_email">{text}</a>' in response.text
    assert not RecoveryRequest.objects.exists()


@pytest.mark.parametrize("by", ["link", "code"])
def test_it_answers_alike_for_known_unknown_and_closed_accounts(clara, members, by):
    answers, queries = [], []
    for user_id in (
        clara.user_id,
        "nobody.here",
        members["suspended"].user_id,
        members["inactive"].user_id,
    ):
        client = Client()
        with CaptureQueriesContext(requests.transaction.get_connection()) as captured:
            first = ask(client, user_id, by)
        # Whether there is maintenance is asked about once a second.
        queries.append(len([q for q in captured if "status_maintenancewindow" not in q["sql"]]))
        page = client.get(first["Location"])
        text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.text)
        answers.append((first.status_code, first["Location"], page.status_code, text))
    assert len(set(answers)) == 1
    assert len(set(queries)) == 1


def test_it_mails_nobody_for_an_unknown_user_id(client):
    ask(client, "nobody.here")
    ask(client, "nobody.here", "code")
    assert sent() == []


@pytest.mark.parametrize("key", ["suspended", "inactive"])
@pytest.mark.parametrize("by", ["link", "code"])
def test_it_sends_the_owner_of_a_closed_account_to_support(client, members, key, by):
    ask(client, members[key].user_id, by)
    assert len(sent()) == 1
    assert "call provider support at 1-800-555-0142" in sent()[0]
    assert "/recovery/" not in sent()[0]
    assert not re.search(r"^\d{6}$", sent()[0], re.MULTILINE)


@pytest.mark.parametrize(
    ("changes", "text", "field"),
    [
        ({"user_id": ""}, "Enter your User ID", "id_user_id"),
        ({"user_id": "a" * 65}, "User ID must be 64 characters or fewer", "id_user_id"),
        ({"user_id": "a\0b"}, "Null characters are not allowed.", "id_user_id"),
        ({"by": ""}, "Choose a link or a code", "id_by"),
        ({"by": "pigeon"}, "Choose a link or a code", "id_by"),
    ],
)
def test_it_names_what_is_wrong_with_a_request(client, changes, text, field):
    data = {"user_id": "clara.novak", "by": "link", **changes}
    response = client.post("/recovery/password/", data)
    assert f'<a href="#{field}">{text}</a>' in response.text
    assert f'id="{field}_error"' in response.text
    assert sent() == []


def test_it_takes_odd_user_ids_as_unknown_ones(client):
    for odd in ("' OR 1=1 --", "\U0001f600" * 60, "<script>alert(1)</script>", "\u202eabc"):
        assert ask(client, odd).status_code == 302
    assert sent() == []


def test_it_does_not_build_its_link_from_the_host_header(client, clara, monkeypatch):
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["*"])
    client.post(
        "/recovery/password/",
        {"user_id": clara.user_id, "by": "link"},
        headers={"host": "evil.example", "x-forwarded-host": "evil.example"},
    )
    assert "https://portal.example/recovery/link/" in sent()[0]
    assert "evil" not in sent()[0]


def test_it_stops_mailing_after_too_many_requests_without_telling(client, clara, monkeypatch):
    monkeypatch.setattr(requests, "PER_SUBJECT", 3)
    answers = [ask(client, clara.user_id) for _ in range(5)]
    assert {answer["Location"] for answer in answers} == {"/recovery/password/sent/"}
    assert len(sent()) == 3
    assert heading(open_link(client, newest_link())) == "Set a new password"


def test_it_stops_mailing_for_an_address_that_asks_for_many(client, clara, monkeypatch):
    monkeypatch.setattr(requests, "PER_ADDRESS", 3)
    for number in range(3):
        ask(client, f"nobody-{number}")
    ask(client, clara.user_id)
    assert sent() == []


def test_it_never_locks_an_account_for_being_asked_after(client, clara, members):
    for _ in range(6):
        ask(client, clara.user_id)
        ask(client, clara.user_id, "code")
        client.post("/recovery/code/", {"code": "000000"})
    assert lockout.lock_of(clara.user_id) is None
    member = members["recovery"]
    data = {"user_id": member.user_id, "password": member.password}
    assert client.post("/sign-in/", data)["Location"] == "/dashboard/"
