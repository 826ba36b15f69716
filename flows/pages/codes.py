"""The second factor: at the sign-in, and where it is set up."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

from flows.pages.common import error_summary, heading
from flows.pages.inside import greeting

CODE = "/sign-in/code/"
SECURITY = "/account/security/"
NEW_BACKUP_CODES = "/account/security/change/new-backup-codes/"


# How long a code or a link is good for, as the message that brings it says.
LIFETIME = re.compile(r"It works once, (?:and )?for (\d+ (?:second|minute|hour)s?)")


def code(page: Page) -> Locator:
    return page.locator("input[autocomplete=one-time-code]")


def code_heading(page: Page) -> Locator:
    return heading(page, "Enter your code")


def settled(page: Page) -> Locator:
    """What came of a password or a code: inside, the page for the code, or a refusal."""
    return greeting(page).or_(code_heading(page)).or_(error_summary(page))


def trust_this_device(page: Page) -> Locator:
    return page.get_by_role("checkbox", name="Do not ask again on this device")


def continue_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Continue", exact=True)


def cancel_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Cancel and return to sign in")


def another_way_link(page: Page) -> Locator:
    return page.get_by_role("link", name="Try another way")


def backup_code_way(page: Page) -> Locator:
    return page.get_by_role("button", name="Use a backup code")


def email_way(page: Page) -> Locator:
    return page.get_by_role("button", name="Email a code to")


def new_code_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Send a new code")


def new_code_allowed(page: Page) -> Locator:
    return page.get_by_text("You can ask for a new code now.")


def code_note(page: Page) -> Locator:
    """What came of asking for another code."""
    return page.get_by_role("status")


def backup_code_heading(page: Page) -> Locator:
    return heading(page, "Enter a backup code")


def current_password(page: Page) -> Locator:
    return page.get_by_label("Current password", exact=True)


def make_backup_codes_button(page: Page) -> Locator:
    return page.get_by_role("main").locator("form").get_by_role("button").last


def backup_codes(page: Page) -> Locator:
    return page.get_by_role("list", name="Backup codes").get_by_role("listitem")


def forget_devices_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Forget trusted devices")


def no_trusted_device(page: Page) -> Locator:
    return page.get_by_text("None: we ask for a code on every device.")
