"""``python -m bench report``: a run report of ten thousand runs, made and opened."""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import sync_playwright

from portalwatch.browsers import KNOWN, find
from portalwatch.check_files import describe_checks
from portalwatch.model import (
    Attempt,
    BrowserInfo,
    Cause,
    CodeFrame,
    ConsoleEntry,
    FailedRequest,
    Outcome,
    PageVitals,
    Result,
    Step,
)
from portalwatch.order import VERSIONS, new_run_id
from portalwatch.render import Pages
from portalwatch.report_file import write_report

ROOT = Path(__file__).parents[1]
RUNS = 10_000
FAILED = 0.03  # of the runs
STEPS = ("open the sign-in", "type User ID and password", "enter the code", "look around")
CAUSES = (Cause.CONTENT_WRONG, Cause.SLOW, Cause.SERVER_ERROR, Cause.BROWSER_CRASHED)
BROWSERS = (
    BrowserInfo("chromium", "chromium", "156.0.8078.108", "system", "cdp", True),
    BrowserInfo("firefox", "firefox", "153.7.0", "system", "bidi"),
)
OPENINGS = 5
# From the start of the navigation until the first rows are on the screen, and a click on a
# counter has its answer there.
MEASURE = """async () => {
    const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    while (!("ready" in document.documentElement.dataset)) await painted();
    await painted();
    const shown = performance.now();
    document.querySelector("[data-show=failed]").click();
    await painted();
    return [shown, performance.now() - shown, document.querySelectorAll(".run").length];
}"""


def bench_report() -> None:
    """Print how long it takes to make the report and to open it, and how large it is."""
    chance = random.Random(1)
    checks = {check: found.title for check, found in describe_checks(ROOT).items()}
    results = [_result(chance, list(checks.items()), number) for number in range(RUNS)]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        index = write_report(
            Pages(ROOT / "reports"),
            Path(folder),
            results,
            evidence_roots=[],
            title="Bench",
            started_at=results[0].started_at,
            ended_at=results[-1].ended_at,
        )
        made = time.perf_counter() - began
        print(f"{RUNS:,} runs: made in {made:.2f} s (target 5), {index.stat().st_size:,} bytes")
        print("(target 3,000,000 without evidence)")
        for shown, answered, rows in _openings(index):
            print(
                f"opened: first rows after {shown:.0f} ms, a filter's answer {answered:.0f} ms"
                f" later (target 1000 in all); {rows} rows made"
            )


def _openings(index: Path) -> list[tuple[float, float, int]]:
    found = find(KNOWN["chromium"])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.path)
        openings = []
        for _ in range(OPENINGS):
            page = browser.new_page()
            page.goto(index.as_uri())
            openings.append(tuple(page.evaluate(MEASURE)))
            page.close()
        browser.close()
    return openings


def _result(chance: random.Random, checks: list[tuple[str, str]], number: int) -> Result:
    check, title = chance.choice(checks)
    at = 1_790_000_000.0 + number * 1.7 + chance.random()
    failed = chance.random() < FAILED
    attempts = tuple(
        _attempt(chance, at + 5 * n, failed and n == 0)
        for n in range(1 + (failed and number % 3 == 0))
    )
    browser = chance.choice(BROWSERS)
    return Result(
        run_id=new_run_id(at),
        check=check,
        title=title,
        browser=browser,
        account="amara",
        scheduled_at=at - chance.random(),
        attempts=attempts,
        queue_seconds=chance.random(),
        tags=("smoke",) if number % 5 == 0 else (),
        versions=VERSIONS,
        node=f"checks/{check.replace('.', '.py::check_', 1)}[{browser.name}]",
    )


def _attempt(chance: random.Random, at: float, failed: bool) -> Attempt:
    steps, offset = [], 0.0
    for position, name in enumerate(STEPS):
        seconds = chance.uniform(0.05, 1.5)
        ended = failed and position == len(STEPS) - 1
        outcome = Outcome.FAIL if ended else Outcome.PASS
        steps.append(Step(name, outcome, offset, seconds, 0, "it was not there" if ended else None))
        for inner in range(position % 3):
            steps.append(Step(f"part {inner + 1}", outcome, offset, seconds / 3, 1))
        offset += seconds
    vitals = tuple(
        PageVitals(
            f"https://portal.example/{page}/", *(chance.uniform(0.01, 0.8) for _ in range(3))
        )
        for page in ("sign-in", "code", "dashboard")
    )
    plain = Attempt(
        Outcome.PASS, None, "", at, offset, tuple(steps), vitals, worker=f"gw{chance.randrange(4)}"
    )
    if not failed:
        return plain
    cause = chance.choice(CAUSES)
    source = tuple(f"    line = {chance.randrange(1000)}" for _ in range(7))
    return replace(
        plain,
        outcome=cause.outcome,
        cause=cause,
        message=f"Locator expected to be visible ({chance.randrange(10_000)})",
        detail="\n".join(f"  File checks/login.py, line {n}, in check" for n in range(30)),
        code=CodeFrame("checks/login.py", 54, 50, source),
        console=tuple(
            ConsoleEntry("error", f"Failed to load {n}", "https://portal.example/", 0.3)
            for n in range(5)
        ),
        failed_requests=(
            FailedRequest("GET", "https://portal.example/app.css", "stylesheet", 503, "", 0.2),
        ),
    )
