"""What pages of every part have in common."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page


def heading(page: Page, name: str | re.Pattern[str]) -> Locator:
    return page.get_by_role("heading", level=1, name=name)


def any_heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def error_summary(page: Page) -> Locator:
    return page.get_by_role("alert")


def main(page: Page) -> Locator:
    return page.get_by_role("main")


def not_found_heading(page: Page) -> Locator:
    return heading(page, "Page not found")


def body_rows(table: Locator) -> Locator:
    return table.locator("tbody tr")


def row_links(table: Locator) -> Locator:
    """What the rows of a table lead to."""
    return table.locator("tbody").get_by_role("link")


def cells(table: Locator, column: int) -> Locator:
    """Those of the ``column``, counted from 1, in every row below the head."""
    return table.locator(f"tbody tr > :nth-child({column})")


def fact(page: Page, name: str) -> Locator:
    """The value that a list of facts, or of figures, has under ``name``."""
    pair = page.get_by_role("main").locator("dl > div")
    return pair.filter(has=page.locator("dt", has_text=re.compile(f"^{name}$"))).locator("dd")


def paging(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Pages")


def next_page_link(page: Page) -> Locator:
    return paging(page).get_by_role("link", name="Next page")


def cell(row: Locator, column: int) -> Locator:
    """That of the ``column``, counted from 1, in one row."""
    return row.locator(f":scope > :nth-child({column})")
