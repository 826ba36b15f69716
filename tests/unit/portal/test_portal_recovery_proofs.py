"""The proofs of recovery: a link that was mailed, or a code that is typed."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from portal.accounts.models import Provider
from portal.recovery import requests
from portal.recovery.models import RecoveryRequest
from tests.unit.portal.recovering import (
    NEW,
    age,
    ask,
    heading,
    newest_code,
    newest_link,
    open_link,
    sent,
    set_password,
)

pytestmark = pytest.mark.usefixtures("mailbox")


def test_it_sets_a_new_password_by_link(client, clara, members):
    ask(client, clara.user_id)
    response = open_link(client, newest_link())
    assert response.redirect_chain == [("/recovery/new-password/", 302)]
    assert heading(response) == "Set a new password"
    response = set_password(client)
    assert response.redirect_chain == [("/recovery/done/", 302)]
    assert heading(response) == "Your password has been changed"
    assert client.get("/dashboard/")["Location"].startswith("/sign-in/")
    old = {"user_id": clara.user_id, "password": members["recovery"].password}
    assert "incorrect" in Client().post("/sign-in/", old).text
    assert Client().post("/sign-in/", {**old, "password": NEW})["Location"] == "/dashboard/"


def test_it_takes_the_token_out_of_the_address_and_sends_no_referrer(client, clara):
    ask(client, clara.user_id)
    link = newest_link()
    response = client.get(link)
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Location"] == "/recovery/new-password/"
    token = link.split("/")[3]
    assert len(token) >= 43
    assert token not in client.get("/recovery/new-password/").text


def test_it_keeps_no_secret_in_the_database(client, clara):
    ask(client, clara.user_id)
    token = newest_link().split("/")[3]
    ask(client, clara.user_id, "code")
    code = newest_code()
    for made in RecoveryRequest.objects.all():
        assert token not in str(vars(made))
        assert code != made.digest


def test_it_begins_a_new_session_where_a_link_is_opened(client, clara):
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["session"] = planted = session.session_key
    ask(client, clara.user_id)
    open_link(client, newest_link())
    assert client.cookies["session"].value != planted
    thief = Client()
    thief.cookies["session"] = planted
    assert thief.get("/recovery/new-password/")["Location"] == "/recovery/password/"


def test_it_uses_a_link_once(client, clara):
    ask(client, clara.user_id)
    link = newest_link()
    other = Client()
    open_link(other, link)
    open_link(client, link)
    set_password(client)
    assert heading(open_link(Client(), link)) == "This link has already been used"
    assert heading(set_password(other, "Another-Password-Here-1")) == (
        "This link has already been used"
    )
    clara.refresh_from_db()
    assert clara.check_password(NEW)


def test_it_uses_a_link_once_when_two_come_at_the_same_time(clara):
    made, _ = requests.begin(
        Client().get("/recovery/password/").wsgi_request,
        RecoveryRequest.Kind.LINK,
        clara.user_id,
        clara,
    )
    twin = RecoveryRequest.objects.get(pk=made.pk)
    assert requests.set_password(made, NEW)
    assert not requests.set_password(twin, "Another-Password-Here-1")


def test_it_says_that_a_newer_link_has_replaced_an_older_one(client, clara):
    ask(client, clara.user_id)
    older = newest_link()
    ask(client, clara.user_id)
    assert heading(open_link(client, older)) == "This link has been replaced"
    assert heading(open_link(client, newest_link())) == "Set a new password"


def test_it_says_that_a_link_has_expired(client, clara):
    ask(client, clara.user_id)
    link = newest_link()
    age(settings.CONFIGURATION.recovery_seconds - 5)
    assert heading(open_link(client, link)) == "Set a new password"
    age(5)
    response = set_password(client)
    assert heading(response) == "This link has expired"
    assert 'href="/recovery/password/">Ask for a new one' in response.text
    clara.refresh_from_db()
    assert not clara.check_password(NEW)


@pytest.mark.parametrize("token", ["x", "a" * 500, "%00", "%F0%9F%98%80", "%ff%fe", "..%2f"])
def test_it_says_that_a_link_is_none_of_its_own(client, token):
    response = client.get(f"/recovery/link/{token}/", follow=True)
    if response.status_code != 404:  # an escaped slash is another path
        assert heading(response) == "This link is not valid"


def test_it_asks_to_begin_where_nothing_was_proved(client):
    assert client.get("/recovery/new-password/")["Location"] == "/recovery/password/"
    assert client.post("/recovery/new-password/")["Location"] == "/recovery/password/"
    assert client.get("/recovery/code/")["Location"] == "/recovery/password/"


def test_it_refuses_an_account_that_was_suspended_meanwhile(client, clara):
    ask(client, clara.user_id)
    open_link(client, newest_link())
    Provider.objects.filter(pk=clara.pk).update(standing="suspended")
    assert heading(set_password(client)) == "We cannot set a new password for this account"


def test_it_sets_a_new_password_by_code(client, clara):
    assert ask(client, clara.user_id, "code")["Location"] == "/recovery/code/"
    assert heading(client.get("/recovery/code/")) == "Enter the code from your email"
    code = newest_code()
    response = client.post("/recovery/code/", {"code": f" {code[:3]} {code[3:]} "}, follow=True)
    assert heading(response) == "Set a new password"
    assert heading(set_password(client)) == "Your password has been changed"
    clara.refresh_from_db()
    assert clara.check_password(NEW)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_it_allows_five_tries_and_then_not_even_the_right_code(client, clara):
    ask(client, clara.user_id, "code")
    code = newest_code()
    texts = [client.post("/recovery/code/", {"code": wrong(code)}).text for _ in range(5)]
    assert all("That code is not right." in text for text in texts[:4])
    assert "Too many codes were not right. Ask for a new one." in texts[4]
    assert "Too many codes" in client.post("/recovery/code/", {"code": code}).text


def test_it_says_the_same_of_wrong_codes_for_nobody(client):
    ask(client, "nobody.here", "code")
    texts = [client.post("/recovery/code/", {"code": "123456"}).text for _ in range(5)]
    assert all("That code is not right." in text for text in texts[:4])
    assert "Too many codes were not right. Ask for a new one." in texts[4]


def test_it_stops_sending_codes_after_a_hundred_wrong_ones_in_a_row(client, clara, monkeypatch):
    monkeypatch.setattr(requests, "_WRONG_CODES", 10)
    for _ in range(2):
        ask(client, clara.user_id, "code")
        for _ in range(5):
            client.post("/recovery/code/", {"code": wrong(newest_code())})
    before = len(sent())
    assert ask(client, clara.user_id, "code")["Location"] == "/recovery/code/"
    assert len(sent()) == before
    ask(client, clara.user_id)
    assert heading(open_link(client, newest_link())) == "Set a new password"


def test_it_uses_a_code_once(client, clara):
    ask(client, clara.user_id, "code")
    code = newest_code()
    cookie = client.cookies["session"].value
    client.post("/recovery/code/", {"code": code})
    again = Client()
    again.cookies["session"] = cookie
    assert again.post("/recovery/code/", {"code": code})["Location"] == "/recovery/password/"
    assert again.get("/recovery/new-password/")["Location"] == "/recovery/password/"


def test_it_takes_a_code_only_in_the_browser_that_asked(client, clara):
    ask(client, clara.user_id, "code")
    other = Client()
    ask(other, "nobody.here", "code")
    assert "That code is not right." in other.post("/recovery/code/", {"code": newest_code()}).text


def test_it_refuses_a_code_after_ten_minutes_and_after_a_newer_one(client, clara):
    ask(client, clara.user_id, "code")
    code = newest_code()
    ask(Client(), clara.user_id, "code")
    assert "no longer valid" in client.post("/recovery/code/", {"code": code}).text
    ask(client, clara.user_id, "code")
    age(settings.CONFIGURATION.code_seconds)
    assert "no longer valid" in client.post("/recovery/code/", {"code": newest_code()}).text


def test_it_still_takes_the_last_code_when_no_more_are_sent(client, clara, monkeypatch):
    monkeypatch.setattr(requests, "PER_SUBJECT", 1)
    ask(client, clara.user_id, "code")
    code = newest_code()
    ask(client, clara.user_id, "code")
    assert len(sent()) == 1
    assert client.post("/recovery/code/", {"code": code})["Location"] == "/recovery/new-password/"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "1\x0023456"])
def test_it_refuses_what_is_no_code(client, clara, code):
    ask(client, clara.user_id, "code")
    response = client.post("/recovery/code/", {"code": code})
    assert response.status_code == 200
    assert 'id="id_code_error"' in response.text
    assert RecoveryRequest.objects.get().tries_left == 5
