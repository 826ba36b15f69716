"""Frequently asked questions, and the search in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from portal.documents import texts
from portal.faults import switchboard
from portal.resources.library import TEXTS


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answer."""

    topic: str
    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; ``found`` where it is what was searched for."""

    text: str
    found: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A question as it is shown, in pieces."""

    text: list[Piece]
    answer: list[Piece]


@cache
def questions() -> tuple[Question, ...]:
    """All of them, in the order of their topics; a heading is "question | topic"."""
    found = []
    for section in texts.read(TEXTS / "faq.md").sections:
        text, topic = section.heading.split(" | ")
        found.append(Question(topic, text, " ".join(str(block) for block in section.blocks)))
    return tuple(found)


def search(text: str) -> dict[str, list[Hit]]:
    """The questions that have every word of ``text``, by topic, with the words marked.

    A question is found by its topic, too. All of them without a text.
    """
    words = text.casefold().split()
    if switchboard.active("filters_ignored") is not None:
        words = []
    found: dict[str, list[Hit]] = {}
    for question in questions():
        whole = f"{question.topic} {question.text} {question.answer}".casefold()
        if all(word in whole for word in words):
            hit = Hit(_pieces(question.text, words), _pieces(question.answer, words))
            found.setdefault(question.topic, []).append(hit)
    return found


def _pieces(text: str, words: Iterable[str]) -> list[Piece]:
    # The longest first: "locked" is marked whole where "lock" is searched for as well.
    either = "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))
    if not either:
        return [Piece(text, found=False)]
    parts = re.split(f"({either})", text, flags=re.IGNORECASE)
    return [Piece(part, found=bool(n % 2)) for n, part in enumerate(parts) if part]
