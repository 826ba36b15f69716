"""The first factor, where one goes afterwards, and the way out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.conf import settings
from django.contrib.auth import hashers
from django.contrib.sessions.models import Session
from django.test import Client

from portal.accounts.models import Provider
from portal.dashboard import figures
from portal.sign_in import lockout
from portal.sign_in.models import PendingSignIn
from portal.sign_in.refusal import WRONG_DETAILS
from tests.unit.portal.signing_in import credentials


def test_it_lands_on_the_dashboard_with_the_right_password(client, basic):
    response = client.post("/sign-in/", credentials(basic), follow=True)
    assert response.redirect_chain == [("/dashboard/", 302)]
    assert "<h1>Welcome, Dr. Amara Okafor</h1>" in response.text


def test_it_accepts_a_user_id_with_capitals_and_spaces_around_it(client, basic):
    response = client.post("/sign-in/", credentials(basic, user_id=" Amara.Okafor "))
    assert response.status_code == 302


@pytest.mark.parametrize(
    ("user_id", "password"),
    [
        ("amara.okafor", "wrong"),
        ("amara.okafor", " Harbor-Lantern-Violet-27"),
        ("nobody.here", "Harbor-Lantern-Violet-27"),
    ],
)
def test_it_says_the_same_of_every_wrong_pair(client, user_id, password):
    response = client.post("/sign-in/", {"user_id": user_id, "password": password})
    assert response.status_code == 200
    assert "The User ID or password is incorrect." in response.text
    assert 'role="alert"' in response.text
    assert password not in response.text
    assert "_auth_user_id" not in client.session


def test_it_says_the_same_of_an_account_that_is_switched_off(client, basic):
    Provider.objects.filter(user_id=basic.user_id).update(is_active=False)
    response = client.post("/sign-in/", credentials(basic))
    assert "The User ID or password is incorrect." in response.text


@pytest.mark.parametrize(
    "user_id", ["amara.okafor", "nobody.here", "tessa.morgan", "grant.osborne", "irene.castillo"]
)
def test_it_hashes_once_for_every_user_id(client, user_id, monkeypatch):
    for _ in range(5):
        lockout.failed(None, "tessa.morgan")
    hashed = []
    hasher = type(hashers.get_hasher())
    for name in ("encode", "verify"):
        original = getattr(hasher, name)

        def counted(self, *args, _original=original, **kwargs):
            hashed.append(self)
            return _original(self, *args, **kwargs)

        monkeypatch.setattr(hasher, name, counted)
    client.post("/sign-in/", {"user_id": user_id, "password": "wrong"})
    assert len(hashed) == 1


def test_it_keeps_passwords_as_argon2id_at_the_owasp_minimum(basic):
    encoded = Provider.objects.get(user_id=basic.user_id).password
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    ("changes", "text", "field"),
    [
        ({"user_id": ""}, "Enter your User ID", "id_user_id"),
        ({"password": ""}, "Enter your password", "id_password"),
        ({"user_id": "a" * 65}, "User ID must be 64 characters or fewer", "id_user_id"),
        ({"password": "a" * 257}, "Password must be 256 characters or fewer", "id_password"),
        ({"user_id": "a\0b"}, "Null characters are not allowed.", "id_user_id"),
    ],
)
def test_it_names_the_field_that_is_wrong(client, basic, changes, text, field):
    response = client.post("/sign-in/", credentials(basic, **changes))
    assert f'<a href="#{field}">{text}</a>' in response.text
    assert f'id="{field}_error"' in response.text
    assert f'aria-describedby="{field}_error"' in response.text
    assert "<title>Error: Sign in" in response.text


@pytest.mark.parametrize("path", ["/dashboard/", "/account/"])
def test_it_asks_for_a_sign_in_and_then_goes_on(client, basic, path):
    assert client.get(path)["Location"] == f"/sign-in/?next=%2F{path.strip('/')}%2F"
    response = client.post("/sign-in/", credentials(basic, next=path))
    assert response["Location"] == path


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "///evil.example",
        "\\\\evil.example",
        "/\t/evil.example/",
        "javascript:alert(1)",
        "dashboard/",
    ],
)
def test_it_goes_on_only_to_paths_of_its_own(client, basic, path):
    assert "evil" not in client.get("/sign-in/", {"next": path}).text
    response = client.post("/sign-in/", credentials(basic, next=path))
    assert response["Location"] == "/dashboard/"


def test_it_changes_the_session_id_at_sign_in(client, basic):
    session = client.session
    session["seen"] = True
    session.save()
    before = session.session_key
    client.cookies["session"] = before
    client.post("/sign-in/", credentials(basic))
    after = client.cookies["session"].value
    assert after != before
    assert not client.session.exists(before)


def test_it_sends_who_is_signed_in_from_the_sign_in_to_the_dashboard(signed_in):
    assert signed_in.get("/sign-in/")["Location"] == "/dashboard/"
    assert signed_in.get("/sign-in/code/")["Location"] == "/dashboard/"


def test_it_ends_the_session_on_the_server_at_sign_out(signed_in):
    cookie = signed_in.cookies["session"].value
    response = signed_in.post("/sign-out/", follow=True)
    assert response.redirect_chain == [("/signed-out/", 302)]
    assert "<h1>You have signed out</h1>" in response.text
    thief = Client()
    thief.cookies["session"] = cookie
    assert (
        thief.get("/dashboard/")["Location"]
        == "/sign-in/?reason=session-ended&next=%2Fdashboard%2F"
    )


def test_it_does_not_sign_out_by_a_link(signed_in):
    assert signed_in.get("/sign-out/")["Location"] == "/dashboard/"
    assert signed_in.get("/dashboard/").status_code == 200


def test_it_says_that_the_session_has_ended(client):
    response = client.get("/sign-in/", {"reason": "session-ended"})
    assert "Your session has ended. Sign in again." in response.text
    assert "<script>" not in client.get("/sign-in/", {"reason": "<script>"}).text


def test_it_asks_for_a_sign_in_after_a_sign_out_in_another_tab(signed_in, monkeypatch):
    def sign_out_meanwhile(practice, limit=8):
        Session.objects.all().delete()
        return []

    monkeypatch.setattr(figures, "recent_activity", sign_out_meanwhile)
    assert signed_in.get("/dashboard/")["Location"] == "/sign-in/?reason=session-ended"


def test_it_refuses_a_form_without_its_token(basic):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/sign-in/", credentials(basic))
    assert response.status_code == 403
    assert "<h1>This page is out of date</h1>" in response.text
    assert not PendingSignIn.objects.exists()


# --- Standing


@pytest.fixture
def generic(monkeypatch):
    monkeypatch.setattr(
        settings, "CONFIGURATION", replace(settings.CONFIGURATION, disclosure="generic")
    )


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("suspended", "Your account is suspended under the terms of your provider agreement."),
        ("inactive", "Your account is inactive because it was not used for a long time."),
    ],
)
def test_it_tells_who_knows_the_password_about_the_standing(client, members, key, text):
    page = client.post("/sign-in/", credentials(members[key])).text
    assert text in page
    assert 'Call provider support at <a href="tel:+18005550142">' in page
    assert "<title>Error: Sign in" in page
    assert "_auth_user_id" not in client.session
    page = client.post("/sign-in/", credentials(members[key], password="wrong")).text
    assert text not in page
    assert WRONG_DETAILS in page


@pytest.mark.parametrize("key", ["suspended", "inactive"])
def test_it_says_nothing_of_the_standing_where_it_must_not(client, members, generic, key):
    known = client.post("/sign-in/", credentials(members[key]))
    unknown = client.post("/sign-in/", credentials(members[key], user_id="nobody.here"))
    assert known.status_code == unknown.status_code == 200
    assert bare(known, members[key].user_id) == bare(unknown, "nobody.here")
    assert WRONG_DETAILS in known.text
    assert "_auth_user_id" not in client.session


def bare(response, user_id: str) -> str:
    """The page without the token, which is another each time, and what was typed."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.text)
    return page.replace(user_id, "")


# --- The remembered User ID


def test_it_remembers_the_user_id_and_not_the_password(client, basic):
    client.post("/sign-in/", credentials(basic, remember="on"))
    cookie = client.cookies["user-id"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert cookie["max-age"] == 365 * 24 * 60 * 60
    client.post("/sign-out/")
    page = client.get("/sign-in/").text
    assert f'value="{basic.user_id}"' in page
    assert re.search(r'<input type="checkbox" name="remember"[^>]* checked', page)
    assert "Forget this User ID" in page
    assert basic.password not in page + cookie.value


def test_it_remembers_nothing_unasked_or_wrong(client, basic):
    client.post("/sign-in/", credentials(basic, password="wrong", remember="on"))
    assert "user-id" not in client.cookies
    client.post("/sign-in/", credentials(basic))
    assert "user-id" not in client.cookies


def test_it_remembers_the_user_id_where_a_code_is_still_to_come(client, with_totp):
    client.post("/sign-in/", credentials(with_totp, remember="on"))
    assert with_totp.user_id in client.cookies["user-id"].value


@pytest.mark.parametrize("way", ["button", "unticked"])
def test_it_forgets_the_user_id(client, basic, way):
    client.post("/sign-in/", credentials(basic, remember="on"))
    client.post("/sign-out/")
    if way == "button":
        answer = client.post("/sign-in/forget/", {"next": "/account/"})
        assert answer["Location"] == "/sign-in/?next=%2Faccount%2F"
    else:
        client.post("/sign-in/", credentials(basic))
        client.post("/sign-out/")
    page = client.get("/sign-in/").text
    assert basic.user_id not in page
    assert "Forget this User ID" not in page


@pytest.mark.parametrize("value", ["amara.okafor", "amara.okafor:1tx:forged", "", "é:\\000:x"])
def test_it_believes_no_remembered_user_id_but_its_own(client, value):
    client.cookies["user-id"] = value
    response = client.get("/sign-in/")
    assert response.status_code == 200
    assert "Forget this User ID" not in response.text
