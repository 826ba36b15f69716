"""Texts kept in the repository: "# title", "## heading", "- item", and paragraphs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Section:
    """A heading and what stands under it; paragraphs are texts, lists are tuples of texts."""

    heading: str
    blocks: list[str | tuple[str, ...]] = field(default_factory=list)


@dataclass(slots=True)
class Text:
    """A text with its title; what stands before the first heading is its introduction."""

    title: str
    introduction: str
    sections: list[Section]


def read(path: Path) -> Text:
    """The text in the file ``path``."""
    title, introduction, sections = "", "", []
    for chunk in path.read_text("utf-8").strip().split("\n\n"):
        lines = [line.strip() for line in chunk.strip().splitlines()]
        if lines[0].startswith("# "):
            title = lines[0][2:]
        elif lines[0].startswith("## "):
            sections.append(Section(lines[0][3:]))
        elif lines[0].startswith("- "):
            sections[-1].blocks.append(tuple(_items(lines)))
        elif sections:
            sections[-1].blocks.append(" ".join(lines))
        else:
            introduction = " ".join(lines)
    return Text(title, introduction, sections)


def _items(lines: list[str]) -> list[str]:
    """The items of a list; a line without a dash goes on with the item before."""
    items: list[str] = []
    for line in lines:
        if line.startswith("- "):
            items.append(line[2:])
        else:
            items[-1] += " " + line
    return items
