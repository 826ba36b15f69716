"""The monitor: due, run, stored, measured, told. One asyncio loop in the parent process."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from portalwatch import __version__, project_watch
from portalwatch.account import Account, portal_of
from portalwatch.account_metrics import AccountCollector
from portalwatch.attempt_budget import AttemptBudget
from portalwatch.bookkeeping import Bookkeeping
from portalwatch.broadcast import Broadcast
from portalwatch.daemon_thread import in_daemon_thread
from portalwatch.entries import Entry, entries_of
from portalwatch.errors import AccountUnavailable, ConfigError
from portalwatch.lanes.dispatch import Dispatch, fault_result, worker_settings
from portalwatch.lanes.pool import Pool, PoolEvents, Recycling
from portalwatch.leases import FileLeases
from portalwatch.metrics import Metrics
from portalwatch.plan import MonitorPlan
from portalwatch.render import MonitorFacts, PlannedCheck
from portalwatch.secret_watch import SecretWatch
from portalwatch.site import Site, environment_of, read_plan, site_of
from portalwatch.store import Store
from portalwatch.timetable import Slot, Timetable

log = logging.getLogger("portalwatch")

PRUNE_EVERY = 3600.0  # seconds
SECRETS_EVERY = 2.0  # seconds
WATCH_AGAIN = 60.0  # seconds, where the files cannot be watched


class Monitor:
    """Runs a site's checks until it is told to stop.

    ``instance`` marks what it starts; see ``portalwatch.lanes.instance``.
    """

    def __init__(self, site: Site, store: Store, metrics: Metrics, *, instance: str) -> None:
        self._site = site
        self._begun_with = site.plan
        self._metrics = metrics
        self._timetable = Timetable(random.Random())  # noqa: S311 - jitter, not a secret
        self._news = Broadcast()
        self._books = Bookkeeping(
            store, metrics, planned=self._timetable.__contains__, tell=self._news.tell
        )
        self._runs: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._hurried = asyncio.Event()
        self._changed = asyncio.Event()
        self._plan_problem = ""
        self._started_at = time.time()
        monitor = site.plan.monitor
        self._pool = Pool(
            worker_settings(site),
            instance=instance,
            workers=monitor.workers,
            lanes=monitor.lanes,
            recycling=_recycling(monitor),
            events=PoolEvents(lanes=metrics.lanes, worker_ended=metrics.worker_restarted),
        )
        self._budget = AttemptBudget(site.project.budget_file)
        self._dispatch = Dispatch(
            FileLeases(site.project.leases_folder), self._budget, self._pool, metrics.account_wait
        )
        self._secrets = SecretWatch(self._budget, environment_of(site.portal))
        self._secrets.taken_up(self._secrets.look(site.plan))
        metrics.also(AccountCollector(self._budget, self._accounts))

    async def take_over(self) -> None:
        """Know all that was known before this start: to be done before anybody asks.

        Raises ``OperatorError`` where the store cannot be used.
        """
        self._take_up(self._site)
        self._metrics.plan_reload(True, time.time())
        await self._books.take_over()

    async def run(self) -> None:
        """Watch until ``stop()``; then let running journeys end, within the plan's ``drain``."""
        try:
            beside = _beside(
                self._follow_project, self._follow_secrets, self._read_again, self._prune
            )
            async with self._books, self._pool, beside:
                await self._keep_time()
                await self._drain()
        finally:
            self._news.close()  # else the web site would wait for those who read the live page

    def stop(self) -> None:
        """Start nothing any more, and end; a second call ends without waiting for runs.

        Safe to call from a signal handler of the loop.
        """
        if self._stopping.is_set():
            self._hurried.set()
            self._pool.abandon()
        self._stopping.set()
        self._wake.set()

    def reload(self) -> None:
        """Take up the plan and the checks as they are now, soon; a bad plan keeps the old one.

        Safe to call from a signal handler of the loop.
        """
        self._changed.set()

    # Time.

    async def _keep_time(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            now = time.monotonic()
            for slot, missed in self._timetable.due(now):
                if not slot.busy:
                    self._start(slot)
                if missed:
                    self._metrics.missed(*slot.entry.key, missed)
                    log.warning("%s on %s: %d missed", *slot.entry.key, missed)
            next_at = self._timetable.next_at
            with suppress(TimeoutError):
                rest = None if next_at is None else max(0.0, next_at - time.monotonic())
                await asyncio.wait_for(self._wake.wait(), rest)

    def _start(self, slot: Slot) -> None:
        slot.run = asyncio.create_task(self._carry_out(slot.entry))
        self._runs.add(slot.run)
        slot.run.add_done_callback(self._runs.discard)

    async def _carry_out(self, entry: Entry) -> None:
        site = self._site
        order = entry.order(site.portal.url, scheduled_at=time.time())
        await self._books.open(order)
        try:
            result = await self._dispatch.run(entry, order, site, patience=entry.plan.deadline)
        except Exception as exc:  # a fault of our own must not cost the run its verdict
            log.exception("run %s of %s", order.run_id, order.check)
            result = fault_result(order, exc)
        self._books.settle(result, down_after=entry.plan.down_after)

    async def _drain(self) -> None:
        """Let the runs under way end, for a while; what is left then is cut off."""
        if not self._runs:
            return
        drain = self._site.plan.monitor.drain
        log.info("stopping: %d runs under way have up to %g s", len(self._runs), drain)
        runs = set(self._runs)
        ended = asyncio.create_task(asyncio.wait(runs))
        hurried = asyncio.create_task(self._hurried.wait())
        await asyncio.wait({ended, hurried}, timeout=drain, return_when=asyncio.FIRST_COMPLETED)
        if any(not run.done() for run in runs):
            # First: a cancelled run gives its account back, which nobody may use any more then.
            self._pool.abandon()
        for task in (hurried, *runs):
            task.cancel()
        await ended

    # The project.

    def _take_up(self, site: Site) -> None:
        self._site = site
        for gone in self._timetable.take_up(entries_of(site.plan, site.checks), time.monotonic()):
            self._metrics.forget(*gone)
        self._wake.set()

    async def _read_again(self) -> float:
        await self._changed.wait()
        self._changed.clear()
        try:
            # Beside the loop: a password manager may take its time to give a secret.
            site = await asyncio.wrap_future(in_daemon_thread(self._site_now))
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
            monitor = site.plan.monitor
            self._pool.renew(
                worker_settings(site), lanes=monitor.lanes, recycling=_recycling(monitor)
            )
            log.info("the plan was taken up: %d entries", len(self._timetable))
        self._news.tell("plan")
        return 0.0

    def _site_now(self) -> Site:
        """The project as it is now. Raises ``ConfigError`` with everything wrong in it."""
        old, begun = self._site.plan, self._begun_with
        plan, checks = read_plan(self._site.project)
        look = self._secrets.look(plan)  # before they are read
        for key, before, now in (
            ("portal.start", begun.portal.start, plan.portal.start),
            ("monitor.listen", begun.monitor.listen, plan.monitor.listen),
            ("monitor.workers", begun.monitor.workers, plan.monitor.workers),
        ):
            if before != now:
                log.warning("a change of %s is taken up at the next start only", key)
        portal = self._site.portal
        followed = old.portal.url is not None and portal.url == old.portal.url.rstrip("/")
        if plan.portal.url is not None and followed:  # and not --base-url
            portal = type(portal)(plan.portal.url.rstrip("/"), portal.secrets)
        site = site_of(self._site.project, plan, checks, portal)
        self._secrets.taken_up(look)
        return site

    async def _follow_project(self) -> float:
        async for _ in project_watch.changes(self._site.project):
            log.info("the project has changed")
            self.reload()
        return WATCH_AGAIN

    async def _follow_secrets(self) -> float:
        if await asyncio.to_thread(self._secrets.is_due, self._site.plan):
            log.info("secrets of accounts are read again")
            self.reload()
        return SECRETS_EVERY

    async def _prune(self) -> float:
        project = self._site.project
        folders = (project.evidence_folder, project.quarantine_folder)
        await self._books.prune(folders, self._site.plan.monitor.keep)
        return PRUNE_EVERY

    # What others ask for, also from other threads.

    def changes(self) -> AsyncIterator[str]:
        """The id of each run as it is stored, "plan" for a reload; ends with the monitor."""
        return self._news.listen()

    def _accounts(self) -> tuple[str, Mapping[str, Account]]:
        """The portal, as tries at it are counted, and the accounts that runs sign in with there."""
        return portal_of(self._site.portal.url), self._site.accounts

    def _paused(self) -> tuple[str, ...]:
        try:
            shut = self._budget.shut(*self._accounts()).values()
            return tuple(why.told for why in shut if not why.rests)
        except AccountUnavailable as exc:
            return (str(exc),)  # the page is wanted all the more

    def facts(self) -> MonitorFacts:
        """What the pages say of the monitor itself."""
        site, due = self._site, self._timetable.next_at
        return MonitorFacts(
            portal=site.plan.portal.name,
            portal_url=site.portal.url,
            version=__version__,
            checks=tuple(
                PlannedCheck(
                    check.check, site.checks[check.check].title, check.browsers, check.every
                )
                for check in site.plan.checks
            ),
            browsers=self._books.browsers,
            plan_problem=self._plan_problem,
            paused=self._paused(),
            started_at=self._started_at,
            next_run_at=None if due is None else time.time() + due - time.monotonic(),
        )

    def readiness(self) -> tuple[bool, str]:
        """Whether it does its work: (True, why) or (False, what is missing)."""
        if self._stopping.is_set():
            return False, "stopping"
        if self._books.refused:
            return False, f"{self._books.waiting} verdicts wait for a store that cannot be written"
        if not self._pool.ready:
            return False, "no worker process is ready"
        return True, "ready"


def _recycling(monitor: MonitorPlan) -> Recycling:
    return Recycling(monitor.recycle.runs, monitor.recycle.age, monitor.recycle.memory)


@asynccontextmanager
async def _beside(*works: Callable[[], Awaitable[float]]) -> AsyncIterator[None]:
    """Do ``works`` again and again meanwhile, whatever they raise.

    Each gives the seconds until it is to be done again; after an exception it is a minute.
    """

    async def again(work: Callable[[], Awaitable[float]]) -> None:
        while True:
            try:
                pause = await work()
            except Exception as exc:  # the monitor does not end for what is done beside it
                log.error("%s: %s: %s", work.__name__, type(exc).__name__, exc)
                pause = 60.0
            await asyncio.sleep(pause)

    tasks = [asyncio.create_task(again(work)) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
