"""The seconds of an attempt."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Seconds of an attempt, from ``start()`` on; stands still while it is paused."""

    def __init__(self, timer: Callable[[], float] = time.perf_counter) -> None:
        self._timer = timer
        self._began: float | None = None
        self._paused_at: float | None = None
        self._paused = 0.0

    @property
    def seconds(self) -> float:
        """What it shows: 0 before the start."""
        if self._began is None:
            return 0.0
        now = self._timer() if self._paused_at is None else self._paused_at
        return now - self._began - self._paused

    def start(self) -> None:
        """From 0 on."""
        self._began = self._timer()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Time that is not the portal's: it does not count."""
        if self._paused_at is not None:  # within another pause, which goes on after this one
            yield
            return
        self._paused_at = self._timer()
        try:
            yield
        finally:
            self._paused += self._timer() - self._paused_at
            self._paused_at = None
