"""Codes on their way: out of ``python -m portal`` by SMTP and HTTP, and back in by a browser."""

from __future__ import annotations

import http.client
import json
import mailbox
import re
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect

from portalwatch.browsers import RunningBrowser
from tests.integration.portal_process import portal_process
from tests.waiting import wait_until

SECONDS = 10


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[dict[str, Any]]:
    with portal_process(*arguments, environment=environment) as (process, said):
        yield said
    assert process.returncode == 0


@pytest.fixture(scope="module")
def portal() -> Iterator[dict[str, Any]]:
    with running(PORTAL_RESEND_SECONDS="1") as started:
        yield started


@pytest.fixture
def tab(chromium: RunningBrowser, portal: dict[str, Any]) -> Iterator[Page]:
    with chromium.browser.new_context(base_url=portal["url"]) as context:
        page = context.new_page()
        troubles: list[str] = []
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        yield page
        assert troubles == []


def mailed(portal: dict[str, Any], to: str, but: str = "") -> str:
    """The code in a mail to ``to`` that is not ``but``."""

    def found() -> str | None:
        for message in mailbox.Maildir(portal["maildir"]):
            code = re.search(r"^\d{6}$", message.get_payload(decode=True).decode(), re.MULTILINE)
            if message["Delivered-To"] == to and code and code[0] != but:
                return code[0]
        return None

    return wait_until(found, seconds=SECONDS, what=f"a code is mailed to {to}")


def texted(portal: dict[str, Any], to: str) -> str:
    def found() -> str | None:
        connection = http.client.HTTPConnection(portal["inbox"].removeprefix("http://"))
        connection.request("GET", f"/messages?{urllib.parse.urlencode({'to': to})}")
        texts = json.loads(connection.getresponse().read())
        connection.close()
        return texts[0]["text"][:6] if texts else None

    return wait_until(found, seconds=SECONDS, what=f"a code is texted to {to}")


def give_password(page: Page, account: dict[str, str]) -> None:
    page.goto("/")
    page.get_by_label("User ID").fill(account["user_id"])
    page.get_by_label("Password", exact=True).fill(account["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()


def give_code(page: Page, code: str, label: str = "6-digit code") -> None:
    page.get_by_label(label).fill(code)
    page.get_by_role("button", name="Continue").click()


def expect_welcome(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text("Welcome")


def test_a_code_travels_by_mail_and_another_after_a_while(tab, portal):
    account = portal["accounts"]["email_code"]
    give_password(tab, account)
    first = mailed(portal, account["email"])
    expect(tab.get_by_text("You can ask for a new code now.")).to_be_visible()
    tab.get_by_role("button", name="Send a new code").click()
    expect(tab.get_by_role("status")).to_contain_text("We have sent a new code.")
    give_code(tab, mailed(portal, account["email"], but=first))
    expect_welcome(tab)


def test_a_code_travels_by_text_and_the_device_is_trusted(tab, portal):
    account = portal["accounts"]["sms_code"]
    give_password(tab, account)
    tab.get_by_label("Do not ask again on this device for 30 days").check()
    give_code(tab, texted(portal, account["phone"]))
    expect_welcome(tab)
    tab.get_by_role("button", name="Sign out").click()
    give_password(tab, account)
    expect_welcome(tab)
    tab.goto("/account/")
    tab.get_by_role("button", name="Forget trusted devices").click()
    expect(tab.get_by_role("status")).to_contain_text("asked for a code on every device again")
    tab.get_by_role("button", name="Sign out").click()
    give_password(tab, account)
    expect(tab.get_by_role("heading", name="Enter your code")).to_be_visible()


def test_a_backup_code_does_for_a_lost_phone(tab, portal):
    account = portal["accounts"]["all_factors"]
    give_password(tab, account)
    tab.get_by_role("link", name="Try another way").click()
    tab.get_by_role("button", name="Use a backup code").click()
    give_code(tab, account["backup_codes"][0], label="Backup code")
    expect_welcome(tab)


def test_an_app_is_set_up_and_asked_for(tab, portal):
    account = portal["accounts"]["no_factor_yet"]
    give_password(tab, account)
    tab.goto("/account/")
    tab.get_by_role("link", name="Manage two-factor authentication").click()
    tab.get_by_role("link", name="Set up an app").click()
    tab.get_by_label("Current password").fill(account["password"])
    tab.get_by_role("button", name="Continue").click()
    expect(tab.get_by_role("img", name="QR code")).to_be_visible()
    key = tab.locator("code.key").inner_text().replace(" ", "")
    tab.get_by_label("6-digit code").fill(pyotp.TOTP(key).now())
    tab.get_by_role("button", name="Turn on").click()
    expect(tab.get_by_role("status")).to_contain_text("Your authenticator app is on.")
    tab.get_by_role("button", name="Sign out").click()
    give_password(tab, account)
    expect(tab.get_by_role("heading", name="Enter your code")).to_be_visible()


def test_it_leaves_out_what_is_named(tmp_path):
    with running(PORTAL_SMTP="127.0.0.1:9", PORTAL_SMS_URL="http://127.0.0.1:9/") as started:
        assert started["inbox"] is None
        assert started["maildir"] is None


def test_it_begins_with_as_many_records_as_it_is_told(tmp_path):
    with running("--patients", "12", "--transactions", "60", "--data", str(tmp_path)) as started:
        assert started["accounts"]["basic"]["email"] == "amara.okafor@practice.example"
        assert started["maildir"] == str(tmp_path / "mail")
