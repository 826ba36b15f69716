"""Reports over a range of days."""

from __future__ import annotations

from flows import pages
from portalwatch.journey import Journey


def open_range(journey: Journey, label: str) -> None:
    """Go to the reports, and choose one of the ranges that are offered."""
    page = journey.page
    page.goto(pages.REPORTS)
    pages.range_link(page, label).click()


def show_days(journey: Journey, first: str, last: str) -> None:
    """Ask for a range of one's own, as "2026-03-01"."""
    page = journey.page
    pages.first_day(page).fill(first)
    pages.last_day(page).fill(last)
    pages.show_report_button(page).click()
