"""Materials, guides, and questions asked often."""

from __future__ import annotations

from flows import pages
from portalwatch.journey import Journey


def open_resources(journey: Journey) -> None:
    """Go to the resources."""
    journey.page.goto(pages.RESOURCES)


def search_questions(journey: Journey, text: str) -> None:
    """Search in the questions that are asked often."""
    pages.question_search(journey.page).fill(text)
    pages.search_button(journey.page).first.click()
