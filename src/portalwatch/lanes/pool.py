"""The monitor's side of the lanes: hands out errands, keeps workers at work, has the last word.

Whatever dies, ``Pool.run`` ends in one Result: a worker that does not answer by its
run's deadline is killed with everything it started, the run that held it is given its
verdict here, and the other runs of that worker are run again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from portalwatch.account import Account
from portalwatch.lanes import processes
from portalwatch.lanes.errands import Answer, Errand, Lost
from portalwatch.lanes.instance import temporary_folder
from portalwatch.lanes.wire import WorkerSettings
from portalwatch.lanes.worker_end import WorkerEnd
from portalwatch.lanes.worker_process import WorkerProcess
from portalwatch.model import Attempt, BrowserInfo, Cause, Result
from portalwatch.order import Order

log = logging.getLogger(__name__)

RERUNS = 2  # of a run whose worker ended through no known fault of the run
LOOK_EVERY = 10.0  # seconds between looks at age, memory and orphans
START_FAILURES = 3  # workers in a row that never got ready, until runs are given up
START_EVERY = 1.0  # seconds from one start at a place to the next, where workers keep dying
BACKOFF_MOST = 30.0  # seconds between starts that fail
REAP_SECONDS = 2.0  # at the end, for the last orphans


@dataclass(frozen=True, slots=True)
class Recycling:
    """When a worker has done enough and a fresh one takes its place."""

    runs: int = 500
    age: float = 6 * 3600.0  # seconds
    memory: int = 1_500_000_000  # bytes of PSS, browsers included


@dataclass(frozen=True, slots=True)
class PoolEvents:
    """Whom to tell of what happens in the pool: the monitor's metrics."""

    lanes: Callable[[int, int], None] = lambda busy, total: None
    worker_ended: Callable[[str], None] = lambda reason: None  # a value of WorkerEnd


class Pool:
    """``workers`` processes with ``lanes`` lanes each. Use as an asynchronous context.

    ``instance`` marks everything that the pool starts; see ``processes``. What is still
    under way when the context ends is cut off: its ``run`` is cancelled.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        *,
        instance: str,
        workers: int = 1,
        lanes: int = 4,
        recycling: Recycling | None = None,
        events: PoolEvents | None = None,
    ) -> None:
        self._settings = settings
        self._instance = instance
        self._places = workers
        self._lanes = lanes
        self._recycling = recycling or Recycling()
        self._events = events or PoolEvents()
        self._folder = temporary_folder(instance)
        self._workers: set[WorkerProcess] = set()  # until nothing of them is left
        self._waiting: deque[Errand] = deque()  # first come, first served
        self._suspects = asyncio.Lock()
        self._failed_starts = 0  # in a row
        self._browsers: dict[str, BrowserInfo] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._others: frozenset[int] = frozenset()
        self._closing = False

    async def __aenter__(self) -> Pool:
        self._others = processes.adopt_orphans()
        work = [self._man_a_place(f"worker {n}") for n in range(1, self._places + 1)]
        self._tasks = [asyncio.create_task(each) for each in (*work, self._look_after_workers())]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        self._hand_out()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        workers = list(self._workers)
        for worker in workers:
            worker.stop()
        await asyncio.gather(*(worker.gone() for worker in workers))
        await asyncio.to_thread(processes.kill, self._instance)
        give_up = time.monotonic() + REAP_SECONDS
        # One that is in the middle of its end shows no mark any more, and is no zombie yet.
        while self._reap() and time.monotonic() < give_up:
            await asyncio.sleep(0.01)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers."""
        return [worker.pid for worker in self._workers]

    @property
    def ready(self) -> bool:
        """True while a worker takes errands."""
        return any(worker.open for worker in list(self._workers))

    async def run(self, order: Order, account: Account | None) -> Result:
        """Carry out ``order`` on the next free lane. Never raises for what happens there."""
        lost: list[Attempt] = []
        answer = await self._send(order, account)
        while isinstance(answer, Lost):
            lost.append(answer.attempt)
            if answer.final or len(lost) > RERUNS:
                return self._verdict(order, account, lost)
            log.info("run %s is run again: %s", order.run_id, answer.attempt.message)
            # One suspect at a time: the run that takes its worker down each time it is
            # tried is not to take the others with it again, down to their last try.
            async with self._suspects if answer.suspect else contextlib.nullcontext():
                answer = await self._send(order, account)
        self._browsers[order.browser] = answer.browser
        return self._verdict(order, account, [*lost, *answer.attempts])

    def renew(
        self,
        settings: WorkerSettings,
        *,
        lanes: int | None = None,
        recycling: Recycling | None = None,
    ) -> None:
        """Replace every worker, as after a change of the project; runs go on to their end.

        What is not given stays as it was.
        """
        self._settings = settings
        self._lanes = lanes or self._lanes
        self._recycling = recycling or self._recycling
        for worker in self._workers:
            worker.retire(WorkerEnd.PLAN)

    def abandon(self) -> None:
        """End every worker at once, for a pool that is about to close."""
        self._closing = True
        for worker in self._workers:
            worker.kill(WorkerEnd.STOPPED)

    # Errands.

    async def _send(self, order: Order, account: Account | None) -> Answer:
        errand = Errand(order, account, asyncio.get_running_loop().create_future())
        self._waiting.append(errand)
        self._hand_out()
        try:
            return await errand.answer
        finally:
            with contextlib.suppress(ValueError):  # cancelled while it waited
                self._waiting.remove(errand)

    def _hand_out(self) -> None:
        """Give waiting errands to free lanes, evenly over the workers."""
        while self._waiting:
            if self._closing:
                self._waiting.popleft().answer.cancel()
                continue
            worker = max(self._workers, key=lambda worker: worker.free, default=None)
            if worker is not None and worker.free:
                worker.begin(self._waiting.popleft())
            elif self._failed_starts >= START_FAILURES and not self.ready:
                self._waiting.popleft().settle(self._nobody_works())
            else:
                break
        self._events.lanes(
            sum(worker.busy for worker in self._workers),
            sum(worker.lanes for worker in self._workers if worker.open),
        )

    def _nobody_works(self) -> Lost:
        reason = f"no worker process starts ({self._failed_starts} tries in a row; see the log)"
        return Lost(Attempt.without_journey(Cause.WORKER_CRASHED, reason, time.time()), final=True)

    def _verdict(self, order: Order, account: Account | None, attempts: list[Attempt]) -> Result:
        browser = self._browsers.get(order.browser)
        return order.result(attempts, browser=browser, account=account.key if account else None)

    # Workers.

    async def _man_a_place(self, name: str) -> None:
        """Keep one worker at work, one after another; one that leaves has its successor at once."""
        while True:
            started = time.monotonic()
            worker = self._start_worker(name)
            if worker is not None and (await worker.ready() or _let_go(worker)):
                self._failed_starts = 0
            else:
                self._failed_starts += 1
                log.error("a worker did not get ready (%d in a row)", self._failed_starts)
                self._hand_out()
            if worker is not None:
                await worker.leaving.wait()
            if worker is None or not _let_go(worker):
                await asyncio.sleep(self._pause() - (time.monotonic() - started))

    def _start_worker(self, name: str) -> WorkerProcess | None:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            worker = WorkerProcess(
                self._settings,
                name=name,
                lanes=self._lanes,
                mark=processes.new_mark(self._instance),
                base=self._folder,
                on_change=self._see,
            )
        except OSError as exc:
            log.error("no worker process can be started: %s", exc)
            return None
        self._workers.add(worker)
        return worker

    def _pause(self) -> float:
        """Seconds from a start that came to nothing to the next."""
        if not self._failed_starts:
            return START_EVERY
        return float(min(BACKOFF_MOST, START_EVERY * 2 ** (self._failed_starts - 1)))

    def _see(self, worker: WorkerProcess) -> None:
        """Something has changed about ``worker``."""
        if worker.ended:
            self._workers.discard(worker)
            self._reap()
            if worker.end is not None and not self._closing:
                self._events.worker_ended(worker.end)
        elif worker.open and worker.answered >= self._recycling.runs:
            worker.retire(WorkerEnd.RUNS)
        self._hand_out()

    async def _look_after_workers(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self._reap()
            for worker in [w for w in self._workers if w.open]:
                memory = await asyncio.to_thread(processes.proportional_memory, worker.pid)
                if not worker.open:
                    continue  # it has left meanwhile
                if worker.age > self._recycling.age:
                    worker.retire(WorkerEnd.AGE)
                elif memory > self._recycling.memory:
                    worker.retire(WorkerEnd.MEMORY)

    def _reap(self) -> int:
        # In the loop's own thread: a worker is known here from the moment it exists.
        return processes.reap_orphans(self._others.union(self.pids))


def _let_go(worker: WorkerProcess) -> bool:
    return worker.end is not None and worker.end.wanted
