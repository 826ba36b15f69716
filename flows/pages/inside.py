"""The dashboard, what every page behind the sign-in has, and the provider's own account."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

from flows.pages.common import heading

DASHBOARD = "/dashboard/"
ACCOUNT = "/account/"

# How long a session lasts without a request, as the account page tells it.
IDLE_TIME = re.compile(r"You are signed out after (\d+ (?:second|minute|hour)s?) without activity")

# One page of each kind that only a provider who is signed in may see.
BEHIND_THE_SIGN_IN = (
    DASHBOARD,
    "/applications/",
    "/applications/new/",
    "/applications/existing/",
    "/transactions/",
    "/transactions/new-sale/",
    "/transactions/overdue/",
    "/plans/",
    "/patients/",
    "/reports/",
    "/reports/report.csv",
    "/reports/report.pdf",
    "/resources/",
    "/resources/faq/",
    "/resources/getting-started.pdf",
    "/support/",
    ACCOUNT,
    "/account/password/",
    "/account/security/",
)

# Each entry of the navigation, with the heading of the page that it opens.
NAVIGATION = (
    ("Dashboard", re.compile(r"^Welcome, ")),
    ("Applications", re.compile(r"^Applications$")),
    ("Transactions", re.compile(r"^Transactions$")),
    ("Patients", re.compile(r"^Patients$")),
    ("Reports", re.compile(r"^Reports$")),
    ("Resources", re.compile(r"^Resources$")),
    ("Support", re.compile(r"^Support$")),
    ("Account", re.compile(r"^Account$")),
)


def greeting(page: Page) -> Locator:
    return heading(page, re.compile(r"^Welcome, "))


def idle_note(page: Page) -> Locator:
    """What the account page tells of the time that a session lasts without a request."""
    return page.get_by_text(IDLE_TIME)


def navigation_link(page: Page, label: str) -> Locator:
    return page.get_by_role("navigation", name="Primary").get_by_role("link", name=label)


def summary_tiles(page: Page) -> Locator:
    return page.get_by_role("region", name="Summary").get_by_role("term")


def recent_activity(page: Page) -> Locator:
    return page.get_by_role("table", name="Recent activity")


ACTIVITY_AMOUNT = 5  # the column of the recent activity


def pending_alert_link(page: Page) -> Locator:
    alerts = page.get_by_role("region", name="Alerts")
    return alerts.get_by_role("link", name="See the applications")


def sessions(page: Page) -> Locator:
    return page.get_by_role("region", name="Sessions").get_by_role("listitem")


def sign_out_everywhere_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Sign out everywhere else")


def idle_warning(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Are you still there?")


def stay_signed_in_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Stay signed in")
