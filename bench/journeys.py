"""The same journey three ways: sign in, enter the code, reach the dashboard, sign out."""

from __future__ import annotations

import pyotp
from playwright import async_api, sync_api

from portalwatch.account import Account


def raw(browser: sync_api.Browser, base_url: str, account: Account) -> None:
    """As a script on the synchronous API, in a fresh context of a warm browser."""
    with browser.new_context(base_url=base_url) as context:
        page = context.new_page()
        page.goto("/sign-in/")
        page.get_by_label("User ID", exact=True).fill(account.user_id)
        page.get_by_label("Password", exact=True).fill(_password(account))
        page.get_by_role("button", name="Sign in", exact=True).click()
        field = page.locator("input[autocomplete=one-time-code]")
        field.wait_for()
        field.fill(_code(account))
        page.get_by_role("button", name="Continue", exact=True).click()
        greeting = page.get_by_role("heading", level=1, name="Welcome, ")
        sync_api.expect(greeting).to_contain_text(account.name)
        page.get_by_role("button", name="Sign out", exact=True).click()
        out = page.get_by_role("heading", level=1, name="You have signed out")
        sync_api.expect(out).to_be_visible()


async def raw_async(browser: async_api.Browser, base_url: str, account: Account) -> None:
    """As a script on the asynchronous API, which runs several contexts over one driver."""
    context = await browser.new_context(base_url=base_url)
    page = await context.new_page()
    await page.goto("/sign-in/")
    await page.get_by_label("User ID", exact=True).fill(account.user_id)
    await page.get_by_label("Password", exact=True).fill(_password(account))
    await page.get_by_role("button", name="Sign in", exact=True).click()
    field = page.locator("input[autocomplete=one-time-code]")
    await field.wait_for()
    await field.fill(_code(account))
    await page.get_by_role("button", name="Continue", exact=True).click()
    greeting = page.get_by_role("heading", level=1, name="Welcome, ")
    await async_api.expect(greeting).to_contain_text(account.name)
    await page.get_by_role("button", name="Sign out", exact=True).click()
    out = page.get_by_role("heading", level=1, name="You have signed out")
    await async_api.expect(out).to_be_visible()
    await context.close()


def _password(account: Account) -> str:
    assert account.password is not None
    return account.password.reveal()


def _code(account: Account) -> str:
    assert account.totp_secret is not None
    return pyotp.TOTP(account.totp_secret.reveal()).now()
