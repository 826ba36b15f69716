from __future__ import annotations

from playwright.sync_api import expect

from flows import browser, login, pages
from portalwatch.journey import Journey


def check_old_browser_is_told_and_let_on(journey: Journey) -> None:
    """Who comes with an old browser is told so, sees what is supported, and may go on."""
    page = journey.page
    with journey.step("come with an old browser"):
        browser.call_itself(journey, pages.OLD_BROWSER)
        login.open_sign_in(journey)
        expect(pages.unsupported_heading(page)).to_be_visible()
    with journey.step("see what is supported"):
        pages.see_supported_browsers_link(page).click()
        expect(pages.this_browser(page)).to_contain_text("not supported")
    with journey.step("go on all the same"):
        page.go_back()
        pages.continue_anyway_button(page).click()
        expect(pages.sign_in_heading(page)).to_be_visible()


def check_supported_browsers_are_listed(journey: Journey) -> None:
    """The portal says which browsers it is made for, and this one is among them."""
    page = journey.page
    with journey.step("open the page"):
        browser.open_supported_browsers(journey)
    with journey.step("find the browsers"):
        for name in ("Chrome", "Edge", "Firefox", "Safari"):
            expect(pages.supported_browsers(page)).to_contain_text(name)
        expect(pages.this_browser(page)).to_contain_text(": supported")
