"""kill -9 of everything in the middle of runs: one verdict for each, and never the portal's fault.

A real monitor in a process of its own watches the real portal while what it has started
is killed, one thing after another. PORTALWATCH_TEST_FULL=1 makes it the full number.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter

import pytest

from portalwatch.model import Cause, Outcome
from tests.integration.watching import (
    RunningMonitor,
    monitoring,
    plan_of,
    wait_for_results,
    write_plan,
)
from tests.waiting import wait_until

FULL = os.environ.get("PORTALWATCH_TEST_FULL") == "1"
KILLS = 50 if FULL else 1
MONITOR_KILLS = 20 if FULL else 1
RECOVERY_SECONDS = 90.0

BOTH = ["chromium", "firefox"]
CHECKS = [
    {"check": "two_factor.provider_signs_in_with_totp", "account": "parallel", "browsers": BOTH},
    {"check": "access.dashboard_needs_the_second_factor", "account": "parallel", "browsers": BOTH},
    {"check": "access.dashboard_needs_a_session", "browsers": BOTH},
]


@pytest.fixture
def project(project_copy, portal):
    write_plan(project_copy, plan_of(portal, CHECKS))
    return project_copy


def in_the_middle_of_runs(monitor: RunningMonitor) -> None:
    """Return at a moment at which lanes are at work: any of a run's is as good as another."""
    age = random.uniform(0.0, 1.5)
    wait_until(
        lambda: (
            monitor.metric("portalwatch_lanes_busy") >= 2
            and (oldest := monitor.store.interrupted_runs())
            and time.time() - oldest[0].scheduled_at >= age
        ),
        seconds=RECOVERY_SECONDS,
        what=f"a run under way for {age:.1f} s",
    )


def passes_on_both_browsers_since(monitor: RunningMonitor, since: float) -> bool:
    passed = [
        result.browser.name
        for result in monitor.results(limit=20)
        if result.scheduled_at > since and result.outcome is Outcome.PASS
    ]
    return set(BOTH) <= set(passed)


def assert_only_our_own_faults(monitor: RunningMonitor) -> None:
    results = monitor.results()
    failed = [result for result in results if result.outcome is Outcome.FAIL]
    assert failed == []
    assert len({result.run_id for result in results}) == len(results)
    print(Counter(str(result.cause or "pass") for result in results))  # shown by pytest -s


def test_whatever_is_killed_each_run_has_one_verdict_and_the_next_pass(project, portal):
    with monitoring(project, portal.secrets) as monitor:
        wait_until(
            lambda: passes_on_both_browsers_since(monitor, 0.0),
            seconds=RECOVERY_SECONDS,
            what="the first passes",
        )
        find = {
            "chromium": lambda: monitor.browser("chromium"),
            "firefox": lambda: monitor.browser("firefox"),
            "driver": monitor.driver,
            "worker": monitor.worker,
        }
        for victim in [*find] * KILLS:
            in_the_middle_of_runs(monitor)
            wait_until(find[victim], seconds=RECOVERY_SECONDS, what=victim).kill()
            killed_at = time.time()
            wait_until(
                lambda since=killed_at: passes_on_both_browsers_since(monitor, since),
                seconds=RECOVERY_SECONDS,
                what=f"passes after the {victim} was killed",
            )
        wait_until(lambda: not monitor.zombies(), seconds=15, what="no zombie left")
        assert monitor.stop() == 0, monitor.said()
        assert monitor.open_runs() == []
        assert monitor.remains() == []
        assert_only_our_own_faults(monitor)


def test_runs_of_a_monitor_that_was_killed_are_closed_by_the_next(project, portal):
    for _ in range(MONITOR_KILLS):
        with monitoring(project, portal.secrets) as monitor:
            wait_for_results(monitor, len(monitor.results()) + 1)
            in_the_middle_of_runs(monitor)
            monitor.send(signal.SIGKILL)
            monitor.process.wait()
            left = monitor.open_runs()
            assert left
            # Workers end by themselves; nobody has to come and clear up after them.
            wait_until(lambda: monitor.remains() == [], seconds=30, what="nothing left")
    restarted_at = time.time()
    with monitoring(project, portal.secrets) as monitor:
        wait_until(
            lambda: passes_on_both_browsers_since(monitor, restarted_at),
            seconds=RECOVERY_SECONDS,
            what="passes after the restart",
        )
        assert monitor.stop() == 0, monitor.said()
        assert monitor.open_runs() == []
        assert monitor.remains() == []
        closed = [r for r in monitor.results() if r.cause is Cause.MONITOR_RESTARTED]
        assert len(closed) >= MONITOR_KILLS
        assert set(left) <= {result.run_id for result in closed}
        assert_only_our_own_faults(monitor)
