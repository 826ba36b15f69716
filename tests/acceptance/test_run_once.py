"""`portalwatch run --once`: the verdict on a portal, as the exit code says it."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from portalwatch.model import Outcome, Result
from portalwatch.store import Store
from tests.acceptance.conftest import IS_THERE, SECRETS, Portalwatch
from tests.small_project import make_project


@pytest.fixture
def nobodys_address() -> Iterator[str]:
    """An address that refuses every connection: it is bound, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_every_check_passes_on_both_browsers(portalwatch: Portalwatch, short_project: Path) -> None:
    ran = portalwatch("run", "--once", at=short_project)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    *lines, summary = ran.stdout.splitlines()
    assert summary == "12 passed, 0 failed, 0 errors, 0 skipped"
    seen = {re.match(r"PASS  (\S+) \[(\w+)\] \d+\.\d\d s$", line).groups() for line in lines}  # type: ignore[union-attr]
    assert len(seen) == 12
    assert {browser for _, browser in seen} == {"chromium", "firefox"}
    assert ran.stderr == (
        "portalwatch: starting Meridian Provider Portal (fixtures.portal:serve)\n"
    )

    written = portalwatch("report", "--to", "elsewhere", at=short_project)
    assert written.returncode == 0, written.stderr
    index = short_project / "elsewhere/index.html"
    assert written.stdout == "elsewhere/index.html\n"
    assert "12 runs passed" in index.read_text(encoding="utf-8")


def test_a_wrong_password_is_a_failure_with_its_cause(
    portalwatch: Portalwatch, short_project: Path
) -> None:
    plan = short_project / "portalwatch.yaml"
    plan.write_text(plan.read_text().replace("timeout: 10s", "timeout: 5s"))
    ran = portalwatch(
        *("run", "--once", "--json", "-b", "chromium", "-c", "login.provider_signs_in_and_out"),
        at=short_project,
        PORTALWATCH_BASIC_PASSWORD="not-the-right-one",
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    (result,) = json.loads(ran.stdout)
    first, second = result["attempts"]
    assert [first["cause"], second["cause"]] == ["invalid_credentials"] * 2
    assert [step["name"] for step in second["steps"] if step["outcome"] == "fail"] == [
        "reach the dashboard"
    ]
    assert {item["kind"] for item in second["evidence"]} == {"screenshot", "page_text", "trace"}
    assert "not-the-right-one" not in ran.stdout + ran.stderr


def test_a_portal_that_is_down_is_unreachable(
    portalwatch: Portalwatch, short_project: Path, nobodys_address: str
) -> None:
    ran = portalwatch(
        *("run", "--once", "--check", "login", "--base-url", nobodys_address),
        at=short_project,
        **SECRETS,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    *lines, summary = ran.stdout.splitlines()
    assert summary == "0 passed, 4 failed, 0 errors, 0 skipped"
    assert all(": The portal cannot be reached " in line for line in lines)


def test_verdicts_on_another_portal_stay_out_of_the_plans_history(
    portalwatch: Portalwatch, small: Path, nobodys_address: str
) -> None:
    def history() -> list[Result]:
        with Store(small / "var/portalwatch.sqlite3") as store:
            return store.results(limit=10)

    assert portalwatch("run", "--once", at=small).returncode == 0
    before = history()
    assert [result.outcome for result in before] == [Outcome.PASS]
    ran = portalwatch("run", "--once", "--base-url", nobodys_address, at=small)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert ran.stderr == (
        f"portalwatch: the results are not stored: {nobodys_address} is not the plan's portal\n"
    )
    assert history() == before


def test_a_browser_that_is_missing_is_our_error_with_the_fix(
    portalwatch: Portalwatch, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "project", IS_THERE)
    with (project / "portalwatch.yaml").open("a") as plan:
        plan.write(
            "    browsers: [pinned, edge-dev]\n"
            "browsers:\n"
            "  pinned: {engine: chromium, executable: /nowhere/chromium}\n"
            "  edge-dev: {engine: chromium, channel: msedge-dev}\n"
        )
    ran = portalwatch("run", "--once", at=project)
    assert ran.returncode == 3, ran.stdout + ran.stderr
    said = sorted(line for line in ran.stdout.splitlines() if line.startswith("ERROR"))
    assert len(said) == 2
    assert all(": The browser is not installed here: " in line for line in said)
    assert said[0].endswith("(fix: portalwatch browsers install edge)")
    assert said[1].endswith("(fix: correct the executable of pinned, or leave it out)")


def test_a_mistake_in_a_check_is_our_error(portalwatch: Portalwatch, tmp_path: Path) -> None:
    mistaken = IS_THERE.replace('journey.page.goto("/")', "journey.pgae.goto('/')")
    ran = portalwatch("run", "--once", at=make_project(tmp_path / "project", mistaken))
    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert "The check's own script is at fault in step “open it”: AttributeError" in ran.stdout
