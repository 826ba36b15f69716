"""The monitor's side of the lanes: hands out orders, keeps the time, and has the last word.

Whatever dies, ``Pool.run`` ends in one Result: a worker that does not answer by its
run's deadline is killed with everything it started, the run that held it is given its
verdict here, and the other runs of that worker are run again elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from portalwatch.account import Account
from portalwatch.lanes import processes
from portalwatch.lanes.worker_process import Done, WorkerProcess, WorkerSettings
from portalwatch.model import Attempt, BrowserInfo, Cause, Result
from portalwatch.runner import Order

log = logging.getLogger(__name__)

RERUNS = 2  # of a run whose worker died through no fault of the run
WEIGH_EVERY = 15.0  # seconds between looks at age and memory
START_FAILURES = 3  # workers in a row that end before they are ready, until runs are given up
BACKOFF_MOST = 30.0  # seconds between tries to start a worker

VERSIONS = tuple((name, version(name)) for name in ("portalwatch", "playwright"))


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
    worker_ended: Callable[[str], None] = lambda reason: None


class Pool:
    """``workers`` processes with ``lanes`` lanes each. Use as an asynchronous context.

    ``instance`` marks everything that the pool starts; see ``processes``.
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
        self._workers: set[WorkerProcess] = set()
        # A token for each free lane; None tells those who wait that no worker starts.
        self._free: asyncio.Queue[WorkerProcess | None] = asyncio.Queue()
        self._failed_starts = 0
        self._closing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._infos: dict[str, BrowserInfo] = {}
        self._engines = {spec.name: spec.engine for spec in settings.browsers}

    async def __aenter__(self) -> Pool:
        processes.adopt_orphans()
        self._folder.mkdir(mode=0o700)
        for _ in range(self._places):
            self._spawn(self._man_a_place())
        self._spawn(self._weigh())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        await asyncio.gather(*(worker.stop() for worker in list(self._workers)))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(processes.kill, self._instance)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers."""
        return [worker.pid for worker in self._workers]

    @property
    def ready(self) -> bool:
        """True while a worker takes orders."""
        return any(worker.open for worker in self._workers)

    async def run(self, order: Order, account: Account | None) -> Result:
        """Carry out ``order`` on the next free lane. Never raises for what happens there."""
        lost: list[Attempt] = []
        while True:
            worker = await self._free_lane()
            if worker is None:
                reason = f"no worker process starts ({self._failed_starts} tries; see the log)"
                return self._without_answer(order, account, lost, Cause.WORKER_CRASHED, reason)
            began = time.time()
            try:
                answer = await worker.carry_out(order, account)
            finally:
                self._give_back(worker)
            if isinstance(answer, Done):
                self._infos[order.browser] = answer.browser
                return self._result(order, account, (*lost, *answer.attempts))
            if answer.to_blame:
                lost.append(answer.attempt(Cause.DEADLINE_KILLED))
                return self._result(order, account, lost)
            lost.append(answer.attempt(Cause.WORKER_CRASHED))
            if len(lost) > RERUNS:
                return self._result(order, account, lost)
            log.info("run %s is run again after %.1f s", order.run_id, time.time() - began)

    def renew(self, settings: WorkerSettings, reason: str) -> None:
        """Replace every worker, as after a change of the project; runs go on to their end."""
        self._settings = settings
        self._engines = {spec.name: spec.engine for spec in settings.browsers}
        for worker in self._workers:
            self._replace(worker, reason)

    # Workers.

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _man_a_place(self) -> None:
        """Keep one worker at work, one after another, until it is replaced or the pool closes."""
        while not self._closing:
            if self._failed_starts:
                await asyncio.sleep(min(BACKOFF_MOST, 2.0**self._failed_starts / 4))
            mark = processes.new_mark(self._instance)
            worker = await WorkerProcess.start(self._settings, mark=mark, base=self._folder)
            self._workers.add(worker)
            if await worker.ready():
                self._failed_starts = 0
                for _ in range(self._lanes):
                    self._free.put_nowait(worker)
                self._tell_lanes()
            else:
                self._failed_starts += 1
                if self._failed_starts >= START_FAILURES:
                    self._free.put_nowait(None)
            await worker.ended()
            self._workers.discard(worker)
            if self._closing:
                return
            self._tell_lanes()
            log.info("worker %d ended: %s", worker.pid, worker.end_reason)
            self._events.worker_ended(worker.end_reason)
            if worker.retiring:
                return  # its successor has been at work since

    def _replace(self, worker: WorkerProcess, reason: str) -> None:
        if not worker.retiring:
            worker.retire(reason)
            self._spawn(self._man_a_place())

    async def _weigh(self) -> None:
        while True:
            await asyncio.sleep(WEIGH_EVERY)
            processes.reap_adopted(self.pids)
            for worker in [w for w in self._workers if w.open]:
                memory = await asyncio.to_thread(processes.proportional_memory, worker.pid)
                if worker.age > self._recycling.age:
                    self._replace(worker, "recycled for its age")
                elif memory > self._recycling.memory:
                    self._replace(worker, "recycled for its memory")

    # Lanes.

    async def _free_lane(self) -> WorkerProcess | None:
        while True:
            worker = await self._free.get()
            if worker is not None and worker.open:
                return worker
            if worker is None and self._failed_starts >= START_FAILURES:
                self._free.put_nowait(None)  # for the others who wait
                return None

    def _give_back(self, worker: WorkerProcess) -> None:
        if worker.open:
            if worker.runs_done >= self._recycling.runs:
                self._replace(worker, "recycled for its runs")
            else:
                self._free.put_nowait(worker)
        self._tell_lanes()

    def _tell_lanes(self) -> None:
        at_work = [w for w in self._workers if w.open or w.busy]
        total = sum(self._lanes for w in at_work if w.open)
        self._events.lanes(sum(w.busy for w in at_work), total)

    # Verdicts.

    def _result(self, order: Order, account: Account | None, attempts: Any) -> Result:
        unknown = BrowserInfo(
            order.browser,
            self._engines.get(order.browser, "unknown"),
            "unknown",
            "unknown",
            "unknown",
        )
        return Result(
            run_id=order.run_id,
            check=order.check,
            title=order.title,
            browser=self._infos.get(order.browser, unknown),
            account=account.key if account else None,
            scheduled_at=order.scheduled_at,
            attempts=tuple(attempts),
            queue_seconds=max(0.0, attempts[0].started_at - order.scheduled_at),
            tags=order.tags,
            versions=VERSIONS,
        )

    def _without_answer(
        self, order: Order, account: Account | None, lost: list[Attempt], cause: Cause, reason: str
    ) -> Result:
        attempt = Attempt(cause.outcome, cause, reason, started_at=time.time(), seconds=0.0)
        return self._result(order, account, [*lost, attempt])


def temporary_folder(instance: str) -> Path:
    """Where everything that ``instance`` starts keeps its temporary files."""
    return Path(tempfile.gettempdir()) / f"portalwatch-{instance}"
