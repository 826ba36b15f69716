"""What the store gives back beyond the records of ``portalwatch.model``."""

from __future__ import annotations

from dataclasses import dataclass

from portalwatch.errors import PortalwatchError


class AlreadyDecided(PortalwatchError):
    """A run has its verdict; another was refused and nothing was changed."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"run {run_id} has its verdict already")


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A scheduled run without a verdict yet."""

    run_id: str
    check: str
    title: str
    browser: str
    scheduled_at: float


@dataclass(frozen=True, slots=True)
class UptimeHour:
    """How the runs of a check on a browser came out that ended within one hour."""

    check: str
    browser: str
    hour: int  # POSIX time of its beginning
    passes: int
    fails: int
    errors: int
    skips: int
