"""Pages for everybody: the portal's status, and what browsers it is made for."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

from flows.pages.common import heading

STATUS = "/status/"
# For staff: the pages that stand in for the portal when it cannot be used.
MAINTENANCE_PREVIEW = "/status/preview/maintenance/"
OUTAGE_PREVIEW = "/status/preview/outage/"
NOWHERE = "/a-page-that-is-not-there/"
SUPPORTED_BROWSERS = "/supported-browsers/"

OLD_BROWSER = (
    "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/49.0.2623.112 Safari/537.36"
)


def status_heading(page: Page) -> Locator:
    return heading(page, "Portal status")


def component_states(page: Page) -> Locator:
    """What the status page says of each part of the portal."""
    parts = page.get_by_role("region", name="Components").get_by_role("listitem")
    return parts.locator(".state")


def announced_maintenance(page: Page) -> Locator:
    return page.get_by_role("region", name="Planned maintenance")


def maintenance_heading(page: Page) -> Locator:
    return heading(page, "We are working on the portal")


def planned_end(page: Page) -> Locator:
    """When the page under maintenance says that the portal opens again."""
    return (
        page.get_by_role("main").locator("p", has_text="We plan to open again by").locator("time")
    )


def outage_heading(page: Page) -> Locator:
    return heading(page, "The portal is not available")


def status_link(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("link", name="See the portal’s status")


def call_support_link(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("link", name=re.compile(r"^[\d ()-]+$"))


def not_found_heading(page: Page) -> Locator:
    return heading(page, "Page not found")


def way_on_link(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("link", name="Go to the dashboard")


def unsupported_heading(page: Page) -> Locator:
    return heading(page, "Your browser is not supported")


def see_supported_browsers_link(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("link", name="See supported browsers")


def continue_anyway_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Continue anyway")


def supported_browsers(page: Page) -> Locator:
    return page.get_by_role("table", name="Browsers and versions")


def this_browser(page: Page) -> Locator:
    """What the page says of the browser that it is shown in."""
    return page.get_by_role("main").locator("p", has_text="Your browser").first
