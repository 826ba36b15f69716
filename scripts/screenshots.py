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

import yaml
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from portalwatch.browsers import KNOWN, find, launch, open_page

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PROJECT = ("checks", "flows", "fixtures", "reports", "portal")
FILES = ("conftest.py", "portalwatch.yaml", "pyproject.toml")
TAG = "smoke"  # of the checks that are shown
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
            page.locator(".step-error").first.wait_for()
            page.screenshot(path=IMAGES / "run-report.png")


def copy_project(project: Path) -> None:
    """The bundled project in a folder of its own, with intervals that make a history soon."""
    for name in PROJECT:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, project / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, project)
    file = project / "portalwatch.yaml"
    plan = yaml.safe_load(file.read_text(encoding="utf-8"))
    plan["monitor"]["listen"] = "127.0.0.1:0"
    plan["checks"] = [entry for entry in plan["checks"] if TAG in entry.get("tags", ())]
    for entry in plan["checks"]:
        entry["every"] = "15s"
        entry.pop("slow_after", None)  # this machine may be busy
    file.write_text(yaml.safe_dump(plan), encoding="utf-8")


def failing_report(project: Path) -> Path:
    """A run report in which the one account's password is wrong."""
    browsers = ("--browser", "chromium", "--browser", "firefox")
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "checks", "-q", "-n", "2", "-m", TAG),
            *("--portalwatch-report=report", *browsers),
        ],
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
    expect(page.locator("li.line:not(.is-up)")).to_have_count(0, timeout=300_000)
    newest = page.locator("li.line time").first
    for _ in range(RUNS):
        before = newest.get_attribute("datetime") or ""
        expect(newest).not_to_have_attribute("datetime", before, timeout=60_000)
    page.screenshot(path=IMAGES / "status-page.png")


if __name__ == "__main__":
    main()
