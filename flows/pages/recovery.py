"""The way back to a forgotten User ID or password."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

from flows.pages.common import heading

FORGOT_USER_ID = "/recovery/user-id/"
FORGOT_PASSWORD = "/recovery/password/"  # noqa: S105 - a path

RECOVERY_LINK = re.compile(r"https?://\S+/recovery/link/\S+")
MAILED_USER_ID = re.compile(r"(?m)^  (\S+)$")


def email_address(page: Page) -> Locator:
    return page.get_by_label("Email address", exact=True)


def email_user_id_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Email me my User ID")


def way_back(page: Page, name: str) -> Locator:
    """ "Email me a link", or "Email me a code"."""
    return page.get_by_role("radio", name=name)


def check_your_email_heading(page: Page) -> Locator:
    return heading(page, "Check your email")


def mailed_code_heading(page: Page) -> Locator:
    return heading(page, "Enter the code from your email")


def new_password(page: Page) -> Locator:
    return page.get_by_label("New password", exact=True)


def save_password_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Save new password")


def password_changed_heading(page: Page) -> Locator:
    return heading(page, "Your password has been changed")


def used_link_heading(page: Page) -> Locator:
    return heading(page, re.compile("has already been used"))


def expired_heading(page: Page) -> Locator:
    """Of a link or of a code."""
    return heading(page, re.compile("has expired"))


def replaced_link_heading(page: Page) -> Locator:
    return heading(page, re.compile("has been replaced"))
