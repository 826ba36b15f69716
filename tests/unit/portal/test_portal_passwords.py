"""A password changed by its owner, and one that has expired."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts import views
from portal.accounts.models import Provider
from tests.unit.portal.signing_in import credentials, is_open

NEW = "quilted river notebook sunday"


@pytest.fixture
def mails(monkeypatch):
    sent = []
    monkeypatch.setattr(
        views.mail,
        "send",
        lambda to, subject, template, **context: sent.append((to, template, context)),
    )
    return sent


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


def test_it_counts_wrong_current_passwords_of_a_session_as_well(client, members):
    target = members["lockout"]
    client.post("/sign-in/", credentials(target))
    fields = {"current_password": "wrong", "new_password": "quilted river notebook sunday"}
    for _ in range(4):
        assert "The current password is not right" in client.post("/account/password/", fields).text
    locked = client.post("/account/password/", fields).text
    assert "Too many tries. Your account is locked for a while" in locked
    fields["current_password"] = target.password
    assert "Too many tries." in client.post("/account/password/", fields).text
    assert Provider.objects.get(user_id=target.user_id).check_password(target.password)


# --- An expired password


@pytest.fixture
def expired(client, members):
    client.post("/sign-in/", credentials(members["expired_password"]))
    return client


def test_it_asks_for_a_new_password_where_it_has_expired(client, members):
    response = client.post(
        "/sign-in/", credentials(members["expired_password"], next="/account/"), follow=True
    )
    assert response.redirect_chain[-1] == ("/account/password/?next=%2Faccount%2F", 302)
    assert "<h1>Set a new password</h1>" in response.text
    assert "Your password has expired." in response.text
    assert 'aria-label="Primary"' not in response.text


@pytest.mark.parametrize("path", ["/dashboard/", "/account/", "/account/sign-out-everywhere/"])
def test_it_opens_nothing_else_to_who_needs_a_new_password(expired, path):
    assert expired.get(path)["Location"].startswith("/account/password/?next=")
    assert expired.post(path)["Location"] == "/account/password/"
    assert expired.post("/sign-out/")["Location"] == "/signed-out/"


def test_it_goes_on_with_the_new_password(expired, members):
    fields = {"current_password": members["expired_password"].password, "new_password": NEW}
    response = expired.post("/account/password/", {**fields, "next": "/account/"})
    assert response["Location"] == "/account/"
    assert expired.get("/account/").status_code == 200
    other = Client()
    other.post("/sign-in/", credentials(members["expired_password"], password=NEW))
    assert other.get("/dashboard/").status_code == 200


def test_it_asks_for_the_code_before_it_asks_for_a_new_password(between_factors, with_totp):
    Provider.objects.filter(user_id=with_totp.user_id).update(password_expired=True)
    response = between_factors.get("/account/password/")
    assert response["Location"].startswith("/sign-in/code/")
