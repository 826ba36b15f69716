"""Tests that pytest tries again, and sessions that are brought together from their files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from portalwatch.model import Outcome
from portalwatch.results_file import read_results
from tests.small_project import make_project, run_pytest, users_environment

CHECKS = '''
from pathlib import Path


def check_is_there(journey: Journey) -> None:
    """The home page is there."""
    journey.page.goto("/")


def check_is_there_at_last(journey: Journey) -> None:
    """The home page is not there at first."""
    first = Path("tried.txt")
    journey.page.goto("/")
    if not first.exists():
        first.touch()
        journey.expect_that(journey.page).to_have_title("Nonsense", timeout=100)


def check_says_nonsense(journey: Journey) -> None:
    """The home page says nonsense."""
    journey.page.goto("/")
    expect(journey.page.get_by_role("heading")).to_have_text("Nonsense", timeout=100)
'''
RERUN = ("--browser", "chromium", "--reruns", "1", "--portalwatch-results", "results.jsonl")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project", CHECKS)


def merge(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "portalwatch.cli", "report", "merge", *arguments],
        cwd=project,
        env=users_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("abreast", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_attempts_are_kept_and_a_pass_after_a_failure_is_flaky(
    project: Path, abreast: tuple[str, ...]
) -> None:
    ran = run_pytest(project, "checks", *RERUN, *abreast, "--junitxml=junit.xml")
    assert ran.returncode == 1, ran.stdout
    assert re.search(r"= 1 failed, 1 passed, 2 rerun, 1 flaky in ", ran.stdout), ran.stdout
    assert re.search(
        r"\nFLAKY home.is_there_at_last \[chromium\] .* attempt 2, after: Page title", ran.stdout
    )
    read = read_results(project / "results.jsonl")
    assert read.damage == ()
    assert {run.check: [a.outcome for a in run.attempts] for run in read.results} == {
        "home.is_there": [Outcome.PASS],
        "home.is_there_at_last": [Outcome.FAIL, Outcome.PASS],
        "home.says_nonsense": [Outcome.FAIL, Outcome.FAIL],
    }
    for run in read.results:
        for attempt in run.attempts:
            kept = [(read.evidence / item.path).stat().st_size for item in attempt.evidence]
            assert bool(kept) == (attempt.outcome is Outcome.FAIL)
            assert all(kept)
    # To JUnit each attempt is a case of its own, with its own properties.
    cases = ElementTree.parse(project / "junit.xml").getroot().iter("testcase")
    ids = [case.findall(".//property[@name='portalwatch_run_id']") for case in cases]
    assert [len(found) for found in ids] == [1] * 5


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, 0),
        ({"PORTALWATCH_FAIL_ON_FLAKY": "0"}, 0),
        ({"PORTALWATCH_FAIL_ON_FLAKY": "1"}, 1),
        ({"PYTEST_ADDOPTS": "--portalwatch-fail-on-flaky"}, 1),
    ],
    ids=["not asked", "refused", "environment", "flag"],
)
def test_flaky_checks_fail_the_session_where_that_is_asked_for(
    project: Path, asked: dict[str, str], code: int
) -> None:
    ran = run_pytest(project, "checks", "-k", "is_there", *RERUN, **asked)
    assert ran.returncode == code, ran.stdout
    assert ("portalwatch: failed, for 1 check is flaky" in ran.stdout) == bool(code)


def test_a_worker_that_dies_leaves_its_check_in_the_results(project: Path) -> None:
    with (project / "checks" / "home.py").open("a") as file:
        file.write(
            "\n\ndef check_ends_its_process(journey: Journey) -> None:\n"
            '    """It never comes back."""\n    import os\n\n    os._exit(9)\n'
        )
    run_pytest(project, "checks", *RERUN, "-n", "1", "-k", "ends_its_process")
    (run,) = read_results(project / "results.jsonl").results
    assert run.node == "checks/home.py::check_ends_its_process[chromium]"
    assert {attempt.cause for attempt in run.attempts} == {"worker_crashed"}


def test_a_file_that_cannot_be_written_is_a_usage_error(project: Path) -> None:
    ran = run_pytest(project, "checks", "--portalwatch-results", "portalwatch.yaml/results.jsonl")
    assert ran.returncode == 4
    assert re.search(r"^ERROR: --portalwatch-results: .*: cannot be written", ran.stderr, re.M)


@pytest.mark.parametrize("asked", ["--help", "--collect-only"])
def test_where_no_test_is_run_the_results_before_stay(project: Path, asked: str) -> None:
    (project / "results.jsonl").write_text("kept")
    run_pytest(project, "checks", "--portalwatch-results", "results.jsonl", asked)
    assert (project / "results.jsonl").read_text() == "kept"


def test_a_full_disk_is_a_usage_error(project: Path) -> None:
    ran = run_pytest(project, "checks", "--portalwatch-results", "/dev/full")
    assert ran.returncode == 4
    assert "cannot be written: No space left on device" in ran.stderr


def test_a_session_that_is_stopped_early_is_a_file_with_a_loss(project: Path) -> None:
    run_pytest(project, "checks", "--portalwatch-results", "other.jsonl", "-k", "another")
    assert read_results(project / "other.jsonl").damage == ()  # an empty shard is whole
    told = merge(project, "other.jsonl")  # yet to have run nothing is no pass
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == "portalwatch: no check was run: these files hold no results\n"
    run_pytest(project, "checks", "--portalwatch-results", "stopped.jsonl", "-x")
    (loss,) = read_results(project / "stopped.jsonl").damage
    assert loss.endswith("its run ended early: stopping after 1 failures")
    (project / "checks" / "broken.py").write_text("import nothing_of_this_name\n")
    run_pytest(project, "checks", "--portalwatch-results", "broken.jsonl")
    (loss,) = read_results(project / "broken.jsonl").damage
    assert loss.endswith("its run ended early, with exit code 2 of pytest")


def test_shards_are_merged_into_one_report(project: Path, visit) -> None:
    run_pytest(project, "checks", *RERUN, "-k", "is_there")
    (project / "results.jsonl").rename(project / "a.jsonl")
    (project / "results.jsonl.evidence").rename(project / "a.jsonl.evidence")
    run_pytest(project, "checks", *RERUN, "-k", "nonsense")
    told = merge(project, "a.jsonl", "--to", "merged")
    assert told.returncode == 0, told.stderr
    assert merge(project, "a.jsonl", "--fail-on-flaky").returncode == 1
    told = merge(project, "a.jsonl", "results.jsonl", "--to", "merged")
    assert told.returncode == 1
    assert told.stdout.splitlines()[-2:] == [
        "2 passed, 1 failed, 0 errors, 0 skipped",
        "merged/index.html",
    ]
    page = visit((project / "merged" / "index.html").as_uri())
    assert page.title().startswith("1 of 3 runs failed")
    copies = {file.name for file in (project / "merged" / "evidence").rglob("*.png")}
    assert copies == {"1-screenshot.png"}


def test_a_damaged_shard_is_named_and_the_rest_is_merged(project: Path, visit) -> None:
    run_pytest(project, "checks", *RERUN, "-k", "is_there")
    whole = (project / "results.jsonl").read_text()
    (project / "cut.jsonl").write_text(whole[: whole.rindex('{"end"')])
    told = merge(project, "cut.jsonl", "gone.jsonl", "--to", "merged", "--markdown", "all.md")
    assert told.returncode == 2
    losses = [
        "cut.jsonl: has no end: its run was cut off, or the file was",
        "gone.jsonl: No such file or directory",
    ]
    assert told.stderr.splitlines() == [f"portalwatch: {loss}" for loss in losses]
    assert "2 passed, 0 failed" in told.stdout
    # Whoever reads the report, or the summary, alone is told as well.
    summary = (project / "all.md").read_text()
    assert summary.partition("\n")[0].endswith(", and results are missing")
    for loss in losses:
        assert f"- {loss}\n" in summary
    page = visit((project / "merged" / "index.html").as_uri())
    missing = page.get_by_role("region", name="What is missing")
    expect(missing.locator("pre")).to_have_text("\n".join(losses))
    told = merge(project, "gone.jsonl", "--to", "merged")
    assert told.stderr.splitlines()[-1] == (
        "portalwatch: merged/index.html: is an older report, and was left as it is"
    )


def test_a_fixture_that_fails_at_its_end_is_an_error_of_its_check(project: Path) -> None:
    with (project / "checks" / "home.py").open("a") as file:
        file.write(
            "\n\n@pytest.fixture\ndef broken_at_its_end():\n"
            "    yield\n    raise ValueError('broken')\n"
            "\n\n@pytest.mark.usefixtures('broken_at_its_end')\n"
            "def check_stands_on_it(journey: Journey) -> None:\n"
            '    """It stands on a fixture."""\n    journey.page.goto("/")\n'
        )
    ran = run_pytest(project, "checks", "-k", "stands_on_it", *RERUN[-2:])
    assert ran.returncode == 1
    (run,) = read_results(project / "results.jsonl").results
    assert [attempt.outcome for attempt in run.attempts] == [Outcome.PASS, Outcome.ERROR]
    assert run.browser.version != "unknown"
    assert merge(project, "results.jsonl").returncode == 3


def test_where_each_worker_runs_every_check_each_has_its_runs(project: Path) -> None:
    run_pytest(project, "checks", *RERUN[-2:], "-n", "2", "--dist", "each", "-k", "nonsense")
    runs = read_results(project / "results.jsonl").results
    assert [len(run.attempts) for run in runs] == [1, 1]


def test_a_file_that_is_given_twice_is_one_file(project: Path) -> None:
    run_pytest(project, "checks", *RERUN, "-k", "is_there")
    told = merge(project, "results.jsonl", "./results.jsonl", "--expect", "2")
    assert (told.returncode, told.stderr.splitlines()[-1]) == (
        2,
        "portalwatch: --expect 2: given are 1",
    )


def test_options_before_merge_are_refused(project: Path) -> None:
    command = [sys.executable, "-m", "portalwatch.cli", "report", "--to", "x", "merge", "a.jsonl"]
    ran = subprocess.run(
        command, cwd=project, env=users_environment(), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert "options of 'merge' stand after it" in ran.stderr
