"""A wrong password in the plan never locks the portal's account, whatever runs, and how often."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
import yaml

from fixtures.portal import serve
from portalwatch.model import Cause, Outcome, Result
from portalwatch.project import StartedPortal
from tests.integration.troubled_portal import TOKEN
from tests.integration.watching import RunningMonitor, monitoring, wait_for_results
from tests.small_project import users_environment
from tests.waiting import wait_until

LIMIT = 3  # the least that leaves room for a failure that is meant beside two refusals
USER = "amara.okafor"
CHECKS = (
    "login.provider_signs_in_and_out",
    "login.wrong_password_is_refused",
    "session.stale_cookies_do_no_harm",
)


@pytest.fixture(scope="module")
def strict_portal() -> Iterator[StartedPortal]:
    """A portal that locks an account after ``LIMIT`` failures in a row, for half an hour."""
    settings = {
        "PORTAL_LOCK_TRIES": str(LIMIT),
        "PORTAL_LOCK_SECONDS": "1800",
        "PORTAL_CONTROL_TOKEN": TOKEN,
    }
    with serve(environment=settings) as portal:
        yield portal


@pytest.fixture
def project(project_copy: Path, strict_portal: StartedPortal) -> Path:
    file = project_copy / "portalwatch.yaml"
    plan = yaml.safe_load(file.read_text())
    plan["portal"] = {"name": "Strict", "url": strict_portal.url, "attempts": LIMIT}
    plan["monitor"] |= {"listen": "127.0.0.1:0", "lanes": 4}
    plan["defaults"] |= {"every": "2s", "jitter": "0s"}
    plan["accounts"] = {"basic": plan["accounts"]["basic"]}
    plan["checks"] = [{"check": check, "account": "basic"} for check in CHECKS]
    del plan["mailboxes"]
    file.write_text(yaml.safe_dump(plan, sort_keys=False))
    return project_copy


def secrets(portal: StartedPortal, password: str | None = None) -> dict[str, str]:
    right = portal.secrets["PORTALWATCH_BASIC_PASSWORD"]
    return {"PORTALWATCH_BASIC_PASSWORD": password or right}


def portalwatch(project: Path, environ: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=project,
        env={**users_environment(), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    return ran.returncode, ran.stdout + ran.stderr


def is_locked(portal: StartedPortal) -> bool:
    answer = httpx.get(
        f"{portal.url}/control/accounts/{USER}", headers={"Authorization": f"Bearer {TOKEN}"}
    ).json()
    return bool(answer["locked_until"] or answer["password_disabled"])


def kill_the_worker(monitor: RunningMonitor) -> None:
    worker = monitor.worker()
    assert worker is not None
    worker.kill()
    wait_until(lambda: monitor.worker() not in (None, worker), seconds=60, what="another worker")


def unavailable(results: list[Result]) -> list[Result]:
    return [r for r in results if r.last.cause is Cause.ACCOUNT_UNAVAILABLE]


def test_a_wrong_password_is_tried_twice_and_the_account_stays_open(
    project: Path, strict_portal: StartedPortal
) -> None:
    wrong = secrets(strict_portal, "the password of last year")
    code, told = portalwatch(project, wrong, "portalwatch.cli", "run", "--once")
    assert code == 1, told  # the portal refused it: that is what is told first
    assert "is paused" in told
    assert "accounts resume basic" in told

    # A monitor, which is restarted, and whose worker is killed.
    for _ in range(2):
        with monitoring(project, wrong) as monitor:
            already = len(monitor.results())
            wait_for_results(monitor, already + 12)
            kill_the_worker(monitor)
            results = wait_for_results(monitor, already + 24)[already:]
            assert unavailable(results) == results
            assert {result.outcome for result in results} == {Outcome.ERROR}
            paused = monitor.metrics("portalwatch_account_paused")
            assert paused == {("basic",): 1}
            assert monitor.metrics("portalwatch_account_failures")[("basic",)] < LIMIT
            assert "A test account is paused" in monitor.get("")[1]
            assert monitor.said().count("accounts resume basic") >= 1
            assert monitor.stop() == 0

    (project / "pytest.ini").write_text(
        "[pytest]\npython_files = checks/*.py\npython_functions = check_*\n"
    )
    chosen = ("-k", "signs_in_and_out", "--browser", "chromium")
    code, told = portalwatch(project, wrong, "pytest", "checks/login.py", *chosen)
    assert code == 1
    assert "account 'basic' is paused since" in told
    assert not is_locked(strict_portal)

    # Once the secret is mended, the account is tried again, and works.
    right = secrets(strict_portal)
    code, told = portalwatch(project, right, "portalwatch.cli", "accounts")
    assert code == 0
    assert "paused since" in told
    assert "The portal refused the credentials" in told
    assert USER not in told
    resume = ("portalwatch.cli", "accounts", "resume", "basic")
    code, told = portalwatch(project, wrong, *resume)
    assert (code, told.count("\n")) == (2, 1)
    assert "its secret is still the one that the portal refused" in told
    code, told = portalwatch(project, right, *resume)
    assert code == 2  # and if this one is wrong as well?
    assert "3 lock it (sign in by hand" in told
    code, told = portalwatch(project, right, *resume, "--unlocked")
    assert (code, told) == (0, "basic: resumed; no failures may be held against it\n")
    code, told = portalwatch(project, right, "portalwatch.cli", "run", "--once")
    assert code == 0, told
    code, told = portalwatch(project, right, "portalwatch.cli", "accounts")
    assert "paused" not in told
    assert f"0 of {LIMIT}" in told


def test_whoever_still_has_the_secret_that_was_refused_does_not_try_it_again(
    project: Path, tmp_path: Path
) -> None:
    """Two monitors: of one the secret is a file, of the other a variable, which stays wrong."""
    with serve(environment={"PORTAL_CONTROL_TOKEN": TOKEN}) as portal:
        file = project / "portalwatch.yaml"
        plan = yaml.safe_load(file.read_text())
        plan["portal"] = {"name": "Usual", "url": portal.url, "attempts": 5}
        plan["checks"] = [{"check": CHECKS[0], "account": "basic", "browsers": ["chromium"]}]
        file.write_text(yaml.safe_dump(plan, sort_keys=False))
        kept = tmp_path / "password"
        kept.write_text("the password of last year")
        kept_in_file = {"PORTALWATCH_BASIC_PASSWORD_FILE": str(kept)}
        stale = secrets(portal, "the password of last year")
        resume = ("portalwatch.cli", "accounts", "resume", "basic")

        with monitoring(project, kept_in_file) as monitor:
            wait_until(lambda: monitor.metrics("portalwatch_account_paused") == {("basic",): 1},
                       seconds=60, what="the pause")  # fmt: skip
            code, told = portalwatch(project, kept_in_file, *resume)
            assert code == 2
            assert "its secret is still the one that the portal refused" in told

            kept.write_text(portal.secrets["PORTALWATCH_BASIC_PASSWORD"])
            code, told = portalwatch(project, kept_in_file, *resume)
            assert (code, told) == (0, "basic: resumed; 2 failures may be held against it\n")
            wait_until(lambda: monitor.results()[-1].outcome is Outcome.PASS,
                       seconds=60, what="a pass with the new secret")  # fmt: skip
            assert monitor.metrics("portalwatch_account_paused") == {("basic",): 0}
            assert monitor.stop() == 0

        with monitoring(project, stale) as monitor:
            for _ in range(2):
                results = wait_for_results(monitor, len(monitor.results()) + 3)[-3:]
                assert unavailable(results) == results
                assert "its secret is still the one" in results[-1].last.message
                code, told = portalwatch(project, kept_in_file, *resume)
                assert (code, told) == (
                    *(0, "basic: was not paused; no failures may be held against it\n"),
                )
            assert monitor.metrics("portalwatch_account_paused") == {("basic",): 1}
            assert monitor.metrics("portalwatch_account_failures") == {("basic",): 0}
            assert "is still the one that the portal refused" in monitor.get("")[1]
            assert monitor.stop() == 0
        assert not is_locked(portal)
