"""What the engine hands to this folder, beside the records of ``portalwatch.model``.

Named by shape alone: this folder knows the records, and nothing else of the engine.
"""

from __future__ import annotations

from typing import Protocol

from portalwatch.model import Outcome

Point = tuple[float, float, Outcome]  # a run on a chart: (ended_at, seconds, outcome)


class PlannedCheck(Protocol):
    """A check as the plan has it."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def browsers(self) -> tuple[str, ...]: ...
    @property
    def every(self) -> float | None:
        """Its interval in seconds; None where it is not regular."""


class UptimeHour(Protocol):
    """The runs of one check on one browser in one hour."""

    @property
    def check(self) -> str: ...
    @property
    def browser(self) -> str: ...
    @property
    def hour(self) -> float:
        """The start of the hour, POSIX seconds."""

    @property
    def passes(self) -> int: ...
    @property
    def fails(self) -> int: ...
    @property
    def errors(self) -> int: ...
    @property
    def skips(self) -> int: ...
