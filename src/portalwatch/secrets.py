"""Secrets that do not show themselves."""

from __future__ import annotations

MASK = "********"


class Secret:
    """A value that must not appear in a log, a report or an exception.

    ``str`` and ``repr`` give a mask; ``reveal()`` is the one way to the value, so
    that every use can be found by searching for it. Pickling is refused.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one place that has to use it."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled: pass it on explicitly with reveal()")
