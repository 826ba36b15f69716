"""The rows of the standards' table, each with its probe and the faults that it must see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.conformance.client import ConformingPortal

LOCK, CODE, RECOVERY, IDLE, SESSION = 2, 3, 3, 2, 4
"""Seconds, of the portal whose times are short; the other one has the times of real use."""
DISABLED_AFTER = 6


@dataclass(frozen=True)
class Sees:
    """A fault that breaks the row, and what its probe then says."""

    fault: str
    says: str
    scope: Mapping[str, str] = field(default_factory=dict)
    by_absence: bool = False  # what shows it is something that does not come


class Portals:
    """Two portals of one disclosure mode, each in its seeded state when a probe comes to it."""

    def __init__(self, usual: ConformingPortal, short: ConformingPortal) -> None:
        self._all = {"usual": usual, "short": short}
        self._ready: set[str] = set()
        self._sees: Sees | None = None

    def begin(self, sees: Sees | None = None) -> None:
        """For the next probe; with the fault that it is to see."""
        self._sees = sees
        self.start_over()

    def start_over(self) -> None:
        """For a probe that something has come between."""
        self._ready.clear()

    @property
    def mode(self) -> str:
        return self._all["usual"].mode

    @property
    def usual(self) -> ConformingPortal:
        """The times of real use: nothing ends while a probe is at work."""
        return self._prepared("usual")

    @property
    def short(self) -> ConformingPortal:
        """Times short enough to wait for their end."""
        return self._prepared("short")

    def _prepared(self, which: str) -> ConformingPortal:
        portal = self._all[which]
        if which not in self._ready:
            self._ready.add(which)
            portal.back_to_normal()
            portal.patience = 2 if self._sees and self._sees.by_absence else 10
            if self._sees:
                portal.turn_on(self._sees.fault, **self._sees.scope)
        return portal


Probe = Callable[[Portals], None]


@dataclass(frozen=True)
class Row:
    """One row."""

    id: str
    probe: Probe
    sees: tuple[Sees, ...]


ROWS: dict[str, Row] = {}


def row(name: str, *sees: Sees) -> Callable[[Probe], Probe]:
    """Makes a function the probe of the row ``name``; its docstring is the row, with its source."""

    def register(probe: Probe) -> Probe:
        assert name not in ROWS
        assert probe.__doc__
        ROWS[name] = Row(name, probe, sees)
        return probe

    return register
