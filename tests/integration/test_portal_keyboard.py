"""The portal by keyboard alone: what has the focus is seen, and everything can be reached."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Locator, Page, expect

from portalwatch.browsers import RunningBrowser
from tests.integration.test_portal_messages import running

MOST_TABS = 70
# False where nobody could tell what has the focus: no outline, or out of sight.
_IS_SEEN = """() => {
    const focused = document.activeElement;
    if (focused === document.body || focused.matches("main, [data-error-summary]")) return true;
    const {outlineStyle, outlineWidth} = getComputedStyle(focused);
    const {top, bottom, left, right} = focused.getBoundingClientRect();
    const isOnScreen = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && isOnScreen;
}"""


@pytest.fixture(scope="module")
def portal() -> Iterator[dict]:
    with running() as started:
        yield started


@pytest.fixture
def page(chromium: RunningBrowser, portal: dict) -> Iterator[Page]:
    with chromium.browser.new_context(base_url=portal["url"]) as context:
        yield context.new_page()


def tab_to(page: Page, wanted: Locator) -> None:
    """Presses Tab until ``wanted`` has the focus; whatever has it in between is seen, too."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        assert page.evaluate(_IS_SEEN), page.evaluate("document.activeElement.outerHTML")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not come to {wanted}")


def enter(page: Page, role: str, name: str) -> None:
    """Goes to a link or button by Tab and presses Enter on it."""
    tab_to(page, page.get_by_role(role, name=name, exact=True).first)
    page.keyboard.press("Enter")


def write(page: Page, label: str, text: str) -> None:
    tab_to(page, page.get_by_label(label, exact=True))
    page.keyboard.type(text)


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def sign_in(page: Page, account: dict) -> None:
    page.goto("/sign-in/")
    write(page, "User ID", account["user_id"])
    write(page, "Password", account["password"])
    page.keyboard.press("Enter")


def enter_portal(page: Page, portal: dict) -> None:
    account = portal["accounts"]["basic"]
    sign_in(page, account)
    heading(page, f"Welcome, {account['name']}")


def test_somebody_signs_in_with_a_code_and_finds_the_way_around(page, portal):
    account = portal["accounts"]["totp"]
    sign_in(page, account)
    heading(page, "Enter your code")
    write(page, "6-digit code", pyotp.TOTP(account["totp"]).now())
    page.keyboard.press("Enter")
    heading(page, f"Welcome, {account['name']}")
    for part in ("Patients", "Reports", "Support", "Dashboard"):
        enter(page, "link", part)
        expect(page.get_by_role("link", name=part, exact=True).first).to_have_attribute(
            "aria-current", "page"
        )
    enter(page, "button", "Sign out")
    heading(page, "You have signed out")


def test_the_first_tab_leads_past_the_navigation(page, portal):
    enter_portal(page, portal)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_an_application_is_made_with_a_mistake_on_the_way(page, portal):
    enter_portal(page, portal)
    page.goto("/applications/")
    enter(page, "link", "New application")
    heading(page, "Patient")
    enter(page, "button", "Save and continue")
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.locator("[data-error-summary]")).to_be_focused()
    enter(page, "link", "Enter the patient’s first name")
    expect(page.get_by_label("First name")).to_be_focused()
    page.keyboard.type("Grace")
    write(page, "Last name", "Bellamy")
    write(page, "Date of birth", "03271984")
    page.keyboard.press("Enter")
    heading(page, "Contact")


def test_a_sale_is_made(page, portal):
    enter_portal(page, portal)
    page.goto("/transactions/")
    enter(page, "link", "New sale")
    heading(page, "New sale")
    write(page, "Find the patient’s account", "Ba")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Accounts found")).to_be_visible()
    tab_to(page, page.locator("tbody a").first)
    page.keyboard.press("Enter")
    heading(page, "Sale details")
    write(page, "Amount", "500")
    write(page, "Description", "Root canal")
    page.keyboard.press("Enter")
    heading(page, "Choose a payment plan")
    plans = page.get_by_role("radio")
    tab_to(page, plans.first)
    page.keyboard.press("ArrowDown")
    expect(plans.nth(1)).to_be_checked()
    page.keyboard.press("ArrowUp")
    expect(plans.first).to_be_checked()
    page.keyboard.press("Enter")
    heading(page, "Check the sale")
    enter(page, "button", "Post sale")
    heading(page, "Sale complete")


def test_the_warning_before_the_end_of_a_session_keeps_the_focus_and_gives_it_back(page, portal):
    enter_portal(page, portal)
    page.clock.install()
    page.goto("/applications/new/")
    write(page, "First name", "Grace")
    page.clock.fast_forward("13:30")
    warning = page.get_by_role("dialog", name="Are you still there?")
    expect(warning.get_by_role("heading")).to_be_focused()
    for name in ("Stay signed in", "Sign out now"):
        page.keyboard.press("Tab")
        expect(warning.get_by_role("button", name=name)).to_be_focused()
        assert page.evaluate(_IS_SEEN)
    # Past the last button, the focus may leave for the browser's own controls, never the page's.
    page.keyboard.press("Tab")
    assert page.evaluate(
        "document.activeElement === document.body || document.activeElement.closest('dialog')"
    )
    page.keyboard.press("Escape")
    expect(warning).to_be_hidden()
    expect(page.get_by_label("First name")).to_be_focused()
    expect(page.get_by_label("First name")).to_have_value("Grace")
