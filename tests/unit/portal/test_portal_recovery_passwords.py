"""The new password, and what comes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Provider
from portal.recovery import delivery, password_rules
from portal.recovery.models import RecoveryRequest
from portal.sign_in import lockout
from tests.unit.portal.recovering import (
    NEW,
    SHORT,
    ask,
    newest_link,
    open_link,
    sent,
    set_password,
)

pytestmark = pytest.mark.usefixtures("mailbox")


@pytest.mark.parametrize(
    ("password", "text"),
    [
        ("", "Enter a new password"),
        ("fourteen chars", "Password must be at least 15 characters"),
        ("a" * 257, "Password must be 256 characters or fewer"),
        (
            "Qwertyuiop1234!",
            "Password must not be a common one: this is among the first that attackers try",
        ),
        ("my Clara.Novak 2026!", "Password must not contain your User ID"),
        ("Meridian Portal 2026", "Password must be more than names and a number"),
        ("abcabcabcabcabcabc", "Password must not be the same characters over and over"),
        ("234567890123456789", "Password must not be a run of neighbouring characters"),
    ],
)
def test_it_says_why_it_refuses_a_password(client, clara, password, text):
    ask(client, clara.user_id)
    open_link(client, newest_link())
    response = set_password(client, password)
    assert f'<a href="#id_password">{text}</a>' in response.text
    assert f"</span> {text}</p>" in response.text
    assert not password or password not in response.text
    clara.refresh_from_db()
    assert clara.check_password("Russet-Pebble-Beacon-46")


@pytest.mark.parametrize(
    "password",
    [
        "all lower case words here",
        "a very long one " * 16,
        "пароль из простых слов",
        "😀 🎈 ✂ 🧵 🪁 📎 🗝 🧊 ",
    ],
)
def test_it_asks_for_nothing_but_length(clara, password):
    assert password_rules.problems(password[:256], clara) == []


def test_it_takes_a_shorter_password_beside_a_second_factor(members):
    with_app, with_mail = (
        Provider.objects.get(user_id=members[key].user_id) for key in ("totp", "email_code")
    )
    assert password_rules.problems(SHORT, with_app) == []
    assert password_rules.problems("Short-7", with_app) == [
        "Password must be at least 8 characters"
    ]
    assert password_rules.shortest(with_mail) == password_rules.shortest(None) == 15


def test_it_tells_the_owner_without_the_password_and_ends_every_session(client, clara):
    elsewhere = Client()
    elsewhere.force_login(clara)
    assert elsewhere.get("/dashboard/").status_code == 200
    ask(client, clara.user_id)
    open_link(client, newest_link())
    set_password(client)
    assert "was changed on" in sent()[-1]
    assert mail.outbox[-1].to == [clara.email]
    assert NEW not in "".join(sent())
    assert elsewhere.get("/dashboard/")["Location"].startswith("/sign-in/")


def test_it_lifts_a_lock_only_when_the_recovery_is_complete(client, clara):
    for _ in range(settings.CONFIGURATION.lock_tries):
        lockout.failed(None, clara.user_id)
    ask(client, clara.user_id)
    open_link(client, newest_link())
    assert lockout.lock_of(clara.user_id)
    set_password(client)
    assert lockout.lock_of(clara.user_id) is None
    data = {"user_id": clara.user_id, "password": NEW}
    assert client.post("/sign-in/", data)["Location"] == "/dashboard/"


def test_it_still_asks_for_the_second_factor(client, members):
    user_id = members["recovery_totp"].user_id
    ask(client, user_id)
    open_link(client, newest_link())
    set_password(client, SHORT)
    answer = client.post("/sign-in/", {"user_id": user_id, "password": SHORT})
    assert answer["Location"] == "/sign-in/code/"
    assert client.get("/dashboard/").status_code == 302


def test_it_ends_an_expired_password(client, members):
    user_id = members["expired_password"].user_id
    ask(client, user_id)
    open_link(client, newest_link())
    set_password(client)
    assert not Provider.objects.get(user_id=user_id).password_expired


def test_it_does_not_take_an_expired_password_again(client, members):
    member = members["expired_password"]
    ask(client, member.user_id)
    open_link(client, newest_link())
    text = "Choose a password other than the one that has expired"
    assert text in set_password(client, member.password).text


def test_it_forgets_old_requests(client, clara):
    ask(client, clara.user_id)
    RecoveryRequest.objects.update(requested_at=timezone.now() - timedelta(days=31))
    ask(client, "nobody.here")
    assert RecoveryRequest.objects.count() == 1


def test_it_offers_both_ways_on_the_sign_in_page(client):
    page = client.get("/sign-in/").text
    assert '<a href="/recovery/user-id/">Forgot your User ID?</a>' in page
    assert '<a href="/recovery/password/">Forgot your password?</a>' in page


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(86400, "24 hours"), (3600, "1 hour"), (600, "10 minutes"), (60, "1 minute"), (1, "1 second")],
)
def test_it_says_times_in_words(seconds, text):
    assert delivery.in_words(seconds) == text
