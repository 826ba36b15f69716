"""Which test account is in whose hands: one run at a time for each, on the whole machine.

Two journeys that sign in as one account end each other's sessions and submit the same
one-time code. The lease is an advisory lock on a file, so that the system gives it
back whatever dies.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

RETRY_SECONDS = 0.1  # between looks at leases that other processes hold


class Leases:
    """The leases of one project's accounts, kept as lock files in ``folder``."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._turn = 0
        self._rested: dict[str, int] = {}  # the turn in which each was given back

    @asynccontextmanager
    async def hold(self, names: Sequence[str], *, patience: float) -> AsyncIterator[str | None]:
        """Any one of ``names``, for as long as the context lasts; None of an empty sequence.

        Raises ``TimeoutError`` where none gets free within ``patience`` seconds.
        """
        give_up = time.monotonic() + patience
        while (lease := self._try(names)) is None and names:
            if time.monotonic() > give_up:
                raise TimeoutError
            await asyncio.sleep(RETRY_SECONDS)
        with self._held(lease) as name:
            yield name

    @contextmanager
    def hold_here(self, names: Sequence[str], *, patience: float) -> Iterator[str | None]:
        """As ``hold``, for a caller that has no loop; blocks its thread."""
        give_up = time.monotonic() + patience
        while (lease := self._try(names)) is None and names:
            if time.monotonic() > give_up:
                raise TimeoutError
            time.sleep(RETRY_SECONDS)
        with self._held(lease) as name:
            yield name

    def _try(self, names: Sequence[str]) -> tuple[str, int] | None:
        # The longest rested first: its next one-time code is likely to be a fresh one.
        for name in sorted(names, key=lambda name: self._rested.get(name, -1)):
            lock = os.open(self._folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            return name, lock
        return None

    @contextmanager
    def _held(self, lease: tuple[str, int] | None) -> Iterator[str | None]:
        if lease is None:
            yield None
            return
        name, lock = lease
        try:
            yield name
        finally:
            self._turn += 1
            self._rested[name] = self._turn
            os.close(lock)  # and with it the lock
