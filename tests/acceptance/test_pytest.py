"""`pytest checks/`: the bundled project as CI runs it, and the report that it keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from portalwatch.check_files import describe_checks
from tests.small_project import ROOT, run_pytest


@pytest.fixture
def as_in_ci(project_copy: Path) -> Path:
    """As in the repository: where checks are and what they are called stands in this file."""
    (project_copy / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    return project_copy


def test_ci_runs_checks_on_both_browsers_and_keeps_a_report_that_opens_from_disk(
    as_in_ci: Path, visit: Any
) -> None:
    ran = run_pytest(
        as_in_ci,
        *("checks/", "-m", "smoke", "--browser", "chromium", "--browser", "firefox", "-n", "2"),
        "--portalwatch-report=report",
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "8 passed" in ran.stdout
    page = visit((as_in_ci / "report/index.html").as_uri())
    assert page.get_by_role("heading", level=1).inner_text() == "8 runs passed"
    page.get_by_role("searchbox").fill("firefox")
    assert page.locator("details.run:visible").count() == 4


def test_every_check_of_the_project_passes(as_in_ci: Path) -> None:
    """On Chromium, for CI's time: ``make checks`` has both browsers."""
    ran = run_pytest(as_in_ci, "checks/", "--browser", "chromium", "-n", "2", seconds=600)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{len(describe_checks(ROOT))} passed" in ran.stdout
