"""The list of a provider's sessions on the Account page, and ending one of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import Provider
from portal.sign_in import open_sessions
from portal.sign_in.models import OpenSession
from tests.unit.portal.signing_in import credentials, is_open

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture
def firefox(basic):
    """The same provider in Firefox."""
    other = Client(headers={"user-agent": FIREFOX})
    other.cookies["browser_accepted"] = "1"
    other.post("/sign-in/", credentials(basic))
    return other


def listed(client: Client) -> list[str]:
    page = client.get("/account/").text
    found = re.search(r'<ul class="sessions">(.*?)</ul>', page, re.S)[1]
    return [re.sub(r"(<[^>]+>|\s)+", " ", item).strip() for item in found.split("</li>")[:-1]]


def key_of(client: Client) -> int:
    return client.session["open_session"]


def sign_out(client: Client, key: int):
    return client.post(f"/account/sessions/{key}/sign-out/")


def test_it_lists_every_session_and_marks_this_one(signed_in, firefox):
    theirs, own = listed(firefox), listed(signed_in)
    assert len(theirs) == len(own) == 2
    [marked] = [item for item in theirs if "This session" in item]
    assert marked.startswith("Firefox 128 on Windows")
    assert "Sign out" not in marked
    [other] = [item for item in own if "This session" not in item]
    assert re.search(r"Signed in \w+ \d+, \d\d:\d\d , last seen", other)
    assert "Sign out of Firefox 128 on Windows" in other
    assert next(item for item in own if "This session" in item).startswith("Another browser")


def test_it_signs_one_session_out_and_leaves_the_others(signed_in, firefox, elsewhere):
    answer = sign_out(signed_in, key_of(firefox))
    assert answer["Location"] == "/account/?done=session-signed-out"
    assert "That session has been signed out." in signed_in.get(answer["Location"]).text
    assert len(listed(signed_in)) == 2
    assert firefox.get("/account/")["Location"].startswith("/sign-in/?reason=session-ended")
    assert is_open(signed_in)
    assert is_open(elsewhere)


def test_a_session_that_was_ended_opens_nothing_again(signed_in, firefox):
    cookie = firefox.cookies["session"].value
    sign_out(signed_in, key_of(firefox))
    for _ in range(2):
        firefox.cookies["session"] = cookie
        assert not is_open(firefox)


def test_it_takes_the_button_twice(signed_in, firefox):
    key = key_of(firefox)
    assert sign_out(signed_in, key)["Location"] == sign_out(signed_in, key)["Location"]
    assert is_open(signed_in)


def test_its_own_session_is_signed_out_like_by_the_button_of_every_page(signed_in, elsewhere):
    assert sign_out(signed_in, key_of(signed_in))["Location"] == "/signed-out/"
    assert not is_open(signed_in)
    assert len(listed(elsewhere)) == 1


def test_it_ends_nothing_by_a_link_and_nothing_of_anybody_else(signed_in, firefox, members):
    assert signed_in.get(f"/account/sessions/{key_of(firefox)}/sign-out/").url == "/account/"
    other = Client()
    other.post("/sign-in/", credentials(members["no_factor_yet"]))
    assert sign_out(signed_in, key_of(other)).status_code == 404
    for key in (0, 2**63, 10**30):
        assert sign_out(signed_in, key).status_code == 404
    assert is_open(firefox)
    assert is_open(other)


def test_it_takes_off_the_list_what_has_ended_otherwise(signed_in, firefox, elsewhere):
    elsewhere.post("/sign-out/")
    assert len(listed(signed_in)) == 2
    signed_in.post("/account/sign-out-everywhere/")
    assert len(listed(signed_in)) == 1
    assert not is_open(firefox)


def test_it_lists_no_session_that_is_idle_or_old(signed_in, firefox, basic):
    row = OpenSession.objects.filter(pk=key_of(firefox))
    for change in (
        {"seen_at": timezone.now() - timedelta(seconds=settings.CONFIGURATION.idle_seconds + 61)},
        {"started_at": timezone.now() - timedelta(seconds=settings.CONFIGURATION.session_seconds)},
    ):
        row.update(seen_at=timezone.now(), started_at=timezone.now())
        assert len(listed(signed_in)) == 2
        row.update(**change)
        assert len(listed(signed_in)) == 1
    # The next sign-in throws away what is past every lifetime.
    Client().post("/sign-in/", credentials(basic))
    assert not row.exists()


def test_a_new_password_empties_the_list(signed_in, firefox, basic):
    provider = Provider.objects.get(user_id=basic.user_id)
    provider.set_password("quilted river notebook sunday")
    provider.save()
    assert not open_sessions.of(provider, timezone.now()).exists()


def test_it_knows_when_a_session_was_used_without_writing_each_time(signed_in):
    row = OpenSession.objects.filter(pk=key_of(signed_in))
    recent = timezone.now() - timedelta(seconds=30)
    row.update(seen_at=recent)
    signed_in.get("/dashboard/")
    assert row.get().seen_at == recent
    row.update(seen_at=timezone.now() - timedelta(seconds=61))
    signed_in.get("/dashboard/")
    assert timezone.now() - row.get().seen_at < timedelta(seconds=30)


def test_a_short_idle_time_is_seen_as_exactly_as_it_needs(signed_in, monkeypatch):
    short = replace(settings.CONFIGURATION, idle_seconds=4)
    monkeypatch.setattr(settings, "CONFIGURATION", short)
    row = OpenSession.objects.filter(pk=key_of(signed_in))
    row.update(seen_at=timezone.now() - timedelta(seconds=1.5))
    signed_in.get("/dashboard/")
    assert timezone.now() - row.get().seen_at < timedelta(seconds=1)


def test_it_costs_a_page_one_query(signed_in):
    with CaptureQueriesContext(connection) as seen:
        signed_in.get("/resources/faq/")
    assert len([query for query in seen if "opensession" in query["sql"]]) == 1


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox 128 on Windows"),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/126.0.0.0 Mobile Safari/537.36",
            "Chrome 126 on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari 17.5 on iPhone",
        ),
        ("curl/8.5.0", "Another browser"),
        ("", "Another browser"),
        ("Mozilla/5.0 (X11; Linux) <script>", "Another browser on Linux"),
        ("Mozilla/5.0 Firefox/" + "9" * 400 + ".0", "Firefox " + "9" * 72),
    ],
)
def test_it_names_a_browser_as_people_do(user_agent, name):
    assert open_sessions.describe(user_agent) == name
