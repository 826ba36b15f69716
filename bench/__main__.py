"""``make bench``: what portalwatch adds to raw Playwright, as ratios measured in one run.

Each pair of runs alternates, so that whatever else the machine does hits both alike; the
absolute times of one machine say nothing about another. Steps, vitals, console capture,
store and metrics are all on.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
from playwright.async_api import async_playwright
from playwright.sync_api import sync_playwright

from bench.journeys import raw, raw_async
from bench.leak_scan import bench_leak_scan
from bench.measure import Cost, measured, tree
from bench.portal import bench_portal
from bench.report import bench_report
from fixtures.portal import serve
from portal.accounts.cast import cast
from portalwatch.account import Account
from portalwatch.browsers import KNOWN, find
from portalwatch.entries import entry_for
from portalwatch.lanes.dispatch import worker_settings
from portalwatch.lanes.instance import new_instance
from portalwatch.lanes.pool import Pool
from portalwatch.metrics import Metrics
from portalwatch.model import Outcome
from portalwatch.project import activate
from portalwatch.secrets import Secret
from portalwatch.site import Site, read_plan, site_of
from portalwatch.store import Store

ROOT = Path(__file__).parents[1]
CHECK = "two_factor.provider_signs_in_with_totp"
LANES = 8


class Portalwatch:
    """A pool with store and metrics in a thread of its own, driven from this one."""

    def __init__(self, site: Site, folder: Path, *, lanes: int) -> None:
        self._site = site
        self._store = Store(folder / "bench.sqlite3")
        self._metrics = Metrics()
        self._loop = asyncio.new_event_loop()
        self._pool = Pool(
            replace(worker_settings(site), ledger=str(folder / "codes.sqlite3")),
            instance=new_instance(),
            lanes=lanes,
        )
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Portalwatch:
        self._thread.start()
        self._do(self._pool.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._pool.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._store.close()

    def run(self, *accounts: Account) -> None:
        """One journey for each of ``accounts``, as many at a time as there are lanes."""
        self._do(self._all(accounts))

    async def _all(self, accounts: tuple[Account, ...]) -> None:
        await asyncio.gather(*(self._one(account) for account in accounts))

    async def _one(self, account: Account) -> None:
        entry = entry_for(self._site.plan, self._site.checks, CHECK, "chromium")
        order = replace(
            entry.order(self._site.portal.url, scheduled_at=time.time()),
            deadline=120.0,
            timeout=30.0,
            slow_after=None,
        )
        result = await self._pool.run(order, account)
        if result.outcome is not Outcome.PASS:
            raise SystemExit(f"bench: {result.cause}: {result.message}")
        status, _ = self._store.add(result)
        self._metrics.record(result, status)

    def _do(self, work: object) -> object:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()  # type: ignore[arg-type]


def accounts_of(number: int) -> Iterator[Account]:
    """The interchangeable accounts; each may sign in once in 30 s, so each is used once."""
    for member in cast(number):
        if member.key.startswith("parallel-") and member.totp_secret:
            yield Account(
                key=member.key,
                user_id=member.user_id,
                name=member.name,
                password=Secret(member.password),
                totp_secret=Secret(member.totp_secret),
            )


def bench_one(site: Site, folder: Path, people: Iterator[Account], pairs: int, pid: int) -> None:
    """One journey at a time: wall and CPU against a script on a warm browser."""
    mine: list[Cost] = []
    theirs: list[Cost] = []
    with (
        Portalwatch(site, folder, lanes=1) as portalwatch,
        sync_playwright() as playwright,
        playwright.chromium.launch(**find(KNOWN["chromium"]).launch_options()) as browser,
    ):
        sides: list[tuple[list[Cost], Callable[[Account], None]]] = [
            (theirs, lambda account: raw(browser, site.portal.url, account)),
            (mine, portalwatch.run),
        ]
        for number in range(pairs + 1):
            # Neither is always the one that finds the machine warm, or the other one's remains.
            for costs, journey in sides if number % 2 else sides[::-1]:
                _, cost = measured(lambda journey=journey: journey(next(people)), without=pid)
                if number:  # the first pair warms up
                    costs.append(cost)
    ratio("wall, one journey", [c.wall for c in mine], [c.wall for c in theirs], "at most 1.05")
    ratio("CPU, one journey", [c.cpu for c in mine], [c.cpu for c in theirs], "at most 1.10")


def bench_many(
    site: Site, folder: Path, people: Iterator[Account], rounds: int, journeys: int
) -> None:
    """Eight journeys at a time: throughput against the asynchronous API with 8 contexts."""
    mine: list[float] = []
    theirs: list[float] = []
    with (
        Portalwatch(site, folder, lanes=LANES) as portalwatch,
        raw_throughput(site.portal.url) as run_raw,
    ):
        for warm_up in (True, *(False for _ in range(rounds))):
            batch = list(itertools.islice(people, journeys))
            their = per_minute(lambda batch=batch: run_raw(batch), journeys)
            batch = list(itertools.islice(people, journeys))
            my = per_minute(lambda batch=batch: portalwatch.run(*batch), journeys)
            if not warm_up:
                theirs.append(their)
                mine.append(my)
    ratio("journeys a minute, 8 lanes", mine, theirs, "at least 0.90")


@contextmanager
def raw_throughput(base_url: str) -> Iterator[Callable[[list[Account]], object]]:
    """Run a batch on 8 contexts of one browser of the asynchronous API."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def do(work: object) -> object:
        return asyncio.run_coroutine_threadsafe(work, loop).result()  # type: ignore[arg-type]

    async def start() -> object:
        playwright = await async_playwright().start()
        options = find(KNOWN["chromium"]).launch_options()
        return playwright, await playwright.chromium.launch(**options)

    async def batch(people: list[Account]) -> None:
        lanes = asyncio.Semaphore(LANES)

        async def one(account: Account) -> None:
            async with lanes:
                await raw_async(browser, base_url, account)

        await asyncio.gather(*(one(account) for account in people))

    async def stop() -> None:
        await browser.close()
        await playwright.stop()

    playwright, browser = do(start())  # type: ignore[misc]
    try:
        yield lambda people: do(batch(people))
    finally:
        do(stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def bench_memory(site: Site, folder: Path, people: Iterator[Account], pid: int) -> None:
    """The memory of monitor, worker, driver and browser with 8 lanes busy, and of raw Playwright.

    Either has this process in it, which is the monitor to the one and the script to the other.
    """
    batches = 3
    with raw_throughput(site.portal.url) as run_raw:
        theirs = [b for _ in range(batches) for b in busy_memory(run_raw, people, pid)]
    with Portalwatch(site, folder, lanes=LANES) as portalwatch:
        mine = [
            b
            for _ in range(batches)
            for b in busy_memory(lambda batch: portalwatch.run(*batch), people, pid)
        ]
    for what, of in (("median", statistics.median), ("peak", max)):
        print(
            f"memory, 8 lanes, {what:<12}{of(mine) / 1e6:6.0f} MB of PSS     (at most 600;"
            f" raw Playwright {of(theirs) / 1e6:.0f} MB)",
            flush=True,
        )


def busy_memory(
    run: Callable[[list[Account]], object], people: Iterator[Account], pid: int
) -> Iterator[int]:
    """PSS in bytes of this process's tree, again and again while a batch of journeys runs."""
    work = threading.Thread(target=run, args=[list(itertools.islice(people, LANES * 2))])
    work.start()
    while work.is_alive():
        yield memory(pid)
        work.join(0.2)


def memory(without: int) -> int:
    """PSS in bytes of this process's tree."""
    total = 0
    for process in tree(without):
        try:
            total += int(process.memory_full_info().pss)
        except psutil.Error:
            continue
    return total


def per_minute(work: object, journeys: int) -> float:
    started = time.perf_counter()
    work()  # type: ignore[operator]
    return 60 * journeys / (time.perf_counter() - started)


def ratio(what: str, mine: list[float], theirs: list[float], target: str) -> None:
    """Print the ratio of the medians, and the median of the pairs' ratios beside it."""
    medians = statistics.median(mine) / statistics.median(theirs)
    pairs = statistics.median(m / t for m, t in zip(mine, theirs, strict=True))
    print(
        f"{what:<28} {medians:6.3f} × raw Playwright   pairwise {pairs:.3f}"
        f"   ({target}; {statistics.median(mine):.3f} to {statistics.median(theirs):.3f})",
        flush=True,
    )


def main() -> None:
    """Run the benches that the arguments name; without, those against raw Playwright."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "which",
        nargs="*",
        choices=["one", "many", "memory", "portal", "report", "leak-scan", []],
        default=[],
    )
    parser.add_argument("--pairs", type=int, default=40, help="alternating runs of one journey")
    parser.add_argument("--rounds", type=int, default=5, help="alternating batches of 8 lanes")
    parser.add_argument("--requests", type=int, default=20, help="of each page of the portal")
    parser.add_argument("--patients", type=int, default=200, help="of the portal (%(default)s)")
    parser.add_argument(
        "--transactions", type=int, default=2_000, help="of the portal (%(default)s)"
    )
    arguments = parser.parse_args()
    which = arguments.which or ["one", "many", "memory"]
    if "portal" in which:
        bench_portal(arguments)
        which.remove("portal")
    if "leak-scan" in which:
        bench_leak_scan()
        which.remove("leak-scan")
    if "report" in which:
        bench_report()
        which.remove("report")
    if not which:
        return
    folder = Path(tempfile.mkdtemp(prefix="portalwatch-bench-"))
    try:
        with serve("--accounts", "999") as portal:
            pid = next(c.pid for c in psutil.Process().children() if "portal" in c.cmdline())
            project = activate(ROOT)
            site = site_of(project, *read_plan(project), portal)
            people = accounts_of(999)
            if "one" in which:
                bench_one(site, folder, people, arguments.pairs, pid)
            if "many" in which:
                bench_many(site, folder, people, arguments.rounds, 64)
            if "memory" in which:
                bench_memory(site, folder, people, pid)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
