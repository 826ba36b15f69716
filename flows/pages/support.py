"""Support: the telephone, and the live chat."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

from flows.pages.common import heading

SUPPORT = "/support/"

PHONE, PHONE_URI = "1-800-555-0142", "tel:+18005550142"
HOURS = {
    "Monday to Friday": "7 a.m. – 9 p.m. CT",
    "Saturday": "8 a.m. – 5 p.m. CT",
    "Sunday": "Closed",
}
A_QUESTION = "Please send me the statement of last month once more."
HOURS_QUESTION, HOURS_ANSWER = "When are you open?", "Provider support is open"


def phone_link(page: Page) -> Locator:
    return page.get_by_role("region", name="Call us").get_by_role("link", name=PHONE)


def request_topic(page: Page) -> Locator:
    return page.get_by_label("Topic", exact=True)


def request_subject(page: Page) -> Locator:
    return page.get_by_label("Subject", exact=True)


def request_message(page: Page) -> Locator:
    return page.get_by_label("Message", exact=True)


def send_request_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Send request")


def request_heading(page: Page) -> Locator:
    """Of a request that was sent; its last word is the number."""
    return heading(page, re.compile(r"^Request \S+$"))


def request_link(page: Page, number: str) -> Locator:
    return page.get_by_role("region", name="Your requests").get_by_role("link", name=number)


def start_chat_button(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile(r"^Start (a new )?chat$"))


def chat_lines(page: Page) -> Locator:
    return page.get_by_role("log", name="Conversation").locator("[data-text]")


def chat_message(page: Page) -> Locator:
    return page.get_by_label("Your message", exact=True)


def send_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Send", exact=True)


def end_chat_button(page: Page) -> Locator:
    return page.get_by_role("button", name="End chat")


def transcript_link(page: Page) -> Locator:
    return page.get_by_role("link", name="Download the transcript", exact=True)
