"""Whose browser a check gets under pytest, in projects without portalwatch's conftest.py."""

from __future__ import annotations

from pathlib import Path

import pytest

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


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_build_of_playwrights_that_is_missing_is_named_and_leaves_nothing_behind(
    project: Path, tmp_path: Path, browser: str
) -> None:
    temporary = tmp_path / "t"
    temporary.mkdir()
    ran = run_pytest(
        *(project, "checks", "--browser", browser),
        TMPDIR=str(temporary),
        PLAYWRIGHT_BROWSERS_PATH=str(tmp_path / "none"),
    )
    assert ran.returncode == 1
    assert f"check_is_there[{browser}] - browser_missing: " in ran.stdout
    assert f"install {browser})" in ran.stdout
    assert [path.name for path in temporary.iterdir()] == []


def test_a_project_that_launches_the_browser_itself_is_left_alone(project: Path) -> None:
    (project / "conftest.py").write_text(LAUNCHES_BY_ITSELF)
    ran = run_pytest(project, "checks")
    assert ran.returncode == 0, ran.stdout


def test_a_project_that_takes_warnings_for_errors_meets_none(project: Path) -> None:
    (project / "conftest.py").write_text(LAUNCHES_BY_ITSELF)
    ran = run_pytest(project, "checks", "-o", "filterwarnings=error")
    assert ran.returncode == 0, ran.stdout
