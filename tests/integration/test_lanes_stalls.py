"""What stands still ends at its deadline, is named rightly, and holds nobody else up."""

from __future__ import annotations

import asyncio
import time

import pytest

from portalwatch.model import Cause, Outcome
from tests.asynchronous import in_own_loop
from tests.integration.yard import outcomes

DEADLINE = 6.0
LATE = 20.0  # seconds: far from the minutes that a miss would take, on a busy machine too

TRIALS = '''\
from playwright.sync_api import expect


def check_waits_for_an_answer(journey):
    """A page that the portal never answers."""
    journey.page.goto("/hang")


def check_goes_on_in_vain(journey):
    """A portal that goes away between two pages."""
    with journey.step("arrive"):
        journey.page.goto("/farewell")
    with journey.step("go on"):
        journey.page.goto("/next")


def check_meets_a_busy_page(journey):
    """A page whose script never ends."""
    journey.page.goto("/endless")
    expect(journey.page.get_by_role("heading", name="Another")).to_be_visible()
'''


@pytest.fixture
def yard(yard):
    yard.write_checks(TRIALS, "stalls")
    return yard


def beside_others(yard, order):
    """The result of ``order`` with its seconds, and those of three runs beside it."""

    async def timed(pool):
        began = time.monotonic()
        result = await pool.run(order, None)
        return result, time.monotonic() - began

    async def work():
        async with yard.pool(lanes=4) as pool:
            await pool.run(yard.order(browser=order.browser), None)
            runs = [asyncio.create_task(timed(pool))]
            for _ in range(3):
                trial = yard.order("takes_a_while", order.browser)
                runs.append(asyncio.create_task(pool.run(trial, None)))
            (result, seconds), *others = await asyncio.gather(*runs)
            return result, seconds, others, await pool.run(yard.order(), None)

    return in_own_loop(work())


@pytest.mark.parametrize("trial", ["spins", "blocks"])
def test_a_flow_that_never_yields_loses_its_worker_and_is_named(yard, trial):
    order = yard.order(trial, deadline=DEADLINE)
    result, seconds, others, after = beside_others(yard, order)
    assert (result.outcome, result.cause) == (Outcome.ERROR, Cause.DEADLINE_KILLED)
    assert "held its worker without yielding at checks/trials.py:" in result.message
    assert seconds < DEADLINE + LATE
    assert outcomes([*others, after]) == {Outcome.PASS}
    assert yard.ended == ["stuck"]


def test_a_flow_that_holds_the_interpreter_itself_ends_at_its_deadline(yard):
    order = yard.order("holds_the_interpreter", deadline=DEADLINE)
    result, seconds, others, after = beside_others(yard, order)
    assert (result.outcome, result.cause) == (Outcome.ERROR, Cause.DEADLINE_KILLED)
    assert result.message == "no answer at its deadline of 6 s: its worker was killed"
    assert seconds < DEADLINE + LATE
    assert outcomes([*others, after]) == {Outcome.PASS}
    assert yard.ended == ["deadline"]


@pytest.mark.parametrize("engine", ["chromium", "firefox"])
def test_a_page_whose_script_never_ends_is_the_portals_fault(yard, site, engine):
    # Firefox runs all pages of a site in one process: with 127.0.0.1 they would all hang.
    order = yard.order(
        "", engine, check="stalls.meets_a_busy_page", base_url=site.look_alike, deadline=12.0
    )
    result, seconds, others, after = beside_others(yard, order)
    assert (result.outcome, result.cause) == (Outcome.FAIL, Cause.PAGE_BROKEN)
    assert seconds < 12.0 + LATE
    assert outcomes([*others, after]) == {Outcome.PASS}
    assert yard.ended == []


def test_a_portal_that_never_answers_is_slow(yard, site):
    order = yard.order(
        check="stalls.waits_for_an_answer", base_url=site.url, deadline=DEADLINE, timeout=20.0
    )
    result, seconds, others, after = beside_others(yard, order)
    assert (result.outcome, result.cause) == (Outcome.FAIL, Cause.SLOW)
    assert seconds < DEADLINE + LATE
    assert outcomes([*others, after]) == {Outcome.PASS}
    assert yard.ended == []


@pytest.mark.parametrize("engine", ["chromium", "firefox"])
def test_a_portal_that_goes_away_in_the_middle_is_unreachable(yard, site, engine):
    order = yard.order("", engine, check="stalls.goes_on_in_vain", base_url=site.url, deadline=20.0)
    result, seconds, others, after = beside_others(yard, order)
    first, again = result.attempts
    assert (first.outcome, first.cause) == (Outcome.FAIL, Cause.UNREACHABLE)
    assert first.failed_step.name == "go on"
    assert again.cause is Cause.UNREACHABLE
    assert seconds < 20.0 + LATE
    assert outcomes([*others, after]) == {Outcome.PASS}
    assert yard.ended == []
