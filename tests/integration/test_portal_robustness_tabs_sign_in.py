"""The way in and back in, in two tabs of a real browser, with the back button and in haste."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from portalwatch.browsers import RunningBrowser
from tests.integration.robust_portal import RobustPortal, mailed_link

WELCOME = re.compile("^Welcome, ")


@pytest.fixture
def browser(chromium: RunningBrowser, robust: RobustPortal) -> Iterator[BrowserContext]:
    with chromium.browser.new_context(base_url=robust.url) as context:
        yield context


def at(browser: BrowserContext, path: str) -> Page:
    tab = browser.new_page()
    tab.goto(path)
    return tab


def heading(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def give_password(page: Page, account: dict[str, str]) -> None:
    page.get_by_label("User ID").fill(account["user_id"])
    page.get_by_label("Password", exact=True).fill(account["password"])
    press(page, "Sign in")


def give_code(page: Page, code: str) -> None:
    page.get_by_label("6-digit code").fill(code)
    press(page, "Continue")


def test_a_second_tab_that_signs_in_too_is_in(browser, robust):
    account = robust.accounts["basic"]
    first, second = at(browser, "/sign-in/"), at(browser, "/sign-in/?next=/patients/")
    give_password(first, account)
    heading(first, WELCOME)
    give_password(second, account)
    heading(second, "Patients")
    first.reload()
    heading(first, WELCOME)


def test_nobody_becomes_another_by_a_sign_in_form_left_open(browser, robust):
    """The first sign-in holds; the second tab shows whose it is."""
    first, second = at(browser, "/sign-in/"), at(browser, "/sign-in/")
    give_password(first, robust.accounts["basic"])
    heading(first, WELCOME)
    give_password(second, robust.accounts["lockout"])
    heading(second, f"Welcome, {robust.accounts['basic']['name']}")


def test_the_back_button_shows_no_sign_in_to_who_is_in(browser, robust):
    tab = at(browser, "/sign-in/")
    give_password(tab, robust.accounts["basic"])
    heading(tab, WELCOME)
    tab.go_back()
    heading(tab, WELCOME)


def test_a_refresh_of_a_refused_sign_in_refuses_it_again(browser, robust):
    tab = at(browser, "/sign-in/")
    give_password(tab, {**robust.accounts["basic"], "password": "not-the-password"})
    expect(tab.get_by_role("alert")).to_contain_text("The User ID or password is incorrect.")
    tab.reload()
    expect(tab.get_by_role("alert")).to_contain_text("The User ID or password is incorrect.")
    give_password(tab, robust.accounts["basic"])
    heading(tab, WELCOME)


def test_a_code_given_in_two_tabs_signs_in_once_and_shows_both_the_way(browser, robust):
    account = robust.accounts["totp_2"]
    first = at(browser, "/sign-in/")
    give_password(first, account)
    heading(first, "Enter your code")
    second = at(browser, "/sign-in/code/")
    code = pyotp.TOTP(account["totp"]).now()
    give_code(first, code)
    heading(first, WELCOME)
    give_code(second, code)
    heading(second, WELCOME)
    second.go_back()
    heading(second, WELCOME)


def test_a_code_after_cancelling_in_another_tab_says_why_it_is_not_taken(browser, robust):
    account = robust.accounts["totp_3"]
    first = at(browser, "/sign-in/")
    give_password(first, account)
    heading(first, "Enter your code")
    second = at(browser, "/sign-in/code/")
    press(second, "Cancel and return to sign in")
    heading(second, "Sign in")
    give_code(first, pyotp.TOTP(account["totp"]).now())
    heading(first, "Sign in")
    expect(first.get_by_text("Your sign-in took too long. Sign in again.")).to_be_visible()
    give_password(first, account)
    heading(first, "Enter your code")  # the code was not used up
    give_code(first, pyotp.TOTP(account["totp"]).now())
    heading(first, WELCOME)


def test_two_sign_ins_begun_in_two_tabs_are_one_person(browser, robust):
    """The second tab's password counts: its code opens its account, in both tabs."""
    # Not among the fifty who sign in at once: a code is good for one sign-in of its account.
    others = robust.accounts["parallel-051"]
    account = robust.accounts["parallel-052"]
    first, second = at(browser, "/sign-in/"), at(browser, "/sign-in/")
    give_password(first, others)
    heading(first, "Enter your code")
    give_password(second, account)
    heading(second, "Enter your code")
    give_code(second, pyotp.TOTP(account["totp"]).now())
    heading(second, f"Welcome, {account['name']}")
    give_code(first, pyotp.TOTP(others["totp"]).now())
    heading(first, f"Welcome, {account['name']}")


def test_a_recovery_link_opened_in_two_tabs_sets_one_password(browser, robust):
    account = robust.accounts["recovery"]

    def ask() -> None:
        tab = at(browser, "/recovery/password/")
        tab.get_by_label("User ID").fill(account["user_id"])
        press(tab, "Continue")
        heading(tab, "Check your email")

    link = mailed_link(robust, account, ask)
    first, second = at(browser, link), at(browser, link)
    new = {"password": "Meadow-Lantern-Quiet-48", "user_id": account["user_id"]}
    for tab in (first, second):
        heading(tab, "Set a new password")
    first.get_by_label("New password").fill(new["password"])
    press(first, "Save new password")
    first.wait_for_url("**/recovery/done/")
    second.get_by_label("New password").fill("Another-Lantern-Quiet-49")
    press(second, "Save new password")
    expect(second.get_by_label("New password")).to_have_count(0)
    first.go_back()
    expect(first.get_by_label("New password")).to_have_count(0)
    first.goto("/sign-in/")
    give_password(first, new)
    heading(first, WELCOME)
