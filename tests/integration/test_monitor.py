"""A real monitor from start to stop: misses, draining, a store it cannot write, restarts."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time

import pytest

from portalwatch.model import Cause, Outcome
from tests.integration.watching import STORE, monitoring, plan_of, wait_for_results, write_plan
from tests.waiting import wait_until

TRIALS = '''\
from playwright.sync_api import expect


def check_passes(journey):
    """The sign-in page opens."""
    with journey.step("open the page"):
        journey.page.goto("/sign-in/")


def check_waits_at_the_gate(journey):
    """A page that is there once the test opens the gate."""
    journey.page.goto("/gate", timeout=45_000)


def check_waits_a_minute(journey):
    """A page that does not show what it should, however long one waits."""
    journey.page.goto("/sign-in/")
    expect(journey.page.get_by_role("heading", name="Nowhere")).to_be_visible(timeout=60_000)


def check_signs_in(journey):
    """A journey with an account."""
    journey.page.goto("/sign-in/")
    assert journey.account.user_id
'''

SIGNS_IN = {"check": "trials.signs_in", "account": "parallel"}


@pytest.fixture
def project(project_copy, portal):
    (project_copy / "checks" / "trials.py").write_text(TRIALS)

    def planned(*trials, url=portal.url, **sections):
        defaults = {"browsers": ["chromium"], **sections.pop("defaults", {})}
        checks = [t if isinstance(t, dict) else {"check": f"trials.{t}"} for t in trials]
        plan = plan_of(portal, checks, defaults=defaults, **sections)
        plan["portal"]["url"] = url
        write_plan(project_copy, plan)
        return project_copy

    return planned


def under_way(monitor, count=1):
    return wait_until(
        lambda: monitor.metric("portalwatch_lanes_busy") == count, seconds=30, what="a run"
    )


def stopped(monitor):
    """What there is to be seen after every stop."""
    assert monitor.process.wait(30) == 0, monitor.said()
    assert monitor.open_runs() == []
    assert monitor.remains() == []
    assert "Traceback" not in monitor.said()
    return monitor.results()


def test_a_run_still_going_when_its_next_is_due_makes_that_one_a_miss(project, portal, site):
    root = project("waits_at_the_gate", url=site.url, defaults={"every": "1s"})
    with monitoring(root, portal.secrets) as monitor:
        missed = ("chromium", "trials.waits_at_the_gate")
        wait_until(
            lambda: monitor.metrics("portalwatch_missed_runs_total").get(missed, 0) >= 4,
            seconds=30,
            what="four misses",
        )
        assert monitor.results() == []
        site.open_gate()
        wait_for_results(monitor, 2)
        monitor.send(signal.SIGTERM)
        results = stopped(monitor)
    for earlier, later in itertools.pairwise(results):
        assert later.scheduled_at > earlier.ended_at  # never two of them at once


def test_a_stop_lets_runs_under_way_end(project, portal, site):
    with monitoring(project("waits_at_the_gate", url=site.url), portal.secrets) as monitor:
        under_way(monitor)
        monitor.send(signal.SIGTERM)
        _, reason = wait_until(
            lambda: (answer := monitor.get("readyz"))[0] == 503 and answer,
            seconds=5,
            what="not ready",
        )
        site.open_gate()
        results = stopped(monitor)
    assert "stopping" in reason
    assert [result.outcome for result in results] == [Outcome.PASS]


@pytest.mark.parametrize(
    ("drain", "signals"),
    [("1s", [signal.SIGTERM]), ("50s", [signal.SIGTERM, signal.SIGINT])],
    ids=["its drain is over", "it is told twice"],
)
def test_a_stop_cuts_off_what_is_left_and_gives_it_a_verdict(project, portal, drain, signals):
    root = project("waits_a_minute", "passes", monitor={"drain": drain})
    with monitoring(root, portal.secrets) as monitor:
        wait_for_results(monitor, 1)
        under_way(monitor)
        began = time.monotonic()
        for each in signals:
            monitor.send(each)
            wait_until(lambda: monitor.get("readyz")[0] == 503, seconds=5, what="stopping")
        results = stopped(monitor)
        seconds = time.monotonic() - began
    (cut_off,) = [result for result in results if result.check == "trials.waits_a_minute"]
    assert (cut_off.outcome, cut_off.cause) == (Outcome.ERROR, Cause.MONITOR_RESTARTED)
    assert seconds < 15


def test_a_stop_does_not_wait_for_a_reader_of_the_live_page(project, portal):
    with monitoring(project("passes"), portal.secrets) as monitor:
        host, port = monitor.address.removeprefix("http://").rstrip("/").split(":")
        with socket.create_connection((host, int(port))) as reader:
            reader.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"200 OK" in reader.recv(1000)
            began = time.monotonic()
            monitor.send(signal.SIGTERM)
            stopped(monitor)
    assert time.monotonic() - began < 15


def test_verdicts_wait_for_a_store_that_cannot_be_written(project, portal):
    with monitoring(project("passes", defaults={"every": "1s"}), portal.secrets) as monitor:
        before = len(wait_for_results(monitor, 1))
        wait_until(lambda: monitor.get("readyz")[0] == 200, seconds=10, what="ready")
        with sqlite3.connect(monitor.root / "var" / STORE, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            _, reason = wait_until(
                lambda: (answer := monitor.get("readyz"))[0] == 503 and answer,
                seconds=30,
                what="not ready",
            )
            assert "wait for a store that cannot be written" in reason
            assert monitor.get("")[0] == 200  # its pages are there all the same
            other.execute("ROLLBACK")
        other.close()
        wait_until(lambda: monitor.get("readyz")[0] == 200, seconds=30, what="ready again")
        wait_for_results(monitor, before + 3)
        monitor.send(signal.SIGTERM)
        assert {result.outcome for result in stopped(monitor)} == {Outcome.PASS}
        assert "a verdict waits to be stored" in monitor.said()


def test_a_start_shows_what_was_known_before_it(project, portal):
    root = project("passes", SIGNS_IN)
    with monitoring(root, portal.secrets) as monitor:
        wait_until(
            lambda: len(monitor.metrics("portalwatch_check_up")) == 2, seconds=30, what="both"
        )
        assert monitor.stop() == 0
    root = project("passes", defaults={"every": "1h"})
    with monitoring(root, portal.secrets) as monitor:
        # Before any run of this start, and without the check that left the plan meanwhile.
        assert monitor.metrics("portalwatch_check_up") == {("chromium", "trials.passes"): 1}
        assert monitor.metric("portalwatch_plan_reload_success") == 1
        assert monitor.stop() == 0


def test_a_fault_of_our_own_is_a_verdict_and_the_monitor_goes_on(project, portal):
    with monitoring(project(SIGNS_IN), portal.secrets) as monitor:
        wait_for_results(monitor, 1)
        shutil.rmtree(root := monitor.root / "var" / "leases")
        fault = wait_until(
            lambda: [r for r in monitor.results() if r.cause is Cause.ENGINE_FAULT],
            seconds=30,
            what="the fault",
        )[0]
        root.mkdir()
        wait_until(lambda: monitor.results()[-1].outcome is Outcome.PASS, seconds=30, what="a pass")
        assert monitor.stop() == 0
        assert monitor.open_runs() == []
        assert "Traceback" in monitor.said()
    assert fault.message.startswith("portalwatch itself is at fault: FileNotFoundError")


def refused(root, environ):
    """The one line with which a second monitor ends."""
    command = [sys.executable, "-m", "portalwatch.cli", "run"]
    ended = subprocess.run(
        command, cwd=root, env={**environ}, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr.strip().splitlines()[-1]


def test_an_address_that_is_taken_is_one_line(project, portal, monkeypatch):
    for name, value in portal.secrets.items():
        monkeypatch.setenv(name, value)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        root = project("passes", monitor={"listen": f"127.0.0.1:{port}"})
        line = refused(root, os.environ)
    assert f"monitor.listen: 127.0.0.1:{port} cannot be listened on: Address already in" in line


def test_a_second_monitor_of_a_project_is_refused(project, portal):
    with monitoring(project("passes"), portal.secrets) as monitor:
        line = refused(monitor.root, {**os.environ, **portal.secrets})
        assert f"another monitor, process {monitor.process.pid}, is at work here" in line
        # And the first was not disturbed.
        wait_for_results(monitor, 1)
        assert monitor.stop() == 0
