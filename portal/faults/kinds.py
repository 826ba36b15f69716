"""What a fault is, and what can be set on one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Value = float | str

MOST = 86_400.0  # that a number may be: a day, where it is seconds


class Where(StrEnum):
    """The part of the portal that plays the fault."""

    TRANSPORT = "transport"  # portal.faults.transport: around the application
    PAGE = "page"  # portal.faults.pages: around Django's views
    MESSAGE = "message"  # portal.faults.messages: mail and texts on their way out
    HANDSHAKE = "handshake"  # portal.tls: before there is a request
    DOMAIN = "domain"  # asked for by name where the portal decides something


class BadParameters(ValueError):
    """A parameter that the fault does not have, or a value it cannot take."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A named trouble."""

    name: str
    where: Where
    line: str  # what a visitor sees of it
    parameters: Mapping[str, Value] = field(default_factory=dict)  # with their defaults
    path: str = "*"  # where it applies unless told otherwise
    least: float = 0.0  # that its numbers may be
    of_account: bool = True  # False: played where it is not known yet whose account it is about

    def completed(self, given: Mapping[str, object]) -> dict[str, Value]:
        """``given`` with the defaults of what it leaves out.

        Raises ``BadParameters`` for a name that is not known, and for a value that is no
        number (or text) where one is asked for, or a number out of range: below zero, unless
        the fault says otherwise.
        """
        if unknown := sorted(set(given) - set(self.parameters)):
            known = ", ".join(self.parameters) or "none"
            raise BadParameters(f"{self.name} has no parameter {unknown[0]!r} (it has: {known})")
        found = dict(self.parameters)
        for name, value in given.items():
            found[name] = self._checked(name, value)
        return found

    def _checked(self, name: str, value: object) -> Value:
        if isinstance(self.parameters[name], str):
            if isinstance(value, str) and value.isprintable() and len(value) <= 200:
                return value
            raise BadParameters(f"{name}: {value!r} is not a line of at most 200 characters")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and self.least <= value <= MOST:
            return float(value)
        raise BadParameters(
            f"{name}: {value!r} is not a number from {self.least:.0f} to {MOST:.0f}"
        )
