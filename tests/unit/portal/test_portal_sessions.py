"""How long a session lasts, and what ends it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Practice, Provider
from portal.sign_in import session
from portal.sign_in.store import SessionStore
from tests.unit.portal.signing_in import credentials, is_open

# --- Time-outs


def test_it_begins_the_idle_time_anew_with_each_request(signed_in):
    key = signed_in.cookies["session"].value
    Session.objects.filter(pk=key).update(expire_date=timezone.now() + timedelta(seconds=5))
    assert is_open(signed_in)
    left = Session.objects.get(pk=key).expire_date - timezone.now()
    assert timedelta(seconds=890) < left <= timedelta(seconds=settings.CONFIGURATION.idle_seconds)


def test_it_says_that_an_idle_session_is_over(signed_in):
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    response = signed_in.get("/account/", follow=True)
    assert response.redirect_chain == [("/sign-in/?reason=session-ended&next=%2Faccount%2F", 302)]
    assert "Your session has ended. Sign in again." in response.text


def test_a_practice_may_want_a_shorter_idle_time(client, members):
    client.post("/sign-in/", credentials(members["short_session"]))
    key = client.cookies["session"].value
    left = Session.objects.get(pk=key).expire_date - timezone.now()
    assert timedelta(seconds=15) < left <= timedelta(seconds=20)
    page = client.get("/account/")
    assert page.cookies["session"]["max-age"] == ""
    assert "You are signed out after 20 seconds without activity." in page.text
    assert 'data-idle="20"' in page.text
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert "session-ended" in client.get("/account/")["Location"]


def test_no_practice_has_a_longer_idle_time_than_the_portal(client, basic):
    Practice.objects.update(own_idle_seconds=10_000)
    client.post("/sign-in/", credentials(basic))
    assert client.post("/session/").json()["idle"] == 900


def test_it_leaves_the_end_of_a_session_to_the_server(signed_in):
    # A cookie that ran out by itself would come back as a visit by nobody.
    assert signed_in.get("/dashboard/").cookies["session"]["max-age"] == ""


def test_it_ends_a_session_at_its_overall_lifetime(signed_in):
    kept = signed_in.session
    kept["signed_in_at"] -= settings.CONFIGURATION.session_seconds - 60
    kept.save()
    assert is_open(signed_in)
    kept["signed_in_at"] -= 61
    kept.save()
    assert "session-ended" in signed_in.get("/dashboard/")["Location"]
    assert not kept.exists(kept.session_key)


def test_it_keeps_a_session_that_asks_for_it(signed_in):
    answer = signed_in.post("/session/").json()
    assert answer["idle"] == 900
    assert answer["warning"] == 120
    assert 43190 <= answer["at_most"] <= 43200
    assert signed_in.get("/session/")["Location"] == "/dashboard/"


def test_it_keeps_no_session_that_is_over(client):
    assert client.post("/session/")["Location"] == "/sign-in/"


@pytest.mark.parametrize(("idle", "warning"), [(900, 120), (600, 120), (100, 20), (5, 1), (1, 1)])
def test_it_warns_two_minutes_or_a_fifth_before_the_end(rf, monkeypatch, idle, warning):
    monkeypatch.setattr(
        settings, "CONFIGURATION", replace(settings.CONFIGURATION, idle_seconds=idle)
    )
    assert session.time_left(rf, 1000.0).warning == warning


@pytest.fixture
def rf():
    kept = SessionStore()
    kept["signed_in_at"] = 0.0
    return SimpleNamespace(session=kept)


def test_it_tells_its_pages_how_long_there_is(signed_in):
    page = signed_in.get("/dashboard/").text
    assert 'data-idle="900"' in page
    assert 'data-warning="120"' in page
    assert re.search(r'data-at-most="431\d\d"|data-at-most="43200"', page)
    assert 'src="/static/session.js"' in page
    assert "data-session-warning" not in Client().get("/sign-in/").text


# --- Ended elsewhere


def test_it_signs_out_everywhere_else(signed_in, elsewhere):
    before = signed_in.cookies["session"].value
    began = signed_in.session["signed_in_at"]
    response = signed_in.post("/account/sign-out-everywhere/")
    assert response["Location"] == "/account/?done=signed-out-everywhere"
    assert "You have been signed out everywhere else." in signed_in.get(response["Location"]).text
    assert "session-ended" in elsewhere.get("/dashboard/")["Location"]
    assert signed_in.cookies["session"].value != before
    assert signed_in.session["signed_in_at"] == began


def test_it_does_not_sign_out_everywhere_by_a_link(signed_in, elsewhere):
    assert signed_in.get("/account/sign-out-everywhere/")["Location"] == "/account/"
    assert is_open(elsewhere)


@pytest.mark.parametrize("change", [{"standing": "suspended"}, {"is_active": False}])
def test_it_ends_the_session_of_who_is_suspended_meanwhile(signed_in, basic, change):
    Provider.objects.filter(user_id=basic.user_id).update(**change)
    assert "session-ended" in signed_in.get("/dashboard/")["Location"]


def test_it_shows_only_words_that_it_knows(signed_in):
    page = signed_in.get("/account/", {"done": "<script>alert(1)</script>"}).text
    assert "alert(1)" not in page
    assert 'role="status"' not in page


def test_it_says_that_another_tab_has_signed_out(client):
    page = client.get("/sign-in/", {"reason": "signed-out"}).text
    assert "You have signed out in another tab." in page


def test_it_goes_on_where_another_tab_has_signed_in(basic):
    client = Client(enforce_csrf_checks=True)
    forms = [client.get("/sign-in/").text for _ in range(2)]
    fields = {"user_id": basic.user_id, "password": basic.password}
    for form in forms:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]
        response = client.post("/sign-in/", {**fields, "csrfmiddlewaretoken": token})
        assert response["Location"] == "/dashboard/"
