"""Whose browser a check gets under pytest, in projects without portalwatch's conftest.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from portalwatch.browsers import KNOWN, find
from portalwatch.errors import BrowserMissing
from tests.small_project import make_project, run_pytest

IS_THERE = '''
def check_is_there(journey: Journey) -> None:
    """The home page is there."""
    journey.page.goto("/")
    expect(journey.page.get_by_role("heading")).to_have_text("Welcome")
'''

LAUNCHES_BY_ITSELF = """
import pytest

@pytest.fixture(scope="session")
def browser(playwright, portalwatch_browser):
    browser = playwright.chromium.launch(**portalwatch_browser.launch_options())
    yield browser
    browser.close()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = make_project(tmp_path / "project", IS_THERE, reports=False)
    (root / "conftest.py").unlink()
    return root


@pytest.fixture
def no_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a machine with the system's browsers and none of Playwright's builds."""
    (tmp_path / "t").mkdir()
    none = str(tmp_path / "none")
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", none)
    for name in ("chromium", "firefox"):
        try:
            find(KNOWN[name])
        except BrowserMissing:
            pytest.skip(f"this machine has no {name} but Playwright's own")
    return {"TMPDIR": str(tmp_path / "t"), "PLAYWRIGHT_BROWSERS_PATH": none}


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_build_of_playwrights_that_is_missing_is_named_and_leaves_nothing_behind(
    project: Path, no_builds: dict[str, str], browser: str
) -> None:
    ran = run_pytest(project, "checks", "--browser", browser, **no_builds)
    assert ran.returncode == 1
    assert f"check_is_there[{browser}] - browser_missing: " in ran.stdout
    assert f"install {browser})" in ran.stdout
    assert list(Path(no_builds["TMPDIR"]).iterdir()) == []


def test_a_project_that_launches_the_browser_itself_is_left_alone(
    project: Path, no_builds: dict[str, str]
) -> None:
    (project / "conftest.py").write_text(LAUNCHES_BY_ITSELF)
    ran = run_pytest(project, "checks", **no_builds)
    assert ran.returncode == 0, ran.stdout


def test_a_project_that_takes_warnings_for_errors_meets_none(project: Path) -> None:
    (project / "conftest.py").write_text(LAUNCHES_BY_ITSELF)
    ran = run_pytest(project, "checks", "-o", "filterwarnings=error")
    assert ran.returncode == 0, ran.stdout
