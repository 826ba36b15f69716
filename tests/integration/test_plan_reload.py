"""A running monitor takes up a changed project, and keeps the old plan where the new is bad."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from portalwatch.model import Outcome
from tests.integration.watching import monitoring, plan_of, wait_for_results, write_plan
from tests.waiting import wait_until

TRIAL = '''\
def check_{name}(journey):
    """The sign-in page opens."""
    with journey.step("{step}"):
        journey.page.goto("/sign-in/")
'''
SECONDS = 30.0


class Project:
    """A project that changes while it is watched."""

    def __init__(self, root, portal):
        self.root = root
        self._portal = portal

    def write_check(self, module, name="opens", step="open it"):
        source = TRIAL.format(name=name, step=step)
        (self.root / "checks" / f"{module}.py").write_text(source)

    def plan(self, *checks, password=None, **sections):
        defaults = {"browsers": ["chromium"], "every": "1s"}
        entries = [{"check": check} for check in checks]
        plan = plan_of(self._portal, entries, defaults=defaults, **sections)
        if password is not None:
            name = next(iter(plan["accounts"]))
            plan["accounts"][name]["password"] = password
            plan["checks"][0]["account"] = name
        write_plan(self.root, plan)


@pytest.fixture
def project(project_copy, portal):
    made = Project(project_copy, portal)
    made.write_check("first")
    made.plan("first.opens")
    return made


@pytest.fixture
def monitor(project, portal):
    with monitoring(project.root, portal.secrets) as running:
        wait_for_results(running, 1)
        yield running
        assert running.stop() == 0, running.said()
        assert running.open_runs() == []
        assert running.remains() == []
        assert {result.outcome for result in running.results()} == {Outcome.PASS}
        assert "Traceback" not in running.said()


def up(monitor):
    return {check for _, check in monitor.metrics("portalwatch_check_up")}


def wait_for_checks(monitor, *checks):
    wait_until(lambda: up(monitor) == set(checks), seconds=SECONDS, what=f"only {checks} up")


def test_a_new_check_is_watched_and_one_that_left_the_plan_is_forgotten(project, monitor):
    project.write_check("second")
    project.plan("first.opens", "second.opens")
    wait_for_checks(monitor, "first.opens", "second.opens")
    assert "second.opens" in monitor.get("")[1]

    project.plan("second.opens")
    wait_for_checks(monitor, "second.opens")
    assert "first.opens" not in monitor.get("metrics")[1]
    assert "first.opens" not in monitor.get("")[1]


def test_a_bad_plan_keeps_the_old_one_and_says_so_until_it_is_mended(project, monitor):
    project.plan("first.closes")
    wait_until(
        lambda: monitor.metric("portalwatch_plan_reload_success") == 0, seconds=SECONDS, what="0"
    )
    problem = "'first.closes' is not a check of this project"
    assert problem in monitor.said()
    assert "first.closes" in monitor.get("")[1]
    wait_for_results(monitor, len(monitor.results()) + 2)

    project.plan("first.opens")
    wait_until(
        lambda: monitor.metric("portalwatch_plan_reload_success") == 1, seconds=SECONDS, what="1"
    )
    assert "first.closes" not in monitor.get("")[1]
    wait_for_results(monitor, len(monitor.results()) + 2)


def test_a_plan_that_is_gone_for_a_moment_keeps_the_old_one(project, monitor):
    plan = project.root / "portalwatch.yaml"
    plan.rename(project.root / "away.yaml")
    wait_until(
        lambda: monitor.metric("portalwatch_plan_reload_success") == 0, seconds=SECONDS, what="0"
    )
    (project.root / "away.yaml").rename(plan)
    wait_until(
        lambda: monitor.metric("portalwatch_plan_reload_success") == 1, seconds=SECONDS, what="1"
    )


def shows_step(monitor, step):
    return monitor.results(limit=1)[-1].last.steps[0].name == step


def test_changed_code_of_a_check_is_run_by_fresh_workers(project, monitor):
    project.write_check("first", step="open it anew")
    wait_until(lambda: shows_step(monitor, "open it anew"), seconds=SECONDS, what="the new step")
    assert monitor.metrics("portalwatch_worker_restarts_total") == {("plan",): 1}


def test_a_signal_and_a_change_of_files_together_do_no_harm(project, monitor):
    for number in range(3):
        project.write_check("first", step=f"open it again, {number}")
        monitor.send(signal.SIGHUP)
    wait_until(
        lambda: shows_step(monitor, "open it again, 2"), seconds=SECONDS, what="the last step"
    )


def test_a_folder_that_was_replaced_is_still_watched(project, monitor):
    checks, before = project.root / "checks", project.root / "before"
    checks.rename(before)
    wait_until(
        lambda: monitor.metric("portalwatch_plan_reload_success") == 0, seconds=SECONDS, what="0"
    )
    before.rename(checks)
    wait_until(
        lambda: monitor.metric("portalwatch_plan_reload_success") == 1, seconds=SECONDS, what="1"
    )
    project.write_check("first", step="after the change")
    wait_until(
        lambda: shows_step(monitor, "after the change"), seconds=SECONDS, what="the new step"
    )


def test_what_a_reload_cannot_change_is_told(project, monitor):
    project.plan("first.opens", monitor={"workers": 2, "lanes": 2, "listen": "127.0.0.1:1"})
    wait_until(lambda: monitor.metric("portalwatch_lanes") == 2, seconds=SECONDS, what="2 lanes")
    for key in ("monitor.listen", "monitor.workers"):
        assert f"a change of {key} is taken up at the next start only" in monitor.said()


@pytest.fixture
def slow_secret(project, tmp_path):
    """A command that gives its secret once somebody has written it to a pipe, and the pipe."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    project.plan("first.opens", password={"command": ["sh", "-c", f"echo $$ >&2; cat {pipe}"]})
    return pipe


def reading(pipe):
    """The processes that wait for somebody to write to ``pipe``."""
    return [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["cat", str(pipe)]]


def test_a_secret_that_takes_its_time_holds_nothing_up(project, monitor, slow_secret):
    wait_until(lambda: reading(slow_secret), seconds=SECONDS, what="the command")
    wait_for_results(monitor, len(monitor.results()) + 2)
    assert reading(slow_secret)
    assert "the plan was taken up" not in monitor.said()
    slow_secret.write_text("Harbor-Lantern-27\n")
    wait_until(lambda: "the plan was taken up" in monitor.said(), seconds=SECONDS, what="the plan")


def test_a_stop_does_not_wait_for_a_secret(monitor, slow_secret):
    wait_until(lambda: reading(slow_secret), seconds=SECONDS, what="the command")
    assert monitor.stop() == 0
    assert reading(slow_secret) == []
