"""A real monitor: ``portalwatch run`` in a process of its own, and what it leaves behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml
from prometheus_client.parser import text_string_to_metric_families

from portal.accounts.cast import cast
from portalwatch.lanes import processes
from portalwatch.lanes.instance import LOCK_FILE
from portalwatch.model import Result
from portalwatch.project import StartedPortal
from portalwatch.store import Store
from tests.integration.yard import command_of, is_browser, is_driver
from tests.waiting import wait_until

START_SECONDS = 60.0
STOP_SECONDS = 60.0
STORE = "portalwatch.sqlite3"


def plan_of(
    portal: StartedPortal,
    checks: Sequence[Mapping[str, Any]],
    *,
    monitor: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A plan for ``portal`` with its forty interchangeable accounts under the tag ``parallel``."""
    members = [member for member in cast(parallel=40) if member.key.startswith("parallel")]
    accounts = {
        member.key.replace("-", "_"): {
            "user_id": member.user_id,
            "name": member.name,
            "password": {"env": f"{_prefix(member.key)}_PASSWORD"},
            "totp": {"env": f"{_prefix(member.key)}_SECRET"},
            "tags": ["parallel"],
        }
        for member in members
    }
    return {
        "portal": {"name": "The portal", "url": portal.url},
        "monitor": {"listen": "127.0.0.1:0", **(monitor or {})},
        "defaults": {"every": "2s", "jitter": "0s", "timeout": "20s", **(defaults or {})},
        "accounts": accounts,
        "checks": [dict(check) for check in checks],
    }


def _prefix(key: str) -> str:
    return f"PORTALWATCH_{key.upper().replace('-', '_')}"


def write_plan(root: Path, plan: Mapping[str, Any]) -> None:
    """Put ``plan`` in its place in one stroke, so that no half of it is ever read."""
    part = root / "plan.part"
    part.write_text(yaml.safe_dump(dict(plan), sort_keys=False), encoding="utf-8")
    part.replace(root / "portalwatch.yaml")


@dataclass
class RunningMonitor:
    """A monitor of the project in ``root`` that has opened its address."""

    root: Path
    process: subprocess.Popen[str]
    temporary: Path  # all its temporary files, and nobody else's
    log: Path
    address: str = ""
    instance: str = field(init=False)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.instance = json.loads((self.root / "var" / LOCK_FILE).read_text())["instance"]
        self.store = Store(self.root / "var" / STORE)

    # What it says of itself.

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as exc:
            with exc:
                return exc.code, exc.read().decode()

    def metrics(self, name: str) -> dict[tuple[str, ...], float]:
        """The samples of one name, as {label values sorted by label name: value}."""
        _, text = self.get("metrics")
        return {
            tuple(value for _, value in sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name
        }

    def metric(self, name: str) -> float:
        """The one sample of a metric without labels."""
        return self.metrics(name)[()]

    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text(encoding="utf-8")

    def results(self, limit: int = 100_000) -> list[Result]:
        """The newest verdicts in its store, oldest first."""
        return self.store.results(limit=limit)[::-1]

    def open_runs(self) -> list[str]:
        """The runs that have no verdict."""
        return [run.run_id for run in self.store.interrupted_runs()]

    # What it has started.

    def processes(self) -> list[psutil.Process]:
        return processes.marked(self.instance)

    def browser(self, engine: str) -> psutil.Process | None:
        return next((p for p in self.processes() if is_browser(command_of(p), engine)), None)

    def driver(self) -> psutil.Process | None:
        return next((p for p in self.processes() if is_driver(command_of(p))), None)

    def worker(self) -> psutil.Process | None:
        return next(
            (p for p in self.processes() if "portalwatch.lanes.worker" in command_of(p)), None
        )

    def zombies(self) -> list[psutil.Process]:
        """Its children whose exit status it has not collected."""
        try:
            children = psutil.Process(self.process.pid).children()
            return [child for child in children if child.status() == psutil.STATUS_ZOMBIE]
        except psutil.NoSuchProcess:
            return []

    # Its end.

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self) -> int:
        """Tell it to end; its exit code."""
        self.send(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def remains(self) -> list[str]:
        """What is left of it: processes and temporary files."""
        left = [" ".join([str(p.pid), *command_of(p)]) for p in self.processes()]
        return left + [str(path) for path in self.temporary.iterdir()]


@contextmanager
def monitoring(
    root: Path, environ: Mapping[str, str], *, arguments: Sequence[str] = ()
) -> Iterator[RunningMonitor]:
    """A monitor of the project in ``root``; ended by force if it still runs at the end."""
    # A short name: Chromium keeps a socket below it, whose path may have 107 bytes.
    temporary = Path(tempfile.mkdtemp(prefix="m-"))
    log = root / "monitor.log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "portalwatch.cli", "run", *arguments],
            cwd=root,
            env={**os.environ, **environ, "TMPDIR": str(temporary)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        address = _address(process, log)
        monitor = RunningMonitor(root, process, temporary, log, address)
        with monitor.store:
            yield monitor
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        shutil.rmtree(temporary, ignore_errors=True)


def _address(process: subprocess.Popen[str], log: Path) -> str:
    """What the monitor prints once it listens."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"(http://\S+/)metrics", line):
            return found.group(1)
    raise AssertionError(f"the monitor ended with {process.wait()}: {log.read_text()}")


def wait_for_results(monitor: RunningMonitor, count: int, *, seconds: float = 90.0) -> list[Result]:
    """The verdicts, once there are ``count`` of them."""
    return wait_until(
        lambda: len(found := monitor.results()) >= count and found,
        seconds=seconds,
        what=f"{count} verdicts",
    )
