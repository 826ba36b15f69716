"""`portalwatch run`: the monitor as on-call meets it, from its start to SIGTERM."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import expect

from portalwatch.lanes import processes
from tests.acceptance.conftest import COMMAND, Portalwatch
from tests.small_project import users_environment

ALL_DONE = 120  # seconds: the first run of every check on both browsers, on a busy machine


class Monitor:
    """A monitor that runs, seen from outside."""

    def __init__(self, process: subprocess.Popen[str], project: Path) -> None:
        self.process = process
        self.project = project
        said = []
        assert process.stdout is not None
        while not (said and said[-1].startswith("Stop it")):
            said.append(process.stdout.readline())
            assert said[-1], (project / "log").read_text()
        self.banner = "".join(said)
        self.address = re.search(r"Status page: (\S+)", self.banner)[1]  # type: ignore[index]
        self.instance: str = json.loads((project / "var/monitor.lock").read_text())["instance"]

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of the page at ``path``."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def started(self) -> list[psutil.Process]:
        """Every process that it has started: workers, drivers, browsers, the portal."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        return [*below, *processes.marked(self.instance)]

    def log(self) -> str:
        return (self.project / "log").read_text()


@pytest.fixture
def watching(temporary: Path) -> Callable[[Path], Any]:
    """Starts a monitor in a project; it is ended with the block, if the test has not done it."""

    @contextmanager
    def start(project: Path) -> Iterator[Monitor]:
        with (
            (project / "log").open("w") as log,
            subprocess.Popen(
                [*COMMAND, "run"],
                cwd=project,
                env={**users_environment(), "TMPDIR": str(temporary)},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            ) as process,
        ):
            try:
                yield Monitor(process, project)
            finally:
                process.terminate()

    return start


@pytest.fixture
def quick(short_project: Path) -> Path:
    """A part of the bundled project, with one check that runs every few seconds."""
    plan = short_project / "portalwatch.yaml"
    text = plan.read_text()
    plan.write_text(text.replace("  every: 30s\n", "  every: 4s\n  jitter: 1s\n"))
    return short_project


def test_on_call_sees_every_check_up_on_both_browsers_and_each_new_run_as_it_comes(
    quick: Path, watching: Any, visit: Any, temporary: Path
) -> None:
    with watching(quick) as monitor:
        assert re.search(r"(?m)^Portal: +http://127\.0\.0\.1:\d+$", monitor.banner)
        page = visit(monitor.address)
        up = page.locator("li.line.is-up")
        expect(up).to_have_count(12, timeout=ALL_DONE * 1000)
        assert monitor.get("healthz")[0] == 200
        assert monitor.get("readyz")[0] == 200

        page.evaluate("window.sameDocument = true")
        newest = page.locator("article", has_text="login.provider_signs_in_and_out").locator("time")
        before = newest.first.get_attribute("datetime")
        expect(newest.first).not_to_have_attribute("datetime", before or "", timeout=30_000)
        assert page.evaluate("window.sameDocument")

        _, metrics = monitor.get("metrics")
        states = re.findall(r"(?m)^portalwatch_check_up\{(.*)\} (\S+)$", metrics)
        assert len(states) == 12
        assert {value for _, value in states} == {"1.0"}

        page.close()  # it would complain, and rightly, that its monitor has gone
        started = monitor.started()
        assert len(started) > 6  # a worker, a driver, the browsers' processes, the portal
        with urllib.request.urlopen(monitor.address + "events", timeout=60) as reader:
            monitor.process.send_signal(signal.SIGTERM)
            assert reader.read() is not None  # to the stream's end: nobody is cut off
            assert monitor.process.wait(60) == 0, monitor.log()
    assert "Traceback" not in monitor.log()
    assert [p for p in started if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []
    assert processes.marked(monitor.instance) == []
    assert list(temporary.iterdir()) == []


def test_a_second_monitor_and_a_taken_address_are_refused_in_a_line(
    small: Path, watching: Any, portalwatch: Portalwatch
) -> None:
    plan = small / "portalwatch.yaml"
    without_address = plan.read_text()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    plan.write_text(without_address + f"monitor:\n  listen: 127.0.0.1:{port}\n")
    with watching(small) as monitor:
        second = portalwatch("run", at=small)  # whose address is taken, too: see why first
        assert second.returncode == 2
        assert second.stderr == (
            f"portalwatch: {small}/var: another monitor, process {monitor.process.pid},"
            " is at work here (stop it first)\n"
        )
        monitor.process.send_signal(signal.SIGINT)
        assert monitor.process.wait(60) == 0, monitor.log()

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        plan.write_text(without_address + f"monitor:\n  listen: 127.0.0.1:{port}\n")
        ran = portalwatch("run", at=small)
    assert ran.returncode == 2
    assert re.match(
        rf"portalwatch: portalwatch\.yaml:\d+: monitor\.listen: 127.0.0.1:{port} cannot be ",
        ran.stderr,
    )
