"""The primary navigation: one entry for each part of the portal that is there."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the navigation."""

    label: str
    path: str
    is_page: bool  # the page asked for is this very one
    is_section: bool  # or one below it


_ENTRIES = (
    ("Dashboard", "dashboard:home"),
    ("Applications", "applications:overview"),
    ("Transactions", "transactions:overview"),
    ("Patients", "patients:list"),
    ("Reports", "reports:overview"),
    ("Resources", "resources:home"),
    ("Support", "support:home"),
    ("Account", "accounts:profile"),
)


def context(request: HttpRequest) -> dict[str, list[Entry]]:
    """Template context processor: ``navigation`` on every page."""
    entries = []
    for label, name in _ENTRIES:
        try:
            path = reverse(name)
        except NoReverseMatch:  # a portal that is served without this part
            continue
        entries.append(Entry(label, path, request.path == path, request.path.startswith(path)))
    return {"navigation": entries}
