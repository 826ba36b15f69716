"""The workflow for GitHub Actions: of its format, and its commands do what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.small_project import ROOT, make_project, users_environment

WORKFLOW = ROOT / "deploy" / "github" / "portalwatch.yml"
CHECKS = "".join(
    f'''
def check_{name}(journey: Journey) -> None:
    """The home page says {name}."""
    journey.page.goto("/")
    expect(journey.page.get_by_role("heading")).to_have_text("{name.title()}", timeout=300)
'''
    for name in ("welcome", "nonsense", "rubbish")
)


@pytest.fixture(scope="module")
def jobs() -> dict[str, Any]:
    return yaml.safe_load(WORKFLOW.read_text())["jobs"]


def command(job: dict[str, Any], name: str, **matrix: Any) -> str:
    """The command of the step ``name``, with the values of the matrix put in."""
    (step,) = [step for step in job["steps"] if step.get("name") == name]
    return re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda found: str(matrix[found[1]]), step["run"])


def carry_out(line: str, project: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-c", line],
        cwd=project,
        env={**users_environment(), "PATH": programs, **environ},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_it_is_a_workflow() -> None:
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    subprocess.run([*checker, "vendor.github-workflows", str(WORKFLOW)], check=True)


def test_its_commands_run_the_shards_and_make_one_verdict_of_them(
    jobs: dict[str, Any], tmp_path: Path
) -> None:
    project = make_project(tmp_path / "project", CHECKS, plan="  - {check: home.welcome}\n")
    checks, report = jobs["checks"], jobs["report"]
    matrix = checks["strategy"]["matrix"]
    combinations = [(b, s) for b in matrix["browser"] for s in matrix["shard"]]
    for browser, shard in combinations:
        line = command(checks, "Run the checks", browser=browser, shard=shard)
        ran = carry_out(line, project)
        assert ran.returncode == 1, ran.stdout + ran.stderr  # each shard has one that fails
    merge = command(report, "Merge the results")
    assert f"--expect {len(combinations)} " in merge
    summary = tmp_path / "summary.md"
    environ = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_WORKSPACE": str(tmp_path)}
    merged = carry_out(merge, project, **environ)
    assert merged.returncode == 1, merged.stderr
    assert summary.read_text().startswith("## Small Portal: 4 failed, 2 passed\n")
    (place,) = set(re.findall(r"^::error file=([^,]+),line=\d+,", merged.stdout, re.MULTILINE))
    assert place == "project/checks/home.py"
    assert (project / "report" / "index.html").is_file()
    # A shard whose artefact got lost is no pass.
    (project / "results" / "firefox-2.jsonl").unlink()
    lost = carry_out(merge, project, **environ)
    assert "--expect 4: given are 3" in lost.stderr


def test_a_summary_outside_of_github_is_told_in_a_line(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", CHECKS)
    line = "portalwatch report merge none.jsonl --github-summary"
    ran = carry_out(line, project, GITHUB_STEP_SUMMARY="")
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1].startswith("portalwatch: --github-summary: GITHUB_STEP_")
