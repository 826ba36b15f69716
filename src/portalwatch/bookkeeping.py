"""What came of each run: stored first, so that a crash loses no alert; then measured; then told.

The store is written in a thread of its own: where another process holds it, or the disk
is slow, neither the clock nor a deadline waits for it. Verdicts that it refuses are kept
in their order and stored once it can be written again.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from portalwatch.console import line_of
from portalwatch.errors import OperatorError
from portalwatch.metrics import Metrics
from portalwatch.model import BrowserInfo, Result
from portalwatch.order import Order
from portalwatch.status import Flip, Status
from portalwatch.store import AlreadyDecided, Store
from portalwatch.timetable import Key

log = logging.getLogger("portalwatch")

OPEN_SECONDS = 2.0  # that a run waits until the store knows of it
RETRY_EVERY = 5.0  # seconds, while the store cannot be written
KEPT_IN_MEMORY = 2_000  # verdicts that wait; a dropped one's run is closed at the next start
FAILURES_KEPT = 2.0  # times as long as passes: they are what one goes back to

T = TypeVar("T")


class Bookkeeping:
    """The verdicts of one monitor, on their way into ``store`` and ``metrics``.

    ``planned`` says whether a check on a browser is in the plan, ``tell`` is told the id
    of each run as its verdict is stored. Use as an asynchronous context; at its end the
    last verdicts are stored, and runs that have none get one that says so.
    """

    def __init__(
        self,
        store: Store,
        metrics: Metrics,
        *,
        planned: Callable[[Key], bool],
        tell: Callable[[str], None],
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._planned = planned
        self._tell = tell
        self._thread = ThreadPoolExecutor(1, "store")
        self._unstored: deque[tuple[Result, int]] = deque(maxlen=KEPT_IN_MEMORY)
        self._more = asyncio.Event()
        self._closing = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._browsers: dict[str, BrowserInfo] = {}
        self.refused = False  # True while the store cannot be written

    async def __aenter__(self) -> Bookkeeping:
        self._writer = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        self._more.set()
        if self._writer is not None:
            await self._writer
        with suppress(OperatorError):  # the next start does it, then
            for result in await self._in_thread(self._close_interrupted):
                log.info("%s on %s: cut off by the stop", result.check, result.browser.name)
        self._thread.shutdown(wait=False)

    @property
    def browsers(self) -> tuple[BrowserInfo, ...]:
        """The browsers that runs were carried out on."""
        return tuple(self._browsers.values())

    @property
    def waiting(self) -> int:
        """How many verdicts are not stored yet."""
        return len(self._unstored)

    async def take_over(self) -> None:
        """Show the statuses from before this start, and close what an earlier monitor left open.

        Raises ``OperatorError`` where the store cannot be used.
        """
        interrupted = await self._in_thread(self._close_interrupted)
        statuses = await self._in_thread(self._store.statuses)
        known = {(status.check, status.browser): status for status in statuses}
        self._metrics.restore(status for key, status in known.items() if self._planned(key))
        for result in interrupted:
            log.info("%s on %s: cut off by a restart", result.check, result.browser.name)
            key = (result.check, result.browser.name)
            if self._planned(key):
                self._metrics.record(result, known[key])

    async def open(self, order: Order) -> None:
        """Keep that ``order`` owes a verdict."""
        run = (order.run_id, order.check, order.browser, order.scheduled_at)
        opening = self._in_thread(partial(self._store.open_run, *run, title=order.title))
        try:
            await asyncio.wait_for(asyncio.shield(opening), OPEN_SECONDS)
        except TimeoutError:
            opening.add_done_callback(_seen)
        except Exception as exc:
            log.error("%s", exc)  # the run is still worth doing: its verdict may be storable

    def settle(self, result: Result, *, down_after: int) -> None:
        """Take the verdict on a run, to be stored as soon as the store lets it."""
        self._unstored.append((result, down_after))
        self._more.set()

    async def prune(self, folders: Sequence[Path], keep: float) -> None:
        """Drop results older than ``keep`` seconds, with what they have in ``folders``."""

        def discard(run_id: str) -> None:
            # Also of a run whose record names no evidence: an attempt that was cut off may
            # have left some.
            for root in folders:
                if (folder := root / run_id).parent == root:
                    shutil.rmtree(folder, ignore_errors=True)

        now = time.time()
        await asyncio.to_thread(
            self._store.prune,
            before=now - keep,
            keep_failures_since=now - keep * FAILURES_KEPT,
            discard=discard,
        )

    # The writer.

    async def _write(self) -> None:
        while not self._closing.is_set() or self._unstored:
            await self._more.wait()
            await self._store_waiting()
            if self.refused and self._closing.is_set():
                log.error("%d verdicts could not be stored", self.waiting)
                return
            if self.refused:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), RETRY_EVERY)

    async def _store_waiting(self) -> None:
        while self._unstored:
            result, down_after = self._unstored.popleft()
            try:
                status, flip = await self._in_thread(
                    partial(self._store.add, result, down_after=down_after)
                )
            except AlreadyDecided as exc:
                log.error("%s", exc)  # another process closed it: its verdict stands
            except OperatorError as exc:
                log.error("a verdict waits to be stored: %s", exc)
                self._unstored.appendleft((result, down_after))
                self.refused = True
                return
            except Exception:
                log.exception("the verdict on run %s cannot be stored", result.run_id)
            else:
                self._make_known(result, status, flip)
        self.refused = False
        self._more.clear()

    def _make_known(self, result: Result, status: Status, flip: Flip | None) -> None:
        if self._planned((result.check, result.browser.name)):  # or has it left the plan?
            self._metrics.record(result, status)
        self._metrics.queue_delay(result.queue_seconds)
        info = result.browser
        if info.version != "unknown" and self._browsers.get(info.name) != info:
            self._browsers[info.name] = info
            self._metrics.browser(info)
        log.info("%s", line_of(result))
        if flip is not None:
            why = f": {flip.message}" if flip.message else ""
            log.warning("%s on %s is %s%s", flip.check, flip.browser, flip.new, why)
        self._tell(result.run_id)

    def _close_interrupted(self) -> list[Result]:
        return self._store.close_interrupted(time.time())

    def _in_thread(self, function: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, function)


def _seen(opening: asyncio.Future[None]) -> None:
    if not opening.cancelled() and (problem := opening.exception()):
        log.error("%s", problem)
