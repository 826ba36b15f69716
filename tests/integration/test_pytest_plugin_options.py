"""pytest's and pytest-playwright's options on checks, and pytest where there are none."""

from __future__ import annotations

import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from portalwatch.browsers import KNOWN, find
from portalwatch.errors import BrowserMissing
from tests.small_project import make_project, portal_was_started, run_pytest, users_environment

SHOWS_WHERE = '''
def check_shows_where(journey: Journey) -> None:
    """The page is where it should be."""
    journey.page.goto("/")
    page = journey.page
    seen = {
        "url": page.url,
        "agent": page.evaluate("navigator.userAgent"),
        "width": page.evaluate("screen.width"),
    }
    print("SEEN", seen)


def check_is_not_chosen(journey: Journey) -> None:
    """Another check."""
    raise AssertionError("this one was not asked for")
'''

PLAN = """\
  - check: home.shows_where
    tags: [smoke, first-things]
  - check: home.is_not_chosen
    tags: [slow]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project", SHOWS_WHERE, plan=PLAN, reports=False)


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of a site that the project did not start."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<h1>Elsewhere</h1>")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def display() -> Iterator[str]:
    """A display that nobody looks at."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed here")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-nolisten", "tcp", "-screen", "0", "1280x800x24"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as process:
        os.close(write)
        with os.fdopen(read) as said:
            number = said.readline().strip()
        yield f":{number}"
        process.terminate()


def test_with_a_base_url_nothing_of_the_project_is_started(project: Path, elsewhere: str) -> None:
    ran = run_pytest(project, "checks", "-k", "shows_where", "-s", "--base-url", elsewhere)
    assert ran.returncode == 0, ran.stdout
    assert f"'url': '{elsewhere}/'" in ran.stdout
    assert not portal_was_started(project)


@pytest.mark.parametrize("expression", ["smoke", "first-things and not slow"])
def test_the_tags_of_the_plan_are_marks(project: Path, expression: str) -> None:
    ran = run_pytest(project, "checks", "-m", expression, "--collect-only", "-q")
    assert "check_shows_where" in ran.stdout
    assert "check_is_not_chosen" not in ran.stdout
    assert "1/2 tests collected" in ran.stdout


def test_a_video_needs_ffmpeg_and_says_so(project: Path, tmp_path: Path) -> None:
    installed = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "~/.cache/ms-playwright"))
    without = tmp_path / "browsers"
    without.mkdir()
    for build in installed.expanduser().glob("*"):
        if not build.name.startswith("ffmpeg"):
            (without / build.name).symlink_to(build)
    chosen = (project, "checks", "-k", "shows_where")
    ran = run_pytest(*chosen, "--video", "on", PLAYWRIGHT_BROWSERS_PATH=str(without))
    assert ran.returncode == 1
    needs = "a video needs Playwright's ffmpeg (fix: playwright install ffmpeg)"
    assert f"config_error: {needs}" in ran.stdout, ran.stdout
    ran = run_pytest(*chosen, "--portalwatch-video=on", PLAYWRIGHT_BROWSERS_PATH=str(without))
    assert ran.returncode == 4  # before any check is begun
    assert ran.stderr.strip() == f"ERROR: --portalwatch-video=on: {needs}"


def test_a_window_a_device_and_a_trace_are_pytest_playwrights(project: Path, display: str) -> None:
    ran = run_pytest(
        project,
        *("checks", "-k", "shows_where", "-s", "--headed", "--device", "Pixel 5"),
        *("--tracing", "on", "--output", "artefacts"),
        DISPLAY=display,
    )
    assert ran.returncode == 0, ran.stdout
    assert "HeadlessChrome" not in ran.stdout
    assert "Android" in ran.stdout
    assert "'width': 393" in ran.stdout
    (trace,) = (project / "artefacts").rglob("trace.zip")
    assert trace.stat().st_size > 1000


def test_a_trace_is_kept_of_failures_alone_where_that_is_asked_for(project: Path) -> None:
    ran = run_pytest(project, "checks", "--tracing", "retain-on-failure", "--output", "artefacts")
    assert ran.returncode == 1
    (trace,) = (project / "artefacts").rglob("trace.zip")
    assert "is-not-chosen" in trace.parent.name


def test_a_browser_that_does_not_start_is_our_error(project: Path) -> None:
    ran = run_pytest(project, "checks", "-k", "shows_where", "--headed", DISPLAY=":4711")
    assert ran.returncode == 1
    assert "browser_crashed: chromium does not start: BrowserType.launch" in ran.stdout
    assert "1 error" in ran.stdout
    assert "Traceback" not in ran.stdout


def test_webkit_runs_as_it_is_found(project: Path) -> None:
    try:
        find(KNOWN["webkit"])
    except BrowserMissing as missing:
        pytest.skip(str(missing))
    ran = run_pytest(project, "checks", "-k", "shows_where", "-s", "--browser", "webkit")
    assert ran.returncode == 0, ran.stdout
    assert "AppleWebKit" in ran.stdout


EXTRA = '''
"""Tests that pytest alone runs: they take fixtures and parameters, which no monitor has."""
import pytest


@pytest.mark.portalwatch_account("amara")
@pytest.mark.parametrize("path", ["/", "/elsewhere"])
def test_a_page_can_be_kept(journey, path, tmp_path):
    """A page can be kept."""
    journey.page.goto(path)
    field = journey.page.get_by_label("Password")
    if field.count():
        journey.enter_secret(field, journey.account.password)
    (tmp_path / "page.html").write_text(journey.page.content())
    assert "</h1>" in (tmp_path / "page.html").read_text()
'''


def test_a_test_outside_of_the_plan_takes_a_journey_with_fixtures_and_parameters(
    project: Path,
) -> None:
    (project / "test_extra.py").write_text(EXTRA)
    ran = run_pytest(project, "test_extra.py")
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.count("PASS  test_extra.a_page_can_be_kept [chromium]") == 2


SAYS_IT = '''
import logging
import warnings


def check_is_there(journey: Journey) -> None:
    """The home page is there."""
    password = journey.account.password.reveal()
    print("printed:", password)
    logging.getLogger("check").warning("logged: %s", password)
    journey.page.goto("/")
    journey.page.context.add_cookies(
        [{"name": "session", "value": "c00kie-0f-this-sessi0n", "url": journey.page.url}]
    )
    print("session:", journey.page.context.cookies()[0]["value"])
    warnings.warn(f"warned: {password}")
    print("cut:", f"{password[:6]}...{password[-6:]}")
    raise AssertionError("it fails")
'''


def test_what_a_check_prints_and_logs_is_masked_in_what_pytest_keeps(tmp_path: Path) -> None:
    plan = "  - check: home.is_there\n    account: amara\n"
    project = make_project(tmp_path / "project", SAYS_IT, plan=plan, reports=False)
    kept = ("--junitxml=junit.xml", "-o", "junit_logging=all", "--html=page.html")
    ran = run_pytest(project, "checks", "-n", "1", *kept)
    assert ran.returncode == 1, ran.stdout
    assert "UserWarning: warned: ***" in ran.stdout
    files = [(project / name).read_text() for name in ("junit.xml", "page.html")]
    for text in (ran.stdout, *files):
        assert "printed: ***" in text
        assert "logged: ***" in text
        assert "session: ***" in text
        assert "cut: ******...******" in text
        assert "s3cret-of-amara" not in text
        assert "c00kie-0f-this-sessi0n" not in text


def test_a_mark_gives_a_check_an_account_that_the_plan_has_no_entry_for(tmp_path: Path) -> None:
    check = '''
@pytest.mark.portalwatch_account("amara")
def check_has_an_account(journey: Journey) -> None:
    """It has an account."""
    assert journey.account.key == "amara"


def check_is_there(journey: Journey) -> None:
    """Another check."""
'''
    project = make_project(tmp_path / "project", check, reports=False)
    ran = run_pytest(project, "checks", "-k", "has_an_account")
    assert ran.returncode == 0, ran.stdout


def test_an_account_that_the_plan_does_not_have_is_a_usage_error(project: Path) -> None:
    (project / "test_extra.py").write_text(EXTRA.replace('"amara"', '"nobody"'))
    ran = run_pytest(project, "test_extra.py", "-k", "elsewhere")
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in ran.stderr.splitlines() if line]
    assert line.startswith("ERROR: test_extra.py::test_a_page_can_be_kept[chromium-/")
    assert line.endswith(
        "'nobody' is neither an account of the plan nor a tag of one (choose from amara)"
    )


STRANGERS = """
import sys
import pytest

@pytest.fixture
def journey():
    return "to the west"

def check_something(journey):
    assert journey == "to the west"

def test_nothing_heavy_was_imported():
    heavy = {"pydantic", "playwright", "jinja2", "sqlalchemy", "starlette", "rich"}
    assert heavy & set(sys.modules) == set()
"""


def test_the_plugin_does_nothing_where_there_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "test_strangers.py").write_text(STRANGERS)
    command = [sys.executable, "-m", "pytest", "-q", "-o", "python_functions=check_* test_*"]
    # What other plugins import is theirs.
    others = ("playwright", "base_url", "html", "allure_pytest", "cacheprovider")
    ran = subprocess.run(
        [*command, *(word for name in others for word in ("-p", f"no:{name}"))],
        cwd=tmp_path,
        env=users_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.splitlines()[-1].startswith("2 passed"), ran.stdout + ran.stderr
    assert "portalwatch" not in ran.stdout
