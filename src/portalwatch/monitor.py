"""The monitor: due, run, stored, measured, told. One asyncio loop in the parent process."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

import watchfiles

from portalwatch import __version__
from portalwatch.console import line_of
from portalwatch.errors import ConfigError, OperatorError
from portalwatch.lanes.dispatch import dispatch, worker_settings
from portalwatch.lanes.pool import Pool, PoolEvents, Recycling
from portalwatch.leases import Leases
from portalwatch.metrics import Metrics
from portalwatch.model import BrowserInfo, Result
from portalwatch.render import MonitorFacts, PlannedCheck
from portalwatch.schedule import Due, first_due, next_due
from portalwatch.site import Entry, Site, read_plan, site_of
from portalwatch.store import AlreadyDecided, Store

log = logging.getLogger("portalwatch")

FIRST_SPREAD = 10.0  # seconds over which the first runs after a start are spread
PRUNE_EVERY = 3600.0
FAILURES_KEPT = 2.0  # times as long as passes: they are what one goes back to
KEPT_IN_MEMORY = 10_000  # results that wait for a store that cannot be written


@dataclass(slots=True)
class _Slot:
    """A place in the timetable, and the run that is under way in it."""

    entry: Entry
    due: Due
    run: asyncio.Task[None] | None = None


class Monitor:
    """Runs a site's checks until it is told to stop.

    ``instance`` marks what it starts; see ``portalwatch.lanes.instance``.
    """

    def __init__(self, site: Site, store: Store, metrics: Metrics, *, instance: str) -> None:
        self._site = site
        self._store = store
        self._metrics = metrics
        self._leases = Leases(site.leases_folder)
        self._slots: dict[tuple[str, str], _Slot] = {}
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._readers: set[asyncio.Queue[str]] = set()
        self._unstored: list[tuple[Result, int]] = []
        self._plan_problem = ""
        self._browsers: dict[str, BrowserInfo] = {}
        self._rng = random.Random()  # noqa: S311 - jitter, not a secret
        monitor = site.plan.monitor
        self._pool = Pool(
            worker_settings(site),
            instance=instance,
            workers=monitor.workers,
            lanes=monitor.lanes,
            recycling=Recycling(monitor.recycle.runs, monitor.recycle.age, monitor.recycle.memory),
            events=PoolEvents(lanes=metrics.lanes, worker_ended=metrics.worker_restarted),
        )

    async def run(self) -> None:
        """Watch until ``stop()``; then let running journeys end, within the plan's ``drain``."""
        interrupted = self._store.close_interrupted(time.time())
        statuses = {(s.check, s.browser): s for s in self._store.statuses()}
        self._metrics.restore(statuses.values())
        for result in interrupted:
            self._metrics.record(result, statuses[result.check, result.browser.name])
        self._metrics.plan_reload(True, time.time())
        self._take_up(self._site)
        async with self._pool:
            helpers = [
                asyncio.create_task(self._watch_files()),
                asyncio.create_task(self._prune()),
            ]
            try:
                await self._keep_time()
                await self._drain()
            finally:
                for helper in helpers:
                    helper.cancel()
                await asyncio.gather(*helpers, return_exceptions=True)
        # What did not end in time was cut off with the workers: its verdict says so.
        for result in self._store.close_interrupted(time.time()):
            log.info("%s on %s: cut off by the stop", result.check, result.browser.name)

    def stop(self) -> None:
        """Start nothing any more, and end; safe to call from a signal handler of the loop."""
        self._stopping.set()
        self._wake.set()

    def reload(self) -> None:
        """Take up the plan and the checks as they are now; a bad plan keeps the old one."""
        try:
            plan, checks = read_plan(self._site.project)
            if plan.portal.start != self._site.plan.portal.start or (
                plan.monitor.listen != self._site.plan.monitor.listen
            ):
                log.warning("a change of portal.start or monitor.listen needs a restart")
            portal = self._site.portal
            if plan.portal.url is not None:
                portal = type(portal)(plan.portal.url.rstrip("/"), portal.secrets)
            site = site_of(self._site.project, plan, checks, portal)
        except ConfigError as exc:
            self._plan_problem = str(exc)
            self._metrics.plan_reload(False, time.time())
            for problem in exc.problems:
                log.error("%s", problem)
            log.error("the plan was not taken up: the one before it stays in force")
        else:
            self._plan_problem = ""
            self._metrics.plan_reload(True, time.time())
            self._take_up(site)
            self._pool.renew(worker_settings(site), "renewed for a new plan")
            log.info("the plan was taken up: %d entries", len(self._slots))
        self._tell("plan")

    # Time.

    def _take_up(self, site: Site) -> None:
        self._site = site
        entries = {entry.key: entry for entry in site.entries()}
        for gone in self._slots.keys() - entries.keys():
            del self._slots[gone]
            self._metrics.forget(*gone)
        now = time.monotonic()
        for index, (key, entry) in enumerate(entries.items()):
            slot = self._slots.get(key)
            if slot is not None and slot.entry.plan.every == entry.plan.every:
                slot.entry = entry
                continue
            due = first_due(now, index, len(entries), FIRST_SPREAD)
            self._slots[key] = _Slot(entry, due, slot.run if slot else None)
        self._wake.set()

    async def _keep_time(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            now = time.monotonic()
            for slot in self._slots.values():
                if slot.due.at <= now:
                    self._start(slot, now)
            rest = min((slot.due.at for slot in self._slots.values()), default=now + 60.0) - now
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), max(0.0, rest))

    def _start(self, slot: _Slot, now: float) -> None:
        plan = slot.entry.plan
        slot.due, missed = next_due(slot.due, now, plan.every, plan.jitter, self._rng)
        if slot.run is not None and not slot.run.done():
            missed += 1  # no pile-up: a portal that got slow is not asked ever more often
        else:
            slot.run = asyncio.create_task(self._carry_out(slot.entry))
        if missed:
            self._metrics.missed(*slot.entry.key, missed)
            log.warning("%s on %s: %d missed", *slot.entry.key, missed)

    # One run.

    async def _carry_out(self, entry: Entry) -> None:
        site = self._site
        order = entry.order(site.portal.url, scheduled_at=time.time())
        try:
            self._store.open_run(
                order.run_id, order.check, order.browser, order.scheduled_at, title=order.title
            )
        except OperatorError as exc:
            log.error("%s", exc)  # the run is still worth doing: its verdict may be storable
        result = await dispatch(entry, order, site, self._leases, self._pool)
        self._settle(result, entry.plan.down_after)

    def _settle(self, result: Result, down_after: int) -> None:
        """Store first, so that a crash loses no alert; then measure, then tell."""
        self._unstored.append((result, down_after))
        while self._unstored:
            waiting, threshold = self._unstored[0]
            try:
                status, flip = self._store.add(waiting, down_after=threshold)
            except AlreadyDecided as exc:
                log.error("%s", exc)  # another process closed it: its verdict stands
                self._unstored.pop(0)
                continue
            except OperatorError as exc:
                log.error("a result waits to be stored: %s", exc)
                del self._unstored[:-KEPT_IN_MEMORY]
                return
            self._unstored.pop(0)
            if (waiting.check, waiting.browser.name) in self._slots:  # no longer in the plan?
                self._metrics.record(waiting, status)
            self._metrics.queue_delay(waiting.queue_seconds)
            self._see_browser(waiting.browser)
            log.info("%s", line_of(waiting))
            if flip is not None:
                log.warning("%s on %s is %s: %s", flip.check, flip.browser, flip.new, flip.message)
            self._tell(waiting.run_id)

    def _see_browser(self, info: BrowserInfo) -> None:
        if info.version != "unknown" and self._browsers.get(info.name) != info:
            self._browsers[info.name] = info
            self._metrics.browser(info)

    async def _drain(self) -> None:
        running = [slot.run for slot in self._slots.values() if slot.run and not slot.run.done()]
        if not running:
            return
        drain = self._site.plan.monitor.drain
        log.info("stopping: %d runs under way have up to %g s", len(running), drain)
        _, late = await asyncio.wait(running, timeout=drain)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    # What others ask for.

    async def changes(self) -> AsyncIterator[str]:
        """An endless stream: the id of each run as it is stored, "plan" for a reload."""
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=100)
        self._readers.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._readers.discard(queue)

    def facts(self) -> MonitorFacts:
        """What the pages say of the monitor itself."""
        plan = self._site.plan
        due = min((slot.due.at for slot in self._slots.values()), default=None)
        return MonitorFacts(
            portal=plan.portal.name,
            portal_url=self._site.portal.url,
            version=__version__,
            checks=tuple(
                PlannedCheck(
                    check.check, self._site.checks[check.check].title, check.browsers, check.every
                )
                for check in plan.checks
            ),
            browsers=tuple(self._browsers.values()),
            plan_problem=self._plan_problem,
            next_run_at=None if due is None else time.time() + due - time.monotonic(),
        )

    def readiness(self) -> tuple[bool, str]:
        """Whether it does its work: (True, why) or (False, what is missing)."""
        if self._stopping.is_set():
            return False, "stopping"
        if self._unstored:
            return False, f"{len(self._unstored)} results wait for a store that cannot be written"
        if not self._pool.ready:
            return False, "no worker process is ready"
        return True, "ready"

    def _tell(self, what: str) -> None:
        for queue in self._readers:
            with suppress(asyncio.QueueFull):  # a reader that does not read has missed it
                queue.put_nowait(what)

    # Helpers beside the clock.

    async def _watch_files(self) -> None:
        """Reload when the plan or the project's code changes."""
        root = self._site.project.root
        folders = [root, *(root / name for name in ("checks", "flows") if (root / name).is_dir())]

        def matters(_: watchfiles.Change, path: str) -> bool:
            return path.endswith(".py") or path == str(self._site.project.plan_file)

        async for _ in watchfiles.awatch(*folders, recursive=False, watch_filter=matters):
            log.info("the project has changed")
            self.reload()

    async def _prune(self) -> None:
        evidence = self._site.evidence_folder

        def discard(path: str) -> None:
            target = evidence / path
            target.unlink(missing_ok=True)
            with suppress(OSError):  # other attempts' evidence is still in it
                target.parent.rmdir()

        while True:
            keep = self._site.plan.monitor.keep
            now = time.time()
            with suppress(OperatorError):
                await asyncio.to_thread(
                    self._store.prune,
                    before=now - keep,
                    keep_failures_since=now - keep * FAILURES_KEPT,
                    discard=discard,
                )
            await asyncio.sleep(PRUNE_EVERY)
