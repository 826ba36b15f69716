"""Take the README's screenshots anew: `python scripts/screenshots.py`, some four minutes.

Nothing in them is made up: a monitor watches the bundled portal with short intervals, and
pytest runs its checks with one password that is wrong.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from portalwatch.browsers import KNOWN, find, launch, open_page

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PROJECT = ("checks", "flows", "fixtures", "reports", "portal")
FILES = ("conftest.py", "portalwatch.yaml", "pyproject.toml")
RUNS = 10  # of the check that runs most often, before the picture is taken
SIZE = ViewportSize(width=1180, height=790)


def main() -> None:
    """Write status-page.png and run-report.png to docs/images."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="portalwatch-images-") as folder:
        project = Path(folder) / "project"
        copy_project(project)
        report = failing_report(project)
        with watching(project) as address, open_browser() as page:
            page.goto(address)
            picture_status_page(page)
            page.goto(report.as_uri())
            page.get_by_role("heading", level=1).wait_for()
            page.screenshot(path=IMAGES / "run-report.png")


def copy_project(project: Path) -> None:
    """The bundled project in a folder of its own, with intervals that make a history soon."""
    for name in PROJECT:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, project / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, project)
    plan = project / "portalwatch.yaml"
    text = plan.read_text(encoding="utf-8").replace("127.0.0.1:9464", "127.0.0.1:0")
    text = re.sub(r"every: (30s|1m)\b", "every: 15s", text)
    text = re.sub(r"slow_after: \d+s", "slow_after: 45s", text)  # this machine may be busy
    plan.write_text(text, encoding="utf-8")


def failing_report(project: Path) -> Path:
    """A run report in which the one account's password is wrong."""
    browsers = ("--browser", "chromium", "--browser", "firefox")
    subprocess.run(
        [sys.executable, "-m", "pytest", "checks", "-q", "--portalwatch-report=report", *browsers],
        cwd=project,
        env={**os.environ, "PORTALWATCH_BASIC_PASSWORD": "last-month's"},
        check=False,
        stdout=subprocess.DEVNULL,
    )
    return project / "report" / "index.html"


@contextmanager
def watching(project: Path) -> Iterator[str]:
    """A monitor on the project; gives the address of its status page."""
    with subprocess.Popen(
        [sys.executable, "-m", "portalwatch.cli", "run"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            lines = iter(process.stdout.readline, "")
            yield next(m[1] for line in lines if (m := re.match(r"Status page: (\S+)", line)))
        finally:
            process.terminate()


@contextmanager
def open_browser() -> Iterator[Page]:
    """A page as wide as README pictures are shown, sharp on any screen."""
    with sync_playwright() as playwright:
        browser = launch(playwright, find(KNOWN["chromium"]))
        with browser.open_context(viewport=SIZE, color_scheme="light") as context:
            yield open_page(context)
        browser.close()


def picture_status_page(page: Page) -> None:
    """Wait until every check is up and the busiest has a history, then take the picture."""
    expect(page.locator("li.line.is-up")).to_have_count(12, timeout=180_000)
    newest = page.locator("li.line time").first
    for _ in range(RUNS):
        before = newest.get_attribute("datetime") or ""
        expect(newest).not_to_have_attribute("datetime", before, timeout=60_000)
    page.screenshot(path=IMAGES / "status-page.png")


if __name__ == "__main__":
    main()
