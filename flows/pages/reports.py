"""Reports: the range of days, the figures, the files."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

REPORTS = "/reports/"


def range_link(page: Page, label: str) -> Locator:
    return page.get_by_role("navigation", name="Date ranges").get_by_role("link", name=label)


def chosen_range(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Date ranges").locator("[aria-current=true]")


def first_day(page: Page) -> Locator:
    return page.get_by_label("From", exact=True)


def last_day(page: Page) -> Locator:
    return page.get_by_label("To", exact=True)


def show_report_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Show report")


def key_figures(page: Page) -> Locator:
    return page.get_by_role("region", name="Key figures")


def tile_note(tile: Locator) -> Locator:
    """What stands small below a figure: "12 sales"."""
    return tile.locator(".tile-note")


def periods(page: Page) -> Locator:
    """The table of figures, a row a day, week or month, and the total last."""
    return page.get_by_role("table", name=re.compile(r"^Figures by "))


def csv_link(page: Page) -> Locator:
    return page.get_by_role("link", name="Download CSV")


def report_pdf_link(page: Page) -> Locator:
    return page.get_by_role("link", name="Download PDF")
