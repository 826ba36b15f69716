"""What is kept of a check under pytest, and where other reports have it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import imageio_ffmpeg
import playwright
import pytest

from portalwatch.model import Outcome
from portalwatch.results_file import read_results
from tests.small_project import make_project, run_pytest

CHECKS = '''
from pathlib import Path


def check_is_there(journey: Journey) -> None:
    """The home page is there."""
    with journey.step("open it"):
        journey.page.goto("/")


def check_is_there_at_last(journey: Journey) -> None:
    """The home page is not there at first."""
    first = Path("tried.txt")
    journey.page.goto("/")
    if not first.exists():
        first.touch()
        journey.require(False, "it is not there yet")


def check_says_nonsense(journey: Journey) -> None:
    """The home page says nonsense."""
    journey.page.goto("/")
    journey.expect_that(journey.page.get_by_role("heading")).to_have_text("No", timeout=100)
'''
RESULTS = ("--portalwatch-results", "results.jsonl")
IS_THERE, AT_LAST, NONSENSE = "home.is_there", "home.is_there_at_last", "home.says_nonsense"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project", CHECKS)


@pytest.fixture(scope="module")
def with_ffmpeg(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which Playwright finds its ffmpeg, which videos need."""
    driver = Path(playwright.__file__).parent / "driver" / "package"
    known = json.loads((driver / "browsers.json").read_text())["browsers"]
    (revision,) = [each["revision"] for each in known if each["name"] == "ffmpeg"]
    folder = tmp_path_factory.mktemp("browsers") / f"ffmpeg-{revision}"
    folder.mkdir()
    (folder / "ffmpeg-linux").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    return {"PLAYWRIGHT_BROWSERS_PATH": str(folder.parent)}


def kept(project: Path, kind: str) -> Iterator[tuple[str, Outcome, Path]]:
    """Check, outcome and file of each attempt's evidence of ``kind``."""
    read = read_results(project / "results.jsonl")
    assert read.damage == ()
    for run in read.results:
        for attempt in run.attempts:
            for item in attempt.evidence:
                if item.kind == kind:
                    yield run.check, attempt.outcome, read.evidence / item.path


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("off", []),
        ("retain-on-failure", [(AT_LAST, "fail"), (NONSENSE, "fail"), (NONSENSE, "fail")]),
        ("on-retry", [(NONSENSE, "fail")]),
        (
            "on",
            [
                *((IS_THERE, "pass"), (AT_LAST, "fail"), (AT_LAST, "pass")),
                *((NONSENSE, "fail"), (NONSENSE, "fail")),
            ],
        ),
    ],
)
def test_traces_are_kept_as_asked(
    project: Path, mode: str, expected: list[tuple[str, str]]
) -> None:
    asked = {"PORTALWATCH_TRACE": mode}
    run_pytest(project, "checks", "--reruns", "1", *RESULTS, **asked)
    assert [(check, outcome) for check, outcome, _ in kept(project, "trace")] == expected


def test_without_a_word_the_plan_decides_on_traces(project: Path) -> None:
    run_pytest(project, "checks", *RESULTS)
    assert list(kept(project, "trace")) == []
    (project / "tried.txt").unlink()
    with (project / "portalwatch.yaml").open("a") as plan:
        plan.write("  - {check: home.says_nonsense, trace: retain-on-failure}\n")
    run_pytest(project, "checks", *RESULTS)
    assert [check for check, _, _ in kept(project, "trace")] == [NONSENSE]


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_videos_and_requests_are_kept_of_either_browser(
    project: Path, browser: str, with_ffmpeg: dict[str, str]
) -> None:
    ran = run_pytest(
        project,
        *("checks", "--browser", browser, "--reruns", "1", *RESULTS),
        *("--portalwatch-video", "on-retry", "--portalwatch-har", "retain-on-failure"),
        **with_ffmpeg,
    )
    videos = list(kept(project, "video"))
    assert [check for check, _, _ in videos] == [NONSENSE], ran.stdout
    assert videos[0][2].read_bytes()[:4] == b"\x1a\x45\xdf\xa3"  # EBML, as WebM begins
    files = list(kept(project, "har"))
    assert [check for check, _, _ in files] == [AT_LAST, NONSENSE, NONSENSE]
    urls = [e["request"]["url"] for e in json.loads(files[0][2].read_text())["log"]["entries"]]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", urls[0])


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        (["--portalwatch-trace=on", "--tracing=on"], {}, "--portalwatch-trace=on: Playwright has"),
        ([], {"PORTALWATCH_VIDEO": "yes"}, "portalwatch_video: 'yes' is not known (choose from"),
    ],
)
def test_modes_that_cannot_be_are_usage_errors(
    project: Path, arguments: list[str], environ: dict[str, str], said: str
) -> None:
    ran = run_pytest(project, "checks", *arguments, **environ)
    assert ran.returncode == 4
    assert f"ERROR: {said}" in ran.stderr


def test_junit_pytest_html_and_allure_have_the_evidence(project: Path) -> None:
    run_pytest(
        project,
        *("checks", "-n", "2", "--reruns", "1", *RESULTS, "--portalwatch-trace=on"),
        *("--junitxml=junit.xml", "--html=page.html", "--alluredir=allure"),
    )
    for case in ElementTree.parse(project / "junit.xml").getroot().iter("testcase"):
        found = {each.attrib["name"]: each.attrib["value"] for each in case.iter("property")}
        failed = found["portalwatch_outcome"] == "fail"
        assert ("portalwatch_screenshot" in found) == failed
        assert (project / found["portalwatch_trace"]).is_file()
    page = (project / "page.html").read_text()
    assert "results.jsonl.evidence/" in page
    assert list((project / "assets").glob("*nonsense*.png"))
    results = [json.loads(file.read_text()) for file in (project / "allure").glob("*-result.json")]
    told = {
        (each["name"].partition("[")[0], each["status"]): {
            item["name"] for item in each.get("attachments", ())
        }
        for each in results
    }
    assert told == {
        ("check_is_there", "passed"): {"steps", "1-trace.zip"},
        ("check_is_there_at_last", "failed"): {"1-screenshot.png", "1-page.txt", "1-trace.zip"},
        ("check_is_there_at_last", "passed"): {"1-trace.zip"},
        ("check_says_nonsense", "failed"): {
            *("steps", "1-screenshot.png", "1-page.txt", "1-trace.zip"),
        },
    }


def test_a_page_of_pytest_html_that_stands_alone_needs_no_file(project: Path) -> None:
    run_pytest(
        project,
        *("checks", "-k", "nonsense", "--portalwatch-trace=on"),
        *("--html=page.html", "--self-contained-html"),
    )
    page = (project / "page.html").read_text()
    assert "data:application/zip;base64," in page
    assert not (project / "assets").exists()
