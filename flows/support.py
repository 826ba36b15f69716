"""Provider support: the telephone, and the live chat."""

from __future__ import annotations

from flows import pages
from portalwatch.journey import Journey


def open_support(journey: Journey) -> None:
    """Go to the page of support."""
    journey.page.goto(pages.SUPPORT)


def send_request(journey: Journey, *, subject: str, text: str) -> None:
    """Write to support."""
    page = journey.page
    pages.request_topic(page).select_option(index=1)
    pages.request_subject(page).fill(subject)
    pages.request_message(page).fill(text)
    pages.send_request_button(page).click()


def start_chat(journey: Journey) -> None:
    """Begin a chat."""
    pages.start_chat_button(journey.page).click()


def say(journey: Journey, text: str) -> None:
    """Write to whoever is at the other end."""
    pages.chat_message(journey.page).fill(text)
    pages.send_button(journey.page).click()


def end_chat(journey: Journey) -> None:
    """Take leave."""
    pages.end_chat_button(journey.page).click()
