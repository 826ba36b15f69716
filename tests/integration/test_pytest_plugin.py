"""pytest on checks: verdicts in the terminal, in JUnit and in the run report, whatever happens."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from portalwatch.leases import FileLeases
from portalwatch.project import Project
from tests.small_project import make_project, portal_was_started, run_pytest

Pytest = Callable[..., subprocess.CompletedProcess[str]]

IS_THERE = '''
def check_is_there(journey: Journey) -> None:
    """The home page is there."""
    with journey.step("open it"):
        journey.page.goto("/")
    expect(journey.page.get_by_role("heading")).to_have_text("Welcome")
'''

EVERYTHING = (
    IS_THERE
    + '''
def check_claims_nonsense(journey: Journey) -> None:
    """The home page says nonsense."""
    with journey.step("open it"):
        journey.page.goto("/")
        with journey.step("read it"):
            expect(journey.page.get_by_role("heading")).to_have_text("Nonsense", timeout=200)


def check_says_it_softly(journey: Journey) -> None:
    """The home page says nonsense, softly."""
    journey.page.goto("/")
    expect.soft(journey.page.get_by_role("heading")).to_have_text("Nonsense", timeout=200)


def check_meets_an_error(journey: Journey) -> None:
    """The portal answers with an error."""
    journey.page.goto("/broken")
    expect(journey.page.get_by_role("heading")).to_have_text("Welcome", timeout=200)


def check_has_a_mistake(journey: Journey) -> None:
    """The check has a mistake."""
    journey.page.goto("/")
    {}["nothing"]


def check_never_ends(journey: Journey) -> None:
    """The check never ends."""
    with journey.step("wait for ever"):
        journey.page.evaluate("new Promise(() => {})")


@pytest.mark.skip(reason="not before Monday")
def check_waits(journey: Journey) -> None:
    """The check waits."""


@pytest.fixture
def broken():
    raise ValueError("the fixture is broken")


@pytest.mark.usefixtures("broken")
def check_stands_on_a_broken_fixture(journey: Journey) -> None:
    """The check stands on a broken fixture."""


def check_ends_its_process(journey: Journey) -> None:
    """The check ends its process."""
    os._exit(3)


class Checks:
    def check_in_a_class(self, journey: Journey) -> None:
        """Not collected."""
'''
)

PLAN = """\
  - {check: home.is_there}
  - {check: home.never_ends, deadline: 5s, timeout: 2s}
"""

EXPECTED = {
    "home.is_there": ("pass", None),
    "home.claims_nonsense": ("fail", "content_wrong"),
    "home.says_it_softly": ("fail", "content_wrong"),
    "home.meets_an_error": ("fail", "server_error"),
    "home.has_a_mistake": ("error", "script_error"),
    "home.never_ends": ("error", "deadline_killed"),
    "home.waits": ("skip", None),
    "home.stands_on_a_broken_fixture": ("error", "script_error"),
    "home.ends_its_process": ("error", "worker_crashed"),
}


@dataclass(frozen=True)
class Session:
    """What a session of pytest left behind."""

    output: str
    code: int
    junit: ElementTree.Element
    report: Path

    def lines(self, pattern: str) -> list[str]:
        return [line for line in self.output.splitlines() if re.search(pattern, line)]

    def properties(self, name: str) -> dict[str, list[str]]:
        case = self.junit.find(f".//testcase[@name='{name}']")
        assert case is not None
        found: dict[str, list[str]] = {}
        for item in case.iter("property"):
            found.setdefault(item.attrib["name"], []).append(item.attrib["value"])
        return found


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Every kind of end, in both browsers, over two processes of xdist."""
    root = make_project(tmp_path_factory.mktemp("everything") / "project", EVERYTHING, plan=PLAN)
    ran = run_pytest(
        root,
        *("checks/", "--browser", "chromium", "--browser", "firefox", "-n", "2"),
        *("--junitxml=junit.xml", "--portalwatch-report=report"),
    )
    print(ran.stdout, ran.stderr)  # for whoever reads of a failure
    junit = ElementTree.parse(root / "junit.xml").getroot()
    return Session(ran.stdout + ran.stderr, ran.returncode, junit, root / "report/index.html")


def test_each_check_has_its_verdict_on_each_browser(everything: Session) -> None:
    found = Counter(
        re.match(r"(\w+) +([\w.]+) \[(\w+)\]", line).groups()  # type: ignore[union-attr]
        for line in everything.lines(r"^(PASS|FAIL|ERROR|SKIP) +home\.")
    )
    assert found == Counter(
        (outcome.upper(), check, browser)
        for check, (outcome, _) in EXPECTED.items()
        for browser in ("chromium", "firefox")
    )


def test_pytest_counts_a_fault_of_ours_as_an_error_and_keeps_its_exit_code(
    everything: Session,
) -> None:
    assert everything.code == 1
    assert re.search(r"6 failed, 2 passed, 2 skipped, .*8 errors", everything.output)


def test_the_short_summary_names_the_cause_first(everything: Session) -> None:
    (failed,) = everything.lines(r"^FAILED .*claims_nonsense\[chromium\]")
    assert failed.partition(" - ")[2].startswith("content_wrong: Locator expected to have text")
    (error,) = everything.lines(r"^ERROR .*never_ends\[firefox\]")
    assert error.partition(" - ")[2].startswith("deadline_killed: ")


def test_a_failure_shows_verdict_steps_and_evidence_and_nothing_of_the_engine(
    everything: Session,
) -> None:
    shown = everything.output.partition("_ check_claims_nonsense[chromium] _")[2]
    assert "A page does not show what it should [content_wrong]" in shown
    assert re.search(r"\n  ✗ open it  \d+\.\d\d s .*\n    ✗ read it  \d+\.\d\d s ", shown)
    screenshot = re.search(r"evidence: (.*screenshot\.png)", shown)
    assert screenshot is not None
    assert Path(screenshot[1]).stat().st_size > 1000
    assert everything.report.parent in Path(screenshot[1]).parents  # where it stays
    assert "src/portalwatch/" not in everything.output


def test_a_skip_says_why(everything: Session) -> None:
    (line,) = everything.lines(r"^SKIP .*\[chromium\]")
    assert line.endswith("not before Monday")


def test_junit_knows_outcome_cause_browser_and_steps(everything: Session) -> None:
    said = everything.properties("check_claims_nonsense[firefox]")
    assert said["portalwatch_outcome"] == ["fail"]
    assert said["portalwatch_cause"] == ["content_wrong"]
    assert said["portalwatch_browser"][0].startswith("firefox 1")
    assert float(said["portalwatch_step:read it"][0]) > 0.15
    for check, (outcome, cause) in EXPECTED.items():
        if cause == "worker_crashed":
            continue  # xdist has no test of its own to put properties on
        said = everything.properties(f"check_{check.partition('.')[2]}[chromium]")
        assert said["portalwatch_outcome"] == [outcome], check
        assert said.get("portalwatch_cause", [None]) == [cause], check


def test_the_run_report_holds_every_result(everything: Session, visit: Any) -> None:
    page = visit(everything.report.as_uri())
    rows = page.locator("details.run")
    assert rows.count() == 2 * len(EXPECTED)
    failing = rows.filter(has_text="The home page says nonsense.").first
    failing.locator("img").first.scroll_into_view_if_needed()
    assert failing.locator("img").first.evaluate("image => image.decode().then(() => true)")


@pytest.fixture
def pytest_on(tmp_path: Path) -> Pytest:
    """Makes a project with the given checks, and runs pytest there."""

    def run(checks: str, *arguments: str, plan: str = "", **environ: str) -> Any:
        root = tmp_path / "project"
        if not root.exists():
            make_project(root, checks, plan=plan)
        return run_pytest(root, *arguments, **environ)

    return run


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_a_plan_with_mistakes_is_a_usage_error_of_one_line_each(
    pytest_on: Pytest, processes: tuple[str, ...]
) -> None:
    wrong = "  - check: home.is_ther\n  - check: home.is_there\n    every: 5x\n"
    ran = pytest_on(IS_THERE, "checks", *processes, plan=wrong)
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert [line for line in ran.stderr.splitlines() if line] == [
        "ERROR: portalwatch.yaml:14: checks[0].check: 'home.is_ther' is not a check of this project"
        " (did you mean 'home.is_there'?)",
        "ERROR: portalwatch.yaml:16: checks[1].every: '5x' is not a duration (try '5m')",
    ]
    assert "Traceback" not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("tags", "taken"),
    [
        ("skip", ["skip"]),
        ("xfail, smoke, parametrize", ["xfail", "parametrize"]),
        ("only_browser, flaky", ["only_browser", "flaky"]),
    ],
)
def test_a_tag_that_is_a_mark_already_is_a_usage_error(
    pytest_on: Pytest, tags: str, taken: list[str]
) -> None:
    ran = pytest_on(IS_THERE, "checks", plan=f"  - {{check: home.is_there, tags: [{tags}]}}\n")
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert [line for line in ran.stderr.splitlines() if line] == [
        f"ERROR: portalwatch.yaml:14: checks[0].tags: to pytest '{tag}' means something else"
        " (choose another name)"
        for tag in taken
    ]
    assert "Traceback" not in ran.stdout + ran.stderr


def test_a_check_whose_account_stays_in_use_is_an_error(tmp_path: Path) -> None:
    plan = "  - {check: home.is_there, account: amara, deadline: 2s, timeout: 1s}\n"
    root = make_project(tmp_path / "project", IS_THERE, plan=plan)
    with FileLeases(Project(root).leases_folder).hold_here(["amara"], patience=0):
        ran = run_pytest(root, "checks")
    assert ran.returncode == 1
    assert "1 error in" in ran.stdout
    assert "passed" not in ran.stdout
    assert "Traceback" not in ran.stdout
    (line,) = re.findall(r"(?m)^ERROR checks/home.py.*", ran.stdout)
    assert line.endswith(" - account_unavailable: every account of 'amara' stayed in use for 2 s")


MISTAKEN_FIXTURE = """
@pytest.fixture
def opened(journey: Journey) -> None:
    journey.page.goto("/")


@pytest.mark.usefixtures("opened")
""" + IS_THERE.lstrip()


def test_a_fixture_that_uses_the_journey_too_early_is_told_what_to_do(pytest_on: Pytest) -> None:
    ran = pytest_on(MISTAKEN_FIXTURE, "checks")
    assert ran.returncode == 1
    assert "1 error in" in ran.stdout
    (line,) = re.findall(r"(?m)^ERROR checks/home.py.*", ran.stdout)
    assert line.endswith(
        "AttributeError: journey.page: there is no journey before its check is called, so a"
        " fixture cannot use it (have the check do it)"
    )
    assert "raise AttributeError" not in ran.stdout  # ours is not the line to look at


def test_no_check_selected_is_said_and_leaves_pytest_its_exit_code(
    pytest_on: Pytest, tmp_path: Path
) -> None:
    ran = pytest_on(IS_THERE, "checks", "-k", "nothing", "--portalwatch-report=report")
    assert ran.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "no check was run, so no report was written" in ran.stdout
    assert not (tmp_path / "project/report").exists()
    assert not portal_was_started(tmp_path / "project")


def test_a_browser_that_is_not_installed_is_an_error_with_the_fix(
    pytest_on: Pytest, visit: Any, tmp_path: Path
) -> None:
    # No machine has every channel; a folder without browsers hides those of Playwright.
    hidden = {"PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "none")}
    ran = pytest_on(
        IS_THERE, "checks", "--browser-channel=msedge-dev", "--portalwatch-report=report", **hidden
    )
    assert ran.returncode == 1
    assert "1 error" in ran.stdout
    assert "Traceback" not in ran.stdout
    (line,) = re.findall(r"(?m)^ERROR checks/home.py.*", ran.stdout)
    assert "browser_missing: browser chromium is not installed here" in line
    assert "(fix: portalwatch browsers install edge)" in line
    page = visit((tmp_path / "project/report/index.html").as_uri())
    assert "The browser is not installed here" in page.locator("#runs").inner_text()


def test_a_report_that_cannot_be_written_is_said_in_a_line(
    pytest_on: Pytest, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    ran = pytest_on(IS_THERE, "checks", f"--portalwatch-report={tmp_path}/file")
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR  # else somebody waits for it in vain
    assert f"portalwatch: no report: {tmp_path}/file: cannot be written: " in ran.stdout


def test_quiet_says_only_where_the_report_is_and_verbose_shows_the_steps(
    pytest_on: Pytest,
) -> None:
    quiet = pytest_on(IS_THERE, "checks", "-q", PORTALWATCH_REPORT="report")
    assert "journeys" not in quiet.stdout
    assert re.search(r"portalwatch: report: .*/project/report/index\.html", quiet.stdout)
    verbose = pytest_on(IS_THERE, "checks", "-v")
    assert re.search(r"PASS +home\.is_there .*\n      ✓ open it  \d\.\d\d s", verbose.stdout)


def test_last_failed_and_stop_at_the_first_failure_work_as_ever(
    pytest_on: Pytest, tmp_path: Path
) -> None:
    failure = IS_THERE.replace('"Welcome"', '"Nonsense", timeout=200')
    two = failure.replace("is_there", "is_a_failure") + IS_THERE
    stopped = pytest_on(two, "checks", "-x")
    assert "1 failed" in stopped.stdout
    assert "passed" not in stopped.stdout
    again = run_pytest(tmp_path / "project", "checks", "--lf")
    assert "check_is_a_failure" in again.stdout
    assert "1 failed" in again.stdout
    assert "passed" not in again.stdout
