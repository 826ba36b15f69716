"""Lists in pages of 25, however many rows there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

SIZE = 25
FIELD = "page"


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    rows: Sequence[Any]
    number: int  # from 1
    pages: int
    count: int  # of the whole list
    query: str  # the address's other values, ready to be followed by "page=3": "kind=sale&"

    @property
    def first(self) -> int:
        """Number of the first row shown; 0 of an empty list."""
        return (self.number - 1) * SIZE + 1 if self.count else 0

    @property
    def last(self) -> int:
        return min(self.number * SIZE, self.count)

    @property
    def previous(self) -> int:
        """The page before; 0 where there is none."""
        return self.number - 1

    @property
    def next(self) -> int:
        """The page after; 0 where there is none."""
        return self.number + 1 if self.number < self.pages else 0


def page_of(
    rows: QuerySet[Any], count: int, request: HttpRequest, related: Sequence[str] = ()
) -> Page:
    """The page that the address asks for, the nearest one where there is no such page.

    The primary keys come first, which an index alone can tell, and the rows of this page
    after them, with ``related``: to skip whole rows would cost their reading. What lies in
    the second half of the list is counted from its end.
    """
    pages = max(1, -(-count // SIZE))
    number = min(_asked(request), pages)
    start = (number - 1) * SIZE
    keys = rows.values_list("pk", flat=True)
    if not count:
        wanted = []
    elif start > count // 2:
        stop = count - start
        wanted = list(keys.reverse()[max(0, stop - SIZE) : stop])[::-1]
    else:
        wanted = list(keys[start : start + SIZE])
    # Each key is one that ``rows`` gave: this finds nothing that was not among them.
    found = rows.model.objects.select_related(*related).in_bulk(wanted)
    others = request.GET.copy()
    others.pop(FIELD, None)
    query = f"{others.urlencode()}&" if others else ""
    return Page([found[key] for key in wanted if key in found], number, pages, count, query)


def _asked(request: HttpRequest) -> int:
    text = request.GET.get(FIELD, "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else 1
