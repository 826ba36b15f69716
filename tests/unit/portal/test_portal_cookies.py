"""Cookies that are stale or somebody else's, and the page that clears them."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from portal.accounts.models import Provider
from tests.unit.portal.signing_in import is_open


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
