"""Materials, guides, and questions asked often."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

RESOURCES = "/resources/"

GUIDE, GUIDE_SAYS = "Getting started with the portal", "Sign in for the first time"


def guide_link(page: Page, title: str) -> Locator:
    guides = page.get_by_role("region", name="Training guides")
    return guides.get_by_role("link", name=title)


def guide_links(page: Page) -> Locator:
    return page.get_by_role("region", name="Training guides").get_by_role("link")


def question_search(page: Page) -> Locator:
    return page.get_by_label("Search the questions", exact=True)


def questions(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("heading", level=3)


def found_words(page: Page) -> Locator:
    return page.get_by_role("main").locator("mark")
