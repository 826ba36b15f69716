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
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    closing,
    contextmanager,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from portalwatch.waiting_line import WaitingLine

RETRY_SECONDS = 0.1  # between looks at leases that other processes hold

Preference = Callable[[str], bool]  # of one name to another


def _none(_: str) -> bool:
    return False


class Leases(Protocol):
    """The leases of one project's accounts, wherever they are kept."""

    def hold(
        self, names: Sequence[str], *, patience: float, prefer: Preference = _none
    ) -> AbstractAsyncContextManager[str | None]:
        """Any one of ``names``, for as long as the context lasts; None of an empty sequence.

        Of those that are free one that it would ``prefer``, where there is such. Who came
        first is served first.

        Raises ``TimeoutError`` where none gets free within ``patience`` seconds.
        """

    def hold_here(
        self, names: Sequence[str], *, patience: float, prefer: Preference = _none
    ) -> AbstractContextManager[str | None]:
        """As ``hold``, for a caller that has no loop; blocks its thread."""

    def in_use(self, names: Iterable[str]) -> set[str]:
        """Those of ``names`` that a run has now."""


class FileLeases:
    """``Leases`` as lock files in ``folder``, for all processes of this machine."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._line = WaitingLine(folder)

    @asynccontextmanager
    async def hold(
        self, names: Sequence[str], *, patience: float, prefer: Preference = _none
    ) -> AsyncIterator[str | None]:
        """As ``Leases`` has it."""
        lease = None
        with closing(self._looks(names, patience, prefer)) as looks:  # also when cancelled
            for lease in looks:
                if lease is None:
                    await asyncio.sleep(RETRY_SECONDS)
        with _held(lease) as name:
            yield name

    @contextmanager
    def hold_here(
        self, names: Sequence[str], *, patience: float, prefer: Preference = _none
    ) -> Iterator[str | None]:
        """As ``Leases`` has it."""
        lease = None
        with closing(self._looks(names, patience, prefer)) as looks:
            for lease in looks:
                if lease is None:
                    time.sleep(RETRY_SECONDS)
        with _held(lease) as name:
            yield name

    def in_use(self, names: Iterable[str]) -> set[str]:
        """As ``Leases`` has it."""
        return {name for name in names if self._file(name).exists() and self._is_locked(name)}

    def _is_locked(self, name: str) -> bool:
        with self._file(name).open() as file:
            try:
                # Shared, and for this moment alone: it keeps nobody waiting longer than a look.
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def _looks(
        self, names: Sequence[str], patience: float, prefer: Preference
    ) -> Generator[_Lease | None]:
        """None for each look in vain, and then the lease. Nothing where nothing is wanted."""
        give_up = time.monotonic() + patience
        with self._line.place(names) as place:
            while names:
                lease = self._try(place.free_to_take(), prefer)
                yield lease
                if lease is not None:
                    return
                if time.monotonic() >= give_up:
                    raise TimeoutError(f"in use for {patience:g} s: {', '.join(names)}")
                if place.first_for():
                    place.show()

    def _try(self, names: Sequence[str], prefer: Preference) -> _Lease | None:
        # The longest rested first: its next one-time code is likely to be a fresh one.
        for name in sorted(names, key=lambda name: (not prefer(name), self._last_used(name))):
            lock = os.open(self._file(name), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            _stamp(lock)  # also on taking: the holder may be killed
            return _Lease(name, lock)
        return None

    def _last_used(self, name: str) -> int:
        """When any process of this machine had it last, by the time of its file."""
        try:
            return self._file(name).stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.lock"


@dataclass(frozen=True, slots=True)
class _Lease:
    name: str
    lock: int  # the open file whose lock it is


@contextmanager
def _held(lease: _Lease | None) -> Iterator[str | None]:
    if lease is None:
        yield None
        return
    try:
        yield lease.name
    finally:
        _stamp(lease.lock)
        os.close(lease.lock)  # and with it the lock


def _stamp(lock: int) -> None:
    """Write down the time of use, finer than the system's own stamps, which tick in 4 ms."""
    now = time.time_ns()
    os.utime(lock, ns=(now, now))
