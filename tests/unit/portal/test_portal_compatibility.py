"""Browsers that the portal was not made for, and what else stands in the way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from portal.compatibility import browsers

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) {} Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) {}"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X) AppleWebKit/605.1 (KHTML) {}"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"
OLD = FIREFOX.format(78)


@pytest.mark.parametrize(
    ("user_agent", "shown", "is_supported"),
    [
        (CHROME.format("Chrome/131.0.0.0"), "Chrome 131", True),
        (CHROME.format("HeadlessChrome/131.0.6778.33"), "Chrome 131", True),
        (CHROME.format("Chrome/111.0.0.0"), "Chrome 111", True),
        (CHROME.format("Chrome/110.0.0.0"), "Chrome 110", False),
        (CHROME.format("Chrome/131.0.0.0") + " Edg/131.0.0.0", "Edge 131", True),
        (CHROME.format("Chrome/99.0.0.0") + " Edg/99.0.0.0", "Edge 99", False),
        (CHROME.format("Chrome/64.0.3282.140") + " Edge/18.17763", "Edge 18", False),
        (CHROME.format("Chrome/130.0.0.0") + " OPR/115.0.0.0", "Chrome 130", True),
        (FIREFOX.format(132), "Firefox 132", True),
        (FIREFOX.format(114), "Firefox 114", False),
        (MAC.format("Version/18.2 Safari/605.1.15"), "Safari 18.2", True),
        (MAC.format("Version/16.3 Safari/605.1.15"), "Safari 16.3", False),
        # WebKitGTK's MiniBrowser.
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            " Version/26.0 Safari/605.1.15",
            "Safari 26.0",
            True,
        ),
        (PHONE.format("17_5", "Version/17.5 Mobile/15E148 Safari/604.1"), "Safari 17.5", True),
        (PHONE.format("17_5", "CriOS/126.0 Mobile/15E148 Safari/604.1"), "Safari 17.5", True),
        (PHONE.format("12_1", "Mobile/15E148"), "Safari 12.1", False),
        (
            "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
            "Internet Explorer 11",
            False,
        ),
        ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "Internet Explorer 8", False),
        ("Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.18", "an unknown browser", False),
        ("Mozilla/5.0 (compatible; Nobody/1.0)", "an unknown browser", False),
        ("curl/8.5.0", "", True),
        ("", "", True),
    ],
)
def test_it_knows_browsers_by_what_they_say(user_agent, shown, is_supported):
    browser = browsers.identify(user_agent)
    assert (str(browser), browser.is_supported) == (shown, is_supported)


@pytest.mark.parametrize(
    "user_agent",
    ["Mozilla/" + "9" * 100_000, "Mozilla/5.0 Chrome/99999999999999999999.0", "Mozilla/\udcff\0é"],
)
def test_it_is_not_upset_by_odd_user_agents(user_agent):
    assert browsers.identify(user_agent).name


@pytest.fixture
def old() -> Client:
    return Client(headers={"user-agent": OLD})


def test_it_tells_an_old_browser_before_the_sign_in(old):
    response = old.get("/sign-in/", {"next": "/account/"}, follow=True)
    assert response.redirect_chain == [("/unsupported-browser/?next=%2Faccount%2F", 302)]
    assert "<h1>Your browser is not supported</h1>" in response.text
    assert "You are using Firefox 78, which is too old for this portal." in response.text


def test_it_lets_an_old_browser_go_on_for_the_session(old):
    response = old.post("/unsupported-browser/", {"next": "/account/"})
    assert response["Location"] == "/sign-in/?next=%2Faccount%2F"
    cookie = response.cookies["browser_accepted"]
    assert (cookie["max-age"], cookie["expires"], cookie["httponly"]) == ("", "", True)
    assert "<h1>Sign in</h1>" in old.get("/sign-in/").text


def test_it_goes_on_only_to_paths_of_its_own(old):
    response = old.post("/unsupported-browser/", {"next": "https://evil.example/"})
    assert response["Location"] == "/sign-in/"


def test_it_does_not_send_a_supported_browser_away():
    client = Client(headers={"user-agent": FIREFOX.format(132)})
    assert "<h1>Sign in</h1>" in client.get("/sign-in/").text


def test_it_leaves_an_old_browser_that_is_inside_alone(signed_in):
    assert signed_in.get("/dashboard/", headers={"user-agent": OLD}).status_code == 200


def test_it_tests_features_on_the_sign_in_page_until_the_visitor_goes_on(client):
    tag = re.compile(r'<script src="/static/compatibility.js"[^>]*>')
    page = client.get("/sign-in/", {"next": "/account/"}).text
    found = tag.search(page)[0]
    assert 'data-unsupported="/unsupported-browser/?next=%2Faccount%2F"' in found
    assert "defer" not in found
    client.post("/unsupported-browser/")
    assert "data-unsupported" not in tag.search(client.get("/sign-in/").text)[0]
    assert "data-unsupported" not in client.get("/unsupported-browser/").text


@pytest.mark.parametrize(("missing", "text"), [("script", "JavaScript"), ("style", "CSS")])
def test_it_says_what_a_feature_test_found_missing(client, missing, text):
    page = client.get("/unsupported-browser/", {"missing": missing}).text
    assert f"It lacks parts of {text}" in page
    assert "<script>alert" not in client.get("/unsupported-browser/?missing=<script>alert").text


def test_its_feature_tests_run_in_the_oldest_browsers():
    script = (Path(browsers.__file__).parents[1] / "static" / "compatibility.js").read_text()
    code = re.sub(r"//.*", "", script)
    assert not re.search(r"=>|\b(?:let|const|class|async)\b|`|\?\.", code)


def test_it_lists_supported_browsers_to_everybody(old):
    page = old.get("/supported-browsers/").text
    assert "<h1>Supported browsers</h1>" in page
    for name, version in (("Chrome", 111), ("Edge", 111), ("Firefox", 115), ("Safari", 16.4)):
        row = f'<tr><th scope="row">{name}</th><td>{version} or newer</td></tr>'
        assert page.count(row) == 1
    assert "Firefox 78: not supported." in page


def test_it_explains_what_needs_javascript(client):
    note = re.search(r"<noscript>(.*?)</noscript>", client.get("/sign-in/").text, re.DOTALL)[1]
    assert "You can do everything here without it, except chat" in note


def test_it_explains_cookies_to_a_browser_without_them(basic):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/sign-in/", {"user_id": basic.user_id, "password": basic.password})
    assert response.status_code == 403
    assert "<h2>Your browser did not send our cookie</h2>" in response.text
    client.get("/sign-in/")
    with_cookie = client.post("/sign-in/", {"user_id": basic.user_id})
    assert with_cookie.status_code == 403
    assert "did not send our cookie" not in with_cookie.text
