"""How much of the time a check passed, from the hourly counts of the store.

Uptime is passes / (passes + fails). Our own errors say nothing about the portal, so
they are shown but do not count; a window without a verdict has no uptime at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reports.inputs import UptimeHour

HOUR = 3600.0
DAY = 24 * HOUR
WINDOWS = (("24 h", DAY), ("7 d", 7 * DAY), ("30 d", 30 * DAY))
LONGEST = WINDOWS[-1][1]  # seconds of history that a page needs


class Tone(StrEnum):
    """What a stretch of time looked like."""

    GOOD = "good"  # verdicts, and all of them passes
    BAD = "bad"  # at least one verdict was a failure
    OURS = "ours"  # no verdict: only our own errors
    IDLE = "idle"  # only skipped runs
    NONE = "none"  # no run at all


@dataclass(frozen=True, slots=True)
class Cell:
    """The counts of one hour or one day; ``start`` is its beginning, POSIX seconds."""

    start: float
    passes: int = 0
    fails: int = 0
    errors: int = 0
    skips: int = 0

    @property
    def tone(self) -> Tone:
        if self.fails:
            return Tone.BAD
        if self.passes:
            return Tone.GOOD
        if self.errors:
            return Tone.OURS
        return Tone.IDLE if self.skips else Tone.NONE

    @property
    def uptime(self) -> float | None:
        """From 0 to 1, or None without a verdict."""
        verdicts = self.passes + self.fails
        return self.passes / verdicts if verdicts else None

    @property
    def poor(self) -> bool:
        """True where the eye should be drawn to it: less than 99 %."""
        return self.uptime is not None and self.uptime < 0.99


@dataclass(frozen=True, slots=True)
class Availability:
    """The uptime of one check on one browser.

    ``windows`` pairs the names of ``WINDOWS`` with their sums; ``hours`` are the last 24
    and ``days`` the last 30, oldest first, the current one last. Days begin at 00:00 UTC.
    """

    windows: tuple[tuple[str, Cell], ...]
    hours: tuple[Cell, ...]
    days: tuple[Cell, ...]
    young: bool  # all history is of the last 24 hours: days would be one lone cell


def availability(hours: Sequence[UptimeHour], now: float) -> Availability:
    """The availability at ``now`` of the check and browser whose ``hours`` these are."""
    this_hour, today = now // HOUR * HOUR, now // DAY * DAY
    first_hour, first_day = this_hour - 23 * HOUR, today - 29 * DAY
    return Availability(
        windows=tuple(
            (name, _sum(now - length, (h for h in hours if h.hour > now - length)))
            for name, length in WINDOWS
        ),
        hours=_cells(hours, first_hour, HOUR, 24),
        days=_cells(hours, first_day, DAY, 30),
        young=all(h.hour >= first_hour for h in hours),
    )


def by_check(hours: Iterable[UptimeHour]) -> dict[tuple[str, str], list[UptimeHour]]:
    """The hours of each (check, browser)."""
    grouped: dict[tuple[str, str], list[UptimeHour]] = {}
    for hour in hours:
        grouped.setdefault((hour.check, hour.browser), []).append(hour)
    return grouped


def _cells(
    hours: Sequence[UptimeHour], first: float, length: float, count: int
) -> tuple[Cell, ...]:
    buckets: list[list[UptimeHour]] = [[] for _ in range(count)]
    for hour in hours:
        index = int((hour.hour - first) // length)
        if 0 <= index < count:
            buckets[index].append(hour)
    return tuple(_sum(first + i * length, bucket) for i, bucket in enumerate(buckets))


def _sum(start: float, hours: Iterable[UptimeHour]) -> Cell:
    counted = list(hours)
    return Cell(
        start,
        passes=sum(h.passes for h in counted),
        fails=sum(h.fails for h in counted),
        errors=sum(h.errors for h in counted),
        skips=sum(h.skips for h in counted),
    )
