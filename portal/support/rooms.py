"""Which connections belong together: the tabs of one provider."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MOST_TABS = 5


class Rooms:
    """The open connections by provider; used from the event loop only."""

    def __init__(self) -> None:
        self._inside: dict[int, list[Any]] = {}

    def is_full(self, provider: int) -> bool:
        """True for a provider with as many open chats as one may have."""
        return len(self._inside.get(provider, ())) >= MOST_TABS

    def of(self, provider: int) -> list[Any]:
        """The provider's connections."""
        return list(self._inside.get(provider, ()))

    @contextmanager
    def entered(self, provider: int, connection: Any) -> Iterator[None]:
        """Inside, ``connection`` hears what is said in the provider's other tabs."""
        self._inside.setdefault(provider, []).append(connection)
        try:
            yield
        finally:
            self._inside[provider].remove(connection)
            if not self._inside[provider]:
                del self._inside[provider]
