"""The way in and out: the sign-in, the lock, a password that has expired, cookies."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from flows.pages.common import heading

SIGN_IN = "/sign-in/"
SIGN_OUT = "/sign-out/"
CLEAR_COOKIES = "/clear-cookies/"

LOCK_TRIES = 5  # wrong passwords and codes in a row that lock an account
SESSION_COOKIES = ("session", "__Host-session")  # the second one where there is TLS


def user_id(page: Page) -> Locator:
    return page.get_by_label("User ID", exact=True)


def password(page: Page) -> Locator:
    return page.get_by_label("Password", exact=True)


def show_password_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Show password")


def hide_password_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Hide password")


def remember_me(page: Page) -> Locator:
    return page.get_by_role("checkbox", name="Remember me on this device")


def forget_user_id_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Forget this User ID")


def sign_in_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Sign in", exact=True)


def sign_in_heading(page: Page) -> Locator:
    return heading(page, "Sign in")


def session_ended_note(page: Page) -> Locator:
    return page.get_by_text("Your session has ended.")


def sign_out_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Sign out", exact=True)


def signed_out_heading(page: Page) -> Locator:
    return heading(page, "You have signed out")


def new_password_heading(page: Page) -> Locator:
    return heading(page, "Set a new password")


def clear_cookies_link(page: Page) -> Locator:
    return page.get_by_role("link", name="Clear your cookies")


def clear_cookies_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Clear cookies and start again")


def cookies_cleared_heading(page: Page) -> Locator:
    return heading(page, "Your cookies are cleared")


def go_to_sign_in_link(page: Page) -> Locator:
    return page.get_by_role("link", name="Go to sign in")
