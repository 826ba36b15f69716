"""`pytest checks/`: the bundled project as CI runs it, and the report that it keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.small_project import ROOT, run_pytest


def test_ci_runs_every_check_on_both_browsers_and_keeps_a_report_that_opens_from_disk(
    project_copy: Path, visit: Any
) -> None:
    # As in the repository: where checks are and what they are called stands in this file.
    (project_copy / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    ran = run_pytest(
        project_copy,
        *("checks/", "--browser", "chromium", "--browser", "firefox", "-n", "2"),
        "--portalwatch-report=report",
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "12 passed" in ran.stdout
    page = visit((project_copy / "report/index.html").as_uri())
    assert page.get_by_role("heading", level=1).inner_text() == "12 runs passed"
    page.get_by_role("searchbox").fill("firefox")
    assert page.locator("#runs > details:visible").count() == 6
