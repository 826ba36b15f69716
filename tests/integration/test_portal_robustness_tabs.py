"""Two tabs, the back button, a double click and a refresh, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from portalwatch.browsers import RunningBrowser
from tests.integration.portal_forms import Visitor
from tests.integration.robust_portal import (
    APPLICANT,
    RobustPortal,
    begun_application,
    begun_sale,
    signed_in,
)

# Each signs in with the password alone, and belongs to the same practice.
OWNER = "basic"


@pytest.fixture
def browser(chromium: RunningBrowser, robust: RobustPortal) -> Iterator[BrowserContext]:
    with chromium.browser.new_context(base_url=robust.url) as context:
        yield context


@pytest.fixture
def visitor(robust: RobustPortal) -> Visitor:
    """Somebody signed in, whose session the browser shares."""
    return signed_in(robust, OWNER)


@pytest.fixture
def share(browser: BrowserContext, visitor: Visitor, robust: RobustPortal) -> Callable[[], Page]:
    """Opens tabs of a browser that is signed in."""
    browser.add_cookies(cookies(visitor, robust))
    return browser.new_page


def cookies(visitor: Visitor, robust: RobustPortal) -> list[dict[str, str]]:
    return [{"name": n, "value": v, "url": robust.url} for n, v in visitor.client.cookies.items()]


def heading(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def clicked_twice(page: Page, name: str) -> None:
    """Two submissions at once, as without the script that holds back the second."""
    page.get_by_role("button", name=name, exact=True).evaluate(
        "button => { const form = button.form; delete form.dataset.submitOnce;"
        " form.submit(); form.submit(); }"
    )


def count(visitor: Visitor, path: str) -> int:
    return int(re.search(r" of (\d+)</p>", visitor.client.get(path).text)[1])


# --- A sale


def test_a_sale_confirmed_in_two_tabs_is_posted_once(share, visitor):
    confirm, before = begun_sale(visitor), count(visitor, "/transactions/")
    first, second = share(), share()
    for tab in (first, second):
        tab.goto(confirm)
    for tab in (first, second):
        press(tab, "Post sale")
        tab.wait_for_url("**/receipt/")
    assert first.url == second.url
    second.go_back()
    second.wait_for_url("**/receipt/")  # the form is not shown again
    second.reload()
    assert count(visitor, "/transactions/") == before + 1


def test_a_sale_sent_twice_at_once_is_posted_once(share, visitor):
    confirm, before = begun_sale(visitor), count(visitor, "/transactions/")
    tab = share()
    tab.goto(confirm)
    clicked_twice(tab, "Post sale")
    tab.wait_for_url("**/receipt/")
    assert count(visitor, "/transactions/") == before + 1


def test_a_sale_that_was_changed_in_another_tab_is_shown_again_first(share, visitor):
    confirm, before = begun_sale(visitor, "250.00"), count(visitor, "/transactions/")
    first, second = share(), share()
    first.goto(confirm)
    second.goto(confirm.replace("/confirm/", "/details/"))
    second.get_by_label("Amount").fill("300.00")
    press(second, "Continue")
    second.wait_for_url("**/plan/")
    press(first, "Post sale")
    expect(first.get_by_role("alert")).to_contain_text("The sale was changed in another tab.")
    expect(first.get_by_text("$300.00").first).to_be_visible()
    assert count(visitor, "/transactions/") == before
    press(first, "Post sale")
    first.wait_for_url("**/receipt/")
    expect(first.get_by_text("$300.00").first).to_be_visible()


def test_who_signed_out_in_another_tab_is_told_so(share, visitor):
    confirm = begun_sale(visitor)
    first, second = share(), share()
    first.goto(confirm)
    second.goto("/dashboard/")
    press(second, "Sign out")
    heading(second, "You have signed out")
    heading(first, "Sign in")  # by itself: what it showed is for nobody else to see
    expect(first.get_by_text("You have signed out in another tab.")).to_be_visible()


def test_a_sale_is_not_posted_by_who_signed_out_in_another_tab(chromium, visitor, robust):
    """Without scripts, the page that was left open is still there."""
    confirm = begun_sale(visitor)
    with chromium.browser.new_context(base_url=robust.url, java_script_enabled=False) as context:
        context.add_cookies(cookies(visitor, robust))
        tab = context.new_page()
        tab.goto(confirm)
        visitor.send(next(f for f in visitor.page("/account/").forms if f.action == "/sign-out/"))
        press(tab, "Post sale")
        heading(tab, "Sign in")
        expect(tab.get_by_text("Your session has ended.")).to_be_visible()
        tab.get_by_label("User ID").fill(robust.accounts[OWNER]["user_id"])
        tab.get_by_label("Password", exact=True).fill(robust.accounts[OWNER]["password"])
        press(tab, "Sign in")
        heading(tab, re.compile("^Welcome, "))
        tab.goto(confirm)  # which is as it was left
        press(tab, "Post sale")
        tab.wait_for_url("**/receipt/")


# --- A refund


def test_a_refund_is_not_given_twice(share, visitor):
    sale = visitor.fill(begun_sale(visitor)).headers["location"].replace("receipt/", "refund/")
    first, second = share(), share()
    for tab in (first, second):
        tab.goto(sale)
    clicked_twice(first, "Post refund")
    first.wait_for_url("**/receipt/")
    press(second, "Post refund")  # all of it, which is gone
    second.wait_for_url(sale.replace("refund/", ""))
    expect(second.get_by_text("Refund of")).to_have_count(0)
    first.go_back()
    first.wait_for_url(sale.replace("refund/", ""))  # nothing is left to refund
    expect(first.get_by_role("link", name=re.compile("Refund"))).to_have_count(0)


# --- An application


def test_an_application_sent_twice_is_decided_once(share, visitor):
    review, before = begun_application(visitor), count(visitor, "/patients/")
    first, second = share(), share()
    for tab in (first, second):
        tab.goto(review)
        tab.get_by_label("The patient has read the disclosures").check()
    for tab in (first, second):
        press(tab, "Submit application")
        tab.wait_for_url("**/decision/")
    first.go_back()
    first.wait_for_url("**/decision/")
    assert count(visitor, "/patients/") == before + 1


def test_an_application_that_was_changed_in_another_tab_is_shown_again_first(share, visitor):
    review = begun_application(visitor)
    first, second = share(), share()
    first.goto(review)
    first.get_by_label("The patient has read the disclosures").check()
    second.goto(review.replace("/review/", "/treatment/"))
    second.get_by_label("Amount to finance").fill("9000")
    press(second, "Save and continue")
    second.wait_for_url("**/review/")
    press(first, "Submit application")
    expect(first.get_by_role("alert")).to_contain_text("was changed in another tab")
    expect(first.get_by_text("$9,000").first).to_be_visible()
    expect(first.get_by_label("The patient has read the disclosures")).not_to_be_checked()


def test_an_application_begun_twice_at_once_is_one(share, visitor):
    before = count(visitor, "/applications/")
    tab = share()
    tab.goto("/applications/new/")
    for name, text in APPLICANT["patient"].items():
        tab.locator(f"[name={name}]").fill(text)
    clicked_twice(tab, "Save and continue")
    tab.wait_for_url("**/contact/**")
    assert count(visitor, "/applications/") == before + 1


# --- A request to support


def _fill_request(tab: Page, subject: str) -> None:
    tab.get_by_label("Topic").select_option("other")
    tab.get_by_label("Subject").fill(subject)
    tab.get_by_label("Message").and_(tab.locator("textarea[name=message]")).fill("What now?")


def test_a_request_sent_twice_is_one_and_survives_a_refresh(share, visitor):
    tab = share()
    tab.goto("/support/")
    _fill_request(tab, "Sent twice")
    clicked_twice(tab, "Send request")
    tab.wait_for_url("**/support/requests/**")
    tab.reload()
    expect(tab.get_by_text("Sent twice")).to_have_count(1)
    assert visitor.client.get("/support/").text.count("Sent twice") == 1


def test_a_refresh_of_a_refused_request_refuses_it_again(share, visitor):
    tab = share()
    tab.goto("/support/")
    _fill_request(tab, "Without a message")
    tab.locator("textarea[name=message]").fill("")
    press(tab, "Send request")
    expect(tab.get_by_role("alert")).to_contain_text("Enter your message")
    tab.reload()
    expect(tab.get_by_role("alert")).to_contain_text("Enter your message")
    expect(tab.get_by_label("Subject")).to_have_value("Without a message")
    assert "Without a message" not in visitor.client.get("/support/").text
