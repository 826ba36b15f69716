"""Every locator, path and text of the portal: the one file that a redesign of it touches."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

from portalwatch.diagnosis import PortalSays
from portalwatch.model import Cause

SIGN_IN = "/sign-in/"
DASHBOARD = "/dashboard/"
ACCOUNT = "/account/"

# What the portal says when something is wrong, and what that means for whoever is on call.
PORTAL_SAYS = (
    PortalSays(r"User ID or password is incorrect", Cause.INVALID_CREDENTIALS),
    PortalSays(r"temporarily locked", Cause.ACCOUNT_LOCKED),
    PortalSays(r"account is (suspended|inactive)", Cause.ACCOUNT_SUSPENDED),
    PortalSays(r"code is not right", Cause.SECOND_FACTOR_REJECTED),
    PortalSays(r"code has already been used", Cause.SECOND_FACTOR_REJECTED),
    PortalSays(r"too many (wrong )?codes", Cause.SECOND_FACTOR_REJECTED),
    PortalSays(r"something went wrong", Cause.SERVER_ERROR, selector="h1"),
)


def heading(page: Page, name: str | re.Pattern[str]) -> Locator:
    return page.get_by_role("heading", level=1, name=name)


def error_summary(page: Page) -> Locator:
    return page.get_by_role("alert")


def user_id(page: Page) -> Locator:
    return page.get_by_label("User ID", exact=True)


def password(page: Page) -> Locator:
    return page.get_by_label("Password", exact=True)


def sign_in_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Sign in", exact=True)


def sign_in_heading(page: Page) -> Locator:
    return heading(page, "Sign in")


def code(page: Page) -> Locator:
    return page.locator("input[autocomplete=one-time-code]")


def code_heading(page: Page) -> Locator:
    return heading(page, "Enter your code")


def continue_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Continue", exact=True)


def cancel_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Cancel and return to sign in")


def greeting(page: Page) -> Locator:
    return heading(page, re.compile(r"^Welcome, "))


def summary_tiles(page: Page) -> Locator:
    return page.get_by_role("region", name="Summary").get_by_role("term")


def recent_activity(page: Page) -> Locator:
    return page.get_by_role("table", name="Recent activity")


def sign_out_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Sign out", exact=True)


def signed_out_heading(page: Page) -> Locator:
    return heading(page, "You have signed out")
