"""How long a session lasts, what ends it, and what becomes of cookies that are none of ours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from portal.accounts import views
from portal.accounts.models import Provider
from portal.sign_in import session

NEW = "quilted river notebook sunday"


@pytest.fixture
def elsewhere(basic):
    """The same provider on another browser."""
    other = Client()
    other.post("/sign-in/", {"user_id": basic.user_id, "password": basic.password})
    return other


@pytest.fixture
def mails(monkeypatch):
    sent = []
    monkeypatch.setattr(
        views.mail,
        "send",
        lambda to, subject, template, **context: sent.append((to, template, context)),
    )
    return sent


def is_open(client: Client) -> bool:
    return client.get("/dashboard/").status_code == 200


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
    from types import SimpleNamespace

    return SimpleNamespace(session={"signed_in_at": 0.0})


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


# --- A new password


def change(client: Client, current: str, new: str = NEW):
    fields = {"current_password": current, "new_password": new}
    return client.post("/account/password/", fields)


def test_it_changes_the_password_and_ends_other_sessions(signed_in, elsewhere, basic, mails):
    before = signed_in.cookies["session"].value
    response = change(signed_in, basic.password)
    assert response["Location"] == "/account/?done=password-changed"
    assert "Your password has been changed." in signed_in.get(response["Location"]).text
    assert signed_in.cookies["session"].value != before
    assert not is_open(elsewhere)
    provider = Provider.objects.get(user_id=basic.user_id)
    assert provider.check_password(NEW)
    [(to, template, context)] = mails
    assert (to, template) == (provider.email, "password_changed")
    assert NEW not in str(context)


def test_its_notice_says_what_happened_and_whom_to_call():
    from django.template.loader import render_to_string

    from portal.brand import BRAND

    context = {"brand": BRAND, "name": "Ann O'Neill", "at": timezone.now()}
    text = render_to_string("mail/password_changed.txt", context)
    assert "Hello Ann O'Neill" in text
    assert "was changed on" in text
    assert BRAND.phone in text


@pytest.mark.parametrize(
    ("current", "new", "text", "field"),
    [
        ("", NEW, "Enter your current password", "id_current_password"),
        ("wrong", NEW, "The current password is not right", "id_current_password"),
        (None, "", "Enter a new password", "id_new_password"),
        (None, "short", "Password must be at least 15 characters", "id_new_password"),
        (None, "amara.okafor.amara.okafor", "Password must not contain", "id_new_password"),
        (None, "a" * 257, "Password must be 256 characters or fewer", "id_new_password"),
        (None, "a\0bcdefghijklmnop", "Null characters are not allowed.", "id_new_password"),
        (None, None, "The new password must not be the current one", "id_new_password"),
    ],
)
def test_it_names_what_is_wrong_with_a_new_password(
    signed_in, basic, mails, current, new, text, field
):
    given = {
        "current": basic.password if current is None else current,
        "new": basic.password if new is None else new,
    }
    response = change(signed_in, **given)
    assert response.status_code == 200
    assert text in response.text
    assert f'href="#{field}"' in response.text
    assert f'id="{field}_error"' in response.text
    assert "<title>Error: Change your password" in response.text
    assert not [value for value in given.values() if len(value) > 6 and value in response.text]
    assert Provider.objects.get(user_id=basic.user_id).check_password(basic.password)
    assert mails == []


def test_it_takes_passwords_of_any_characters(signed_in, basic, mails):
    odd = " Ünïcödé \U0001f980 pässword, with spaces  "
    assert change(signed_in, basic.password, odd).status_code == 302
    assert Provider.objects.get(user_id=basic.user_id).check_password(odd)


# --- Cookies that are stale, or somebody else's


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "a" * 32,
        "a" * 5000,
        "ABC",
        "'; DROP TABLE django_session; --",
        "\\000\\000",
        "ä" * 32,
    ],
)
@pytest.mark.parametrize("name", ["session", "csrf", "user-id", "trusted-device"])
def test_it_takes_any_cookie(basic, name, value):
    client = Client()
    client.cookies[name] = value
    assert client.get("/sign-in/").status_code == 200
    assert client.get("/dashboard/").status_code == 302
    fields = {"user_id": basic.user_id, "password": basic.password}
    assert client.post("/sign-in/", fields)["Location"] == "/dashboard/"
    assert is_open(client)


def test_it_looks_up_no_session_that_cannot_be_its_own(client):
    client.cookies["session"] = "of-another-application"
    assert client.get("/dashboard/")["Location"] == "/sign-in/?next=%2Fdashboard%2F"


def test_it_offers_to_clear_cookies_where_a_form_was_refused():
    response = Client(enforce_csrf_checks=True).post("/sign-in/", {})
    assert response.status_code == 403
    assert 'href="/clear-cookies/"' in response.text
    assert 'href="/clear-cookies/"' in Client().get("/sign-in/").text


def test_it_clears_every_cookie_and_ends_the_session():
    client = Client(enforce_csrf_checks=True)
    client.force_login(Provider.objects.get(user_id="amara.okafor"))
    client.cookies["left-over"] = "x"
    key = client.cookies["session"].value
    assert "<h1>Clear your cookies</h1>" in client.get("/clear-cookies/").text
    response = client.post("/clear-cookies/")
    assert response["Location"] == "/clear-cookies/?done=1"
    assert response["Clear-Site-Data"] == '"cookies"'
    for name in ("session", "left-over"):
        assert response.cookies[name].value == ""
        assert response.cookies[name]["max-age"] == 0
    assert not Session.objects.filter(pk=key).exists()
    assert "<h1>Your cookies are cleared</h1>" in client.get(response["Location"]).text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_it_clears_no_cookies_for_another_site(signed_in, headers):
    response = signed_in.post("/clear-cookies/", headers=headers)
    assert response["Location"] == "/clear-cookies/"
    assert "Clear-Site-Data" not in response
    assert is_open(signed_in)


def test_it_clears_cookies_for_its_own_page(signed_in):
    headers = {"origin": "http://testserver", "sec-fetch-site": "same-origin", "host": "testserver"}
    response = signed_in.post("/clear-cookies/", headers=headers)
    assert response["Location"] == "/clear-cookies/?done=1"


def test_it_clears_what_it_can_where_a_cookie_has_a_name_that_it_cannot_write(client):
    response = client.get("/sign-in/", headers={"cookie": "path=1; a b=2; ü=3; good=4"})
    assert response.status_code == 200
    response = client.post("/clear-cookies/", headers={"cookie": "path=1; a b=2; good=4"})
    assert response.status_code == 302
    assert response.cookies["good"].value == ""


@pytest.mark.parametrize("path", ["/clear-cookies/", "/account/password/", "/account/"])
def test_it_has_no_script_or_style_in_its_own_pages(signed_in, path):
    page = signed_in.get(path).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
