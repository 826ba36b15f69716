"""A project of trials and a pool to run them in: what the tests of the lanes stand on."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from portalwatch.browsers import KNOWN
from portalwatch.lanes import processes
from portalwatch.lanes.instance import new_instance, temporary_folder
from portalwatch.lanes.pool import Pool, PoolEvents
from portalwatch.lanes.wire import WorkerSettings
from portalwatch.model import Outcome, Result
from portalwatch.order import Order, new_run_id

TRIALS = '''\
"""Journeys that end well, and others that do to their worker what must not happen."""

import os
import re
import urllib.request

from playwright.sync_api import expect


def check_passes(journey):
    """The sign-in page opens."""
    journey.page.goto("/form")
    expect(journey.page.get_by_role("heading", name="Sign in")).to_be_visible()


def check_takes_a_while(journey):
    """A page that takes two seconds to show what it should."""
    journey.page.goto("/late")
    expect(journey.page.get_by_role("heading", name="At last")).to_be_visible(timeout=15_000)


def check_says_it_softly(journey):
    """A soft expectation that is not met."""
    journey.page.goto("/form")
    expect.soft(journey.page.get_by_role("heading")).to_have_text("Nonsense", timeout=200)


def check_tells_its_environment(journey):
    """What a worker inherits."""
    journey.attach("environment", " ".join(sorted(os.environ)))


def check_spins(journey):
    """A flow that never yields."""
    journey.page.goto("/form")
    while True:
        pass


def check_blocks(journey):
    """A flow that blocks its thread: it asks for a page, and not by the browser."""
    journey.page.goto("/form")
    urllib.request.urlopen(journey.base_url + "/hang")


def check_holds_the_interpreter(journey):
    """A flow that lets no other thread run either."""
    journey.page.goto("/form")
    re.match(r"(a+)+$", "a" * 60 + "b")


def check_exits(journey):
    """A flow that takes its process down."""
    journey.page.goto("/form")
    os._exit(9)


def check_leaves_the_interpreter(journey):
    """A flow that asks the interpreter to end."""
    raise SystemExit("enough")
'''


def zombies() -> list[psutil.Process]:
    """The ended children of this process whose exit status nobody has collected."""
    found = []
    for child in psutil.Process().children():
        try:
            if child.status() == psutil.STATUS_ZOMBIE:
                found.append(child)
        except psutil.Error:
            continue
    return found


@dataclass
class Yard:
    """A project in ``root``, whose trials are asked of the ``TroubledSite`` at ``url``."""

    root: Path
    url: str
    ended: list[str] = field(default_factory=list)  # why workers ended, in order
    instance: str = field(default_factory=new_instance)
    others: list[psutil.Process] = field(default_factory=zombies)  # of tests before

    def __post_init__(self) -> None:
        self.write_checks(TRIALS)
        (self.root / "checks" / "__init__.py").touch()

    def write_checks(self, source: str, name: str = "trials") -> None:
        (self.root / "checks").mkdir(exist_ok=True)
        (self.root / "checks" / f"{name}.py").write_text(source)

    def settings(self, **changes: Any) -> WorkerSettings:
        values = {
            "root": str(self.root),
            "evidence": str(self.root / "var" / "evidence"),
            "quarantine": str(self.root / "var" / "quarantine"),
            "changes": str(self.root / "var" / "account-changes"),
            "ledger": str(self.root / "var" / "codes.sqlite3"),
            "budget": str(self.root / "var" / "accounts.sqlite3"),
            "sign_ins": str(self.root / "var" / "sign-ins"),
            "browsers": tuple(KNOWN.values()),
            "expect_timeout": 5.0,
            "stall": 2.0,
        }
        return WorkerSettings(**(values | changes))

    def pool(self, settings: WorkerSettings | None = None, **options: Any) -> Pool:
        """A pool of one worker with four lanes, unless ``options`` say otherwise."""
        events = PoolEvents(worker_ended=self.ended.append)
        return Pool(settings or self.settings(), instance=self.instance, events=events, **options)

    def order(self, trial: str = "passes", browser: str = "chromium", **changes: Any) -> Order:
        now = time.time()
        values = {
            "run_id": new_run_id(now),
            "check": f"trials.{trial}",
            "title": trial,
            "browser": browser,
            "base_url": self.url,
            "scheduled_at": now,
            "deadline": 30.0,
            "timeout": 5.0,
        }
        return Order(**(values | changes))

    # What the pool has started.

    def processes(self) -> list[psutil.Process]:
        return processes.marked(self.instance)

    def browser(self, engine: str) -> psutil.Process | None:
        """The main process of the browser, None while there is none."""
        return self._find(lambda command: is_browser(command, engine))

    def driver(self) -> psutil.Process | None:
        return self._find(is_driver)

    def _find(self, fits: Callable[[list[str]], bool]) -> psutil.Process | None:
        for process in self.processes():
            if fits(command_of(process)):
                return process
        return None

    def remains(self) -> list[str]:
        """What is left of the instance on this machine: processes, zombies, files."""
        left = [f"{p.pid} {p.name()} {p.status()}" for p in self.processes()]
        left += [f"zombie {p.pid} {p.name()}" for p in zombies() if p not in self.others]
        folder = temporary_folder(self.instance)
        return left + ([str(folder)] if folder.exists() else [])


def command_of(process: psutil.Process) -> list[str]:
    """Its command line; none of a process that has just ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def is_driver(command: list[str]) -> bool:
    return "run-driver" in command


def is_browser(command: list[str], engine: str) -> bool:
    """Whether it is a browser's main process, not one of its helpers."""
    if not command or engine not in command[0]:
        return False
    helper = any(part.startswith("--type=") or part == "-contentproc" for part in command)
    return not helper


async def until(condition: Callable[[], Any], *, seconds: float = 30.0, what: str) -> Any:
    """The first truthy value of ``condition``, which looks at other processes."""
    give_up = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < give_up, f"{what}: not within {seconds:g} s"
        await asyncio.sleep(0.05)
    return value


def stop(process: psutil.Process) -> None:
    os.kill(process.pid, signal.SIGSTOP)


def kill(process: psutil.Process) -> None:
    os.kill(process.pid, signal.SIGKILL)


def outcomes(results: list[Result]) -> set[Outcome]:
    return {result.outcome for result in results}
