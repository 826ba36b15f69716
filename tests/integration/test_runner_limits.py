"""What a run does with its time: deadlines that strike, in any mischief, and second attempts."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from portalwatch.browsers import KNOWN, RunningBrowser, find, launch
from portalwatch.journey import Journey
from portalwatch.model import Attempt, Cause, Outcome
from tests.integration.single_run import BOTH, SingleRuns
from tests.integration.troubled_site import TroubledSite

# Seconds; a context of Firefox takes two to open on a busy machine.
DEADLINES = {"chromium": 2.0, "firefox": 5.0}
DEADLINE = DEADLINES["chromium"]
AFTERMATH = 4.0  # seconds that a run may take after its deadline, whatever happens


def until_the_deadline(
    runs: SingleRuns, check: Callable[[Journey], Any], browser: RunningBrowser, url: str
) -> Attempt:
    """The attempt at a check that ends by its deadline alone, and not long after it."""
    deadline = DEADLINES[browser.info.name]
    began = time.monotonic()
    attempt = runs.attempt(check, browser, url, deadline=deadline, timeout=60.0, confirm=True)
    assert deadline <= time.monotonic() - began < deadline + AFTERMATH
    return attempt


def test_a_check_that_only_waits_is_ended_at_its_deadline(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        with journey.step("outer"):
            journey.page.goto("/")
            with journey.step("inner"):
                journey.page.get_by_role("button").click()

    attempt = until_the_deadline(runs, check, browser_under_test, site.url)
    over = f"the run's deadline of {DEADLINES[browser_under_test.info.name]:g} s was over"
    assert (attempt.cause, attempt.message) == (Cause.DEADLINE_KILLED, over)
    assert [(s.name, s.outcome) for s in attempt.steps] == [
        ("outer", Outcome.ERROR),
        ("inner", Outcome.ERROR),
    ]
    assert {"screenshot", "page_text"} == {piece.kind for piece in attempt.evidence}


def test_a_page_that_hangs_is_ended_at_the_deadline(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        journey.page.goto("/endless")
        journey.page.title()  # never returns, and has no time limit of its own

    attempt = until_the_deadline(runs, check, browser_under_test, site.url)
    assert attempt.cause is Cause.PAGE_BROKEN


def test_a_portal_that_hangs_is_ended_at_the_deadline(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    attempt = until_the_deadline(runs, lambda j: j.page.goto("/hang"), browser_under_test, site.url)
    assert attempt.cause is Cause.SLOW


@pytest.mark.parametrize("engine", BOTH)
def test_a_browser_that_hangs_is_ended_at_the_deadline(
    engine: str, playwright: Any, runs: SingleRuns, site: TroubledSite
) -> None:
    browser = launch(playwright, find(KNOWN[engine]))

    def check(journey: Journey) -> None:
        journey.page.goto("/")
        for pid in browser.pids:
            os.killpg(pid, signal.SIGSTOP)
        journey.page.goto("/next")

    try:
        attempt = until_the_deadline(runs, check, browser, site.url)
    finally:
        browser.kill()
    assert attempt.cause is Cause.BROWSER_CRASHED
    over = f"the run's deadline of {DEADLINES[engine]:g} s was over"
    assert attempt.message == f"our browser died or hangs ({over})"


def test_a_check_cannot_outlive_its_deadline_by_swallowing_it(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    strikes = []

    def check(journey: Journey) -> None:
        for _ in range(3):
            try:
                journey.page.get_by_role("button").click()
            except BaseException as exc:
                strikes.append(type(exc).__name__)
        journey.page.get_by_role("button").click()

    attempt = until_the_deadline(runs, check, chromium, site.url)
    assert strikes == ["Deadline"] * 3
    assert attempt.cause is Cause.DEADLINE_KILLED


def test_a_clean_up_of_the_check_is_ended_as_well(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        try:
            journey.page.goto("/hang")
        finally:
            journey.page.goto("/hang")

    attempt = until_the_deadline(runs, check, chromium, site.url)
    assert attempt.cause is Cause.SLOW


def test_a_context_that_does_not_open_is_ended_at_the_deadline(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    began = time.monotonic()
    (attempt,) = runs.attempts(
        lambda journey: None,
        chromium,
        site.url,
        deadline=DEADLINE,
        open_context=lambda: runs.fibers.pause(600),
    )
    assert DEADLINE <= time.monotonic() - began < DEADLINE + AFTERMATH
    assert attempt.cause is Cause.BROWSER_CRASHED
    assert attempt.message == "the browser opened no page"


def test_an_interruption_ends_more_than_the_run(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    opened = []

    @contextlib.contextmanager
    def open_context() -> Iterator[Any]:
        with chromium.open_context(base_url=site.url) as context:
            opened.append(context)
            yield context
        opened.remove(context)

    def check(journey: Journey) -> None:
        with journey.step("be interrupted"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs.attempts(check, chromium, site.url, open_context=open_context)
    assert opened == []


# Second attempts.


def test_a_failure_is_confirmed_with_a_trace(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        journey.page.goto("/")
        journey.require(False, "no greeting")

    first, second = runs.attempts(check, browser_under_test, site.url, confirm=True)
    assert [first.cause, second.cause] == [Cause.CONTENT_WRONG] * 2
    assert "trace" not in {piece.kind for piece in first.evidence}
    assert "trace" in {piece.kind for piece in second.evidence}


def test_a_failure_that_does_not_happen_again_is_no_failure(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    contexts = []

    def check(journey: Journey) -> None:
        contexts.append(journey.page.context)
        journey.require(len(contexts) == 2, "not yet")

    first, second = runs.attempts(check, chromium, site.url, confirm=True)
    assert [first.outcome, second.outcome] == [Outcome.FAIL, Outcome.PASS]
    assert contexts[0] != contexts[1]
    assert second.evidence == ()


def test_trouble_of_our_own_confirms_nothing(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    tries = []

    def check(journey: Journey) -> None:
        tries.append(journey)
        if len(tries) == 2:
            raise RuntimeError("ours")
        journey.require(False, "no greeting")

    (only,) = runs.attempts(check, chromium, site.url, confirm=True)
    assert len(tries) == 2
    assert only.message == "no greeting"


def test_a_deadline_in_the_second_attempt_leaves_the_first_verdict(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    tries = []

    def check(journey: Journey) -> None:
        tries.append(journey)
        journey.require(len(tries) == 2, "no greeting")
        with journey.step("outer"), journey.step("inner"):
            journey.page.get_by_role("button").click()

    attempt = until_the_deadline(runs, check, chromium, site.url)
    assert len(tries) == 2
    assert attempt.message == "no greeting"


@pytest.mark.parametrize("problem", [RuntimeError("ours"), None])
def test_nothing_but_a_failure_or_a_crash_is_tried_again(
    problem: Exception | None, chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        if problem:
            raise problem

    assert len(runs.attempts(check, chromium, site.url, confirm=True)) == 1


def test_a_slow_run_is_confirmed_without_a_trace_that_would_slow_it_down(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    attempts = runs.attempts(
        lambda j: j.page.goto("/slow"), chromium, site.url, confirm=True, slow_after=0.3
    )
    assert [a.cause for a in attempts] == [Cause.SLOW] * 2
    assert "trace" not in {piece.kind for attempt in attempts for piece in attempt.evidence}


def test_late_in_a_run_no_time_is_left_to_confirm(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        with pytest.raises(AssertionError):
            expect(journey.page.get_by_role("button")).to_be_visible(timeout=1_200)
        journey.require(False, "too late")

    options = {"deadline": 2.2, "confirm": True}
    assert len(runs.attempts(check, chromium, site.url, **options)) == 1
