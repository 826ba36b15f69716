"""``python -m portal`` as a process of its own, used by a real browser."""

from __future__ import annotations

import http.client
import re
import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from portalwatch.browsers import RunningBrowser
from tests.integration.portal_process import portal_process


@dataclass(frozen=True)
class Portal:
    process: subprocess.Popen[str]
    url: str
    accounts: dict[str, dict[str, str]]


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[Portal]:
    with portal_process(*arguments, environment=environment) as (process, said):
        yield Portal(process, said["url"], said["accounts"])


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    began = time.perf_counter()
    with running("--accounts", "8") as portal:
        print(f"portal ready after {time.perf_counter() - began:.2f} s")
        yield portal


@pytest.fixture
def tab(chromium: RunningBrowser, portal: Portal) -> Iterator[Page]:
    with chromium.browser.new_context(base_url=portal.url) as context:
        page = context.new_page()
        troubles: list[str] = []
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        yield page
        assert troubles == []


class Visitor:
    """A browser's cookies and forms over plain HTTP, for what needs no browser."""

    def __init__(self, portal: Portal) -> None:
        address = urllib.parse.urlsplit(portal.url)
        self._connection = http.client.HTTPConnection(address.netloc, timeout=30)
        self._cookies: dict[str, str] = {}

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *raised: object) -> None:
        self._connection.close()

    def get(self, path: str) -> str:
        return self._ask("GET", path)

    def send(self, path: str, **fields: str) -> str:
        """Fetches the form at ``path`` and posts it; returns the body ("" for a redirect)."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path))[1]
        return self._ask("POST", path, csrfmiddlewaretoken=token, **fields)

    def _ask(self, method: str, path: str, **fields: str) -> str:
        headers = {"Cookie": "; ".join(f"{name}={v}" for name, v in self._cookies.items())}
        if fields:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, urllib.parse.urlencode(fields), headers)
        response = self._connection.getresponse()
        for line in response.headers.get_all("Set-Cookie", []):
            self._cookies |= {name: m.value for name, m in SimpleCookie(line).items()}
        return response.read().decode()


def give_password(page: Page, account: dict[str, str]) -> None:
    page.get_by_label("User ID").fill(account["user_id"])
    page.get_by_label("Password", exact=True).fill(account["password"])
    page.get_by_role("button", name="Sign in").click()


def give_code(page: Page, account: dict[str, str]) -> None:
    page.get_by_label("6-digit code").fill(pyotp.TOTP(account["totp"]).now())
    page.get_by_role("button", name="Continue").click()


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {node['html']}" for v in found for node in v["nodes"]]


def test_it_signs_a_provider_in_and_out(tab, portal):
    tab.goto("/")
    give_password(tab, portal.accounts["basic"])
    expect(tab.get_by_role("heading", level=1)).to_have_text("Welcome, Dr. Amara Okafor")
    expect(tab.get_by_role("table", name="Recent activity").get_by_role("row")).to_have_count(9)
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_role("heading", name="You have signed out")).to_be_visible()
    tab.go_back()
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()


def test_it_asks_for_a_code_and_goes_on_to_the_page_wanted(tab, portal):
    tab.goto("/account/")
    give_password(tab, portal.accounts["totp"])
    expect(tab.get_by_role("heading", name="Enter your code")).to_be_visible()
    give_code(tab, portal.accounts["totp"])
    expect(tab.get_by_role("heading", level=1)).to_have_text("Account")
    expect(tab.get_by_role("region", name="Security")).to_contain_text("On")


def test_it_moves_the_focus_to_what_is_wrong(tab):
    tab.goto("/sign-in/")
    tab.get_by_role("button", name="Sign in").click()
    summary = tab.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("heading")).to_have_text("There is a problem")
    summary.get_by_role("link", name="Enter your password").click()
    expect(tab.get_by_label("Password", exact=True)).to_be_focused()


def test_it_shows_and_hides_the_password(tab):
    tab.goto("/sign-in/")
    field = tab.get_by_label("Password", exact=True)
    field.fill("seen")
    tab.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "text")
    tab.get_by_role("button", name="Hide password").click()
    expect(field).to_have_attribute("type", "password")


def test_it_can_be_used_by_keyboard(tab, portal):
    account = portal.accounts["basic"]
    tab.goto("/sign-in/")
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Skip to main content")).to_be_focused()
    tab.get_by_label("User ID").focus()
    tab.keyboard.type(account["user_id"])
    tab.keyboard.press("Tab")
    tab.keyboard.type(account["password"])
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_contain_text("Welcome")
    menu = tab.locator("summary", has_text="Account menu")
    menu.focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("link", name="Profile and security")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("link", name="Profile and security")).to_be_hidden()
    expect(menu).to_be_focused()


def test_it_works_without_javascript(chromium, portal):
    with chromium.browser.new_context(base_url=portal.url, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        expect(page.get_by_role("button", name="Show password")).to_be_hidden()
        give_password(page, portal.accounts["basic"])
        expect(page.get_by_role("heading", level=1)).to_contain_text("Welcome")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="You have signed out")).to_be_visible()


def test_it_signs_eight_providers_in_at_once(portal):
    def greeting(account: dict[str, str]) -> str:
        with Visitor(portal) as visitor:
            visitor.send("/sign-in/", user_id=account["user_id"], password=account["password"])
            visitor.send("/sign-in/code/", code=pyotp.TOTP(account["totp"]).now())
            return re.search(r"<h1>(.*?)</h1>", visitor.get("/dashboard/"))[1]

    accounts = [portal.accounts[f"parallel-{number:03}"] for number in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        greetings = list(pool.map(greeting, accounts))
    assert greetings == [f"Welcome, {account['name']}" for account in accounts]
