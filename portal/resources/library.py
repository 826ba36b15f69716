"""The files to download: texts in the repository, made into PDFs once each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from portal.documents import texts
from portal.documents.pdf import Document

TEXTS = Path(__file__).parent / "texts"
# A day of its own, and not the one of a start: the same text is the same file, byte by byte.
_EDITION = datetime(2026, 1, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Download:
    """A file as the page offers it."""

    name: str  # in its address and on disk: "patient-brochure"
    title: str
    about: str
    size: int  # bytes


MATERIALS = ("waiting-room-poster", "patient-brochure", "plan-overview")
GUIDES = ("getting-started", "credit-applications", "sales-and-refunds", "reading-reports")


@cache
def downloads(names: tuple[str, ...]) -> tuple[Download, ...]:
    """What is known of the files called ``names``."""
    found = []
    for name in names:
        text = texts.read(TEXTS / f"{name}.md")
        found.append(Download(name, text.title, text.introduction, len(content(name))))
    return tuple(found)


@cache
def content(name: str) -> bytes:
    """The PDF called ``name``, which is one of ``MATERIALS`` or ``GUIDES``."""
    text = texts.read(TEXTS / f"{name}.md")
    document = Document(text.title, _EDITION)
    document.paragraph(text.introduction)
    for section in text.sections:
        document.heading(section.heading)
        for block in section.blocks:
            if isinstance(block, str):
                document.paragraph(block)
            else:
                document.bullets(block)
    return document.content()
