"""A clock that stands still until a test moves it on."""

from __future__ import annotations


class Clock:
    """What is called for the time; ``now`` is in POSIX seconds."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
