"""Journeys as greenlets over one driver: the guard of the private attributes they stand on."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import psutil
import pytest
from playwright.sync_api import Error as PlaywrightError

from portalwatch.browsers import RunningBrowser
from portalwatch.errors import Deadline
from portalwatch.fibers import Fibers, OutOfTime, Patience
from portalwatch.journey import Journey
from portalwatch.model import Attempt, Cause
from tests.asynchronous import another_playwright
from tests.integration.single_run import SingleRuns
from tests.integration.troubled_site import TroubledSite

ROUNDS = 40 if os.environ.get("PORTALWATCH_TEST_FULL") else 2  # of eight journeys each
ENOUGH = 60.0  # seconds for a healthy journey, on a busy machine


@pytest.fixture
def fibers(playwright: Any) -> Fibers:
    return Fibers(playwright)


def side_by_side(fibers: Fibers, functions: list[Callable[[], Any]]) -> list[Any]:
    """What each of ``functions`` gives or raises, each in a greenlet of its own."""
    outcomes: dict[int, Any] = {}
    all_done = fibers.loop.create_future()

    def carry_out(number: int, function: Callable[[], Any]) -> None:
        try:
            outcomes[number] = function()
        except BaseException as exc:
            outcomes[number] = exc
        if len(outcomes) == len(functions):
            all_done.set_result(None)

    for number, function in enumerate(functions):
        fibers.start(lambda number=number, function=function: carry_out(number, function))
    fibers.wait(all_done)
    return [outcomes[number] for number in range(len(functions))]


# The stress test.


def healthy(journey: Journey) -> None:
    for _ in range(2):
        journey.page.goto("/")
        journey.page.get_by_role("link", name="Go on").click()
        journey.page.wait_for_url("**/next")


def waits_in_vain(journey: Journey) -> None:
    journey.page.goto("/")
    journey.page.get_by_role("button").click()


def hangs(journey: Journey) -> None:
    journey.page.goto("/endless")
    journey.page.title()


def crashes(journey: Journey) -> None:
    journey.page.goto("/")
    journey.page.goto("chrome://crash")


def attempts_side_by_side(
    runs: SingleRuns,
    checks: list[Callable[[Journey], None]],
    browser: RunningBrowser,
    url: str,
    *,
    deadline: float,
) -> list[Attempt]:
    """The attempts at ``checks``. ``deadline``: of those that are not healthy, in seconds."""

    def attempt(check: Callable[[Journey], None]) -> Attempt:
        limit = ENOUGH if check is healthy else deadline
        return runs.attempt(check, browser, url, deadline=limit, timeout=40.0)

    return side_by_side(runs.fibers, [partial(attempt, check) for check in checks])


def test_journeys_side_by_side_end_as_each_would_alone_and_leave_nothing(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    browser = chromium.browser  # type: ignore[attr-defined]
    session = browser.new_browser_cdp_session()

    def targets() -> int:
        return len(session.send("Target.getTargets")["targetInfos"])

    before = targets()
    checks = [healthy, waits_in_vain, healthy, hangs, healthy, crashes, healthy, healthy]
    for _ in range(ROUNDS):
        attempts = attempts_side_by_side(runs, checks, chromium, site.url, deadline=4.0)
        causes = Counter(attempt.cause for attempt in attempts)
        assert causes == {
            None: 5,
            Cause.DEADLINE_KILLED: 1,
            Cause.PAGE_BROKEN: 1,
            Cause.BROWSER_CRASHED: 1,
        }, attempts
        assert browser.contexts == []
        assert targets() == before
    session.detach()


def test_neighbours_in_firefox_outlast_a_hung_and_a_late_one(
    firefox: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    checks = [healthy, hangs, waits_in_vain, healthy]
    for _ in range(max(1, ROUNDS // 4)):
        attempts = attempts_side_by_side(runs, checks, firefox, site.url, deadline=8.0)
        causes = [attempt.cause for attempt in attempts]
        assert causes == [None, Cause.PAGE_BROKEN, Cause.DEADLINE_KILLED, None], attempts
        assert firefox.browser.contexts == []  # type: ignore[attr-defined]


# Deadlines.


def test_a_deadline_strikes_only_where_it_may(fibers: Fibers) -> None:
    told = []
    with fibers.deadline(0.1) as deadline:
        fibers.pause(0.3)
        told.append("not in what is done beside the journey")
        with pytest.raises(Deadline), deadline.may_strike():
            told.append("never begun")
    assert told == ["not in what is done beside the journey"]
    assert deadline.left < 0


def test_a_deadline_that_was_called_off_does_not_strike(fibers: Fibers) -> None:
    with fibers.deadline(0.1) as deadline, deadline.may_strike():
        pass
    fibers.pause(0.3)


def test_a_deadline_strikes_again_at_whoever_goes_on(fibers: Fibers) -> None:
    strikes = 0
    with fibers.deadline(0.05) as deadline, deadline.may_strike():
        for _ in range(3):
            with pytest.raises(Deadline):
                fibers.pause(60)
            strikes += 1
    assert strikes == 3


def test_a_deadline_ends_its_own_fiber_and_no_other(fibers: Fibers) -> None:
    def struck() -> None:
        with fibers.deadline(0.1) as deadline, deadline.may_strike():
            fibers.pause(60)

    def other() -> str:
        fibers.pause(0.4)
        return "went on"

    problem, text = side_by_side(fibers, [struck, other])
    assert isinstance(problem, Deadline)
    assert text == "went on"


def test_a_journey_may_be_ended_earlier_for_another_reason(fibers: Fibers) -> None:
    with fibers.deadline(60) as deadline:
        deadline.end_after(0.05, LookupError("enough"))
        with pytest.raises(LookupError, match="enough"), deadline.may_strike():
            fibers.pause(60)
        deadline.end_after(0.05, LookupError("too late"))
        fibers.pause(0.2)  # what is done beside the journey is left alone
        with deadline.may_strike():
            deadline.end_after(0.05, LookupError("called off")).cancel()
            fibers.pause(0.2)


def test_nothing_resumes_a_fiber_that_has_ended(fibers: Fibers) -> None:
    """The future that it waited for is settled in the very turn of the loop that ends it."""
    resumed = []
    future: asyncio.Future[str] = fibers.loop.create_future()

    def waits() -> None:
        try:
            fibers.wait(future)
        except Deadline:
            return
        resumed.append("after its end")

    def fate() -> None:
        fiber.throw(Deadline())
        if not future.done():
            future.set_result("too late")

    fiber = fibers.start(waits)
    fibers.loop.call_later(0.05, fate)
    fibers.pause(0.2)
    assert fiber.dead
    assert resumed == []


# Limits.


def test_what_takes_too_long_is_given_up(chromium: RunningBrowser, fibers: Fibers) -> None:
    with chromium.open_context() as context:
        page = context.new_page()
        with pytest.raises(OutOfTime, match=r"no answer within 0\.2 s"):
            fibers.bounded(0.2, lambda: page.evaluate("new Promise(() => {})"))
        assert page.evaluate("1 + 1") == 2  # the page is as it was


def test_what_is_quick_enough_is_handed_on(fibers: Fibers) -> None:
    assert fibers.bounded(5, lambda: "answer") == "answer"
    with pytest.raises(ZeroDivisionError):
        fibers.bounded(5, lambda: 1 / 0)
    fibers.pause(0.01)  # and no timer is left to strike


def test_a_question_has_an_answer_whatever_happens(fibers: Fibers) -> None:
    assert fibers.ask(5, lambda: "answer", None) == "answer"
    assert fibers.ask(5, lambda: 1 / 0, "otherwise") == "otherwise"
    assert fibers.ask(0.05, lambda: fibers.pause(60), "otherwise") == "otherwise"


def test_the_limit_around_a_question_is_not_taken_for_its_own(fibers: Fibers) -> None:
    went_on = []

    def asks() -> None:
        fibers.ask(60, lambda: fibers.pause(60), None)
        went_on.append("past the limit")

    with pytest.raises(OutOfTime):
        fibers.bounded(0.1, asks)
    assert went_on == []


def test_the_limit_within_a_limit_ends_only_what_is_within(fibers: Fibers) -> None:
    def asks() -> str:
        return fibers.ask(0.05, lambda: fibers.pause(60), "gave up") + ", went on"

    assert fibers.bounded(5, asks) == "gave up, went on"


def test_patience_is_for_all_questions_together(fibers: Fibers) -> None:
    patience = Patience(fibers, 0.2)
    assert patience.ask(60, lambda: "answer", None) == "answer"
    assert patience.ask(60, lambda: fibers.pause(60), "otherwise") == "otherwise"
    assert patience.left == 0
    asked = []
    assert patience.ask(60, lambda: asked.append(1), "otherwise") == "otherwise"
    with pytest.raises(OutOfTime):
        patience.bounded(60, lambda: asked.append(1))
    assert asked == []


def test_an_error_of_the_browser_reaches_the_fiber_that_asked(
    chromium: RunningBrowser, fibers: Fibers
) -> None:
    def wrong() -> None:
        with chromium.open_context() as context:
            context.new_page().evaluate("nonsense()")

    def right() -> int:
        with chromium.open_context() as context:
            return int(context.new_page().evaluate("40 + 2"))

    problem, number = side_by_side(fibers, [wrong, right])
    assert isinstance(problem, PlaywrightError)
    assert number == 42


def test_fibers_end_with_their_driver() -> None:
    before = set(psutil.Process().children())
    with another_playwright() as playwright:
        fibers = Fibers(playwright)
        assert fibers.alive
        (driver,) = set(psutil.Process().children()) - before
        driver.kill()
        with pytest.raises(Exception, match=r"closed"):
            fibers.pause(60)
        assert not fibers.alive
        assert fibers.ask(60, lambda: fibers.pause(60), "otherwise") == "otherwise"
