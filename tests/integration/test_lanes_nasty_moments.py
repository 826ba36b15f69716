"""Browsers, drivers and workers killed or stopped at the moments that hurt most."""

from __future__ import annotations

import asyncio
import random

import pytest

from portalwatch.model import Cause, Outcome
from tests.asynchronous import in_own_loop
from tests.integration.yard import command_of, kill, outcomes, stop, until


def start(pool, *orders):
    return [asyncio.create_task(pool.run(order, None)) for order in orders]


def troubles(results):
    """What kept runs from passing, as each attempt tells it."""
    return [
        (attempt.cause, attempt.message, attempt.seconds)
        for result in results
        if result.outcome is not Outcome.PASS
        for attempt in result.attempts
    ]


def never_the_portals_fault(results):
    return Outcome.FAIL not in outcomes(results)


@pytest.mark.parametrize("engine", ["chromium", "firefox"])
def test_a_browser_killed_while_it_starts_costs_a_second_try(yard, engine):
    async def work():
        async with yard.pool() as pool:
            runs = start(pool, *(yard.order(browser=engine) for _ in range(3)))
            kill(await until(lambda: yard.browser(engine), what="a browser"))
            results = await asyncio.gather(*runs)
            return results, await pool.run(yard.order(browser=engine), None)

    results, after = in_own_loop(work())
    assert troubles([*results, after]) == []


@pytest.mark.parametrize("engine", ["chromium", "firefox"])
def test_a_browser_killed_between_runs_is_not_even_noticed(yard, engine):
    async def work():
        async with yard.pool() as pool:
            await pool.run(yard.order(browser=engine), None)
            kill(yard.browser(engine))
            return await pool.run(yard.order(browser=engine), None)

    result = in_own_loop(work())
    assert result.outcome is Outcome.PASS
    assert len(result.attempts) == 1


def test_a_browser_killed_while_it_opens_a_page_costs_a_second_try(yard):
    async def work():
        async with yard.pool() as pool:
            await pool.run(yard.order(), None)
            browser = yard.browser("chromium")
            # Without those that its processes come from, it opens contexts, but no page.
            for nursery in browser.children(recursive=True):
                if "--type=zygote" in command_of(nursery):
                    stop(nursery)
            runs = start(pool, *(yard.order() for _ in range(3)))
            await asyncio.sleep(0.5)  # any moment will do: no page is ever opened
            kill(browser)
            return await asyncio.gather(*runs)

    results = in_own_loop(work())
    assert troubles(results) == []
    assert {attempt.cause for result in results for attempt in result.attempts[:-1]} == {
        Cause.BROWSER_CRASHED
    }
    assert yard.ended == []


@pytest.mark.parametrize("engine", ["chromium", "firefox"])
def test_a_browser_that_stands_still_is_replaced(yard, engine):
    async def work():
        async with yard.pool() as pool:
            await pool.run(yard.order(browser=engine), None)
            orders = [yard.order("takes_a_while", engine, deadline=60.0) for _ in range(2)]
            runs = start(pool, *orders)
            stopped = yard.browser(engine)
            stop(stopped)
            results = await asyncio.gather(*runs)
            after = await pool.run(yard.order(browser=engine), None)
            assert not stopped.is_running() or yard.browser(engine).pid != stopped.pid
            return results, after

    results, after = in_own_loop(work())
    assert never_the_portals_fault(results)
    assert after.outcome is Outcome.PASS
    assert yard.ended == []


@pytest.mark.parametrize("moment", ["while it starts", "between runs", "in a run"])
def test_a_driver_that_is_killed_takes_its_worker_along_and_no_run(yard, moment):
    async def work():
        async with yard.pool() as pool:
            if moment != "while it starts":
                await pool.run(yard.order(), None)
            trials = [yard.order("takes_a_while")] if moment == "in a run" else []
            runs = start(pool, *trials)
            if moment == "in a run":
                await asyncio.sleep(random.uniform(0.2, 1.0))  # any moment of the run will do
            kill(await until(yard.driver, what="a driver"))
            after = await pool.run(yard.order(), None)
            return [*await asyncio.gather(*runs), after]

    assert outcomes(in_own_loop(work())) == {Outcome.PASS}


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.3])
def test_a_worker_that_is_killed_while_it_starts_has_a_successor(yard, delay):
    async def work():
        async with yard.pool() as pool:
            runs = start(pool, yard.order())
            worker = await until(lambda: pool.pids, what="a worker")
            await asyncio.sleep(delay)
            kill(next(p for p in yard.processes() if p.pid in worker))
            return await asyncio.gather(*runs)

    assert outcomes(in_own_loop(work())) == {Outcome.PASS}
    assert yard.ended == ["signal"]


def test_a_worker_killed_between_a_result_and_the_next_order_loses_nothing(yard):
    async def work():
        async with yard.pool() as pool:
            results = []
            for _ in range(3):
                results.append(await pool.run(yard.order(), None))
                kill(next(p for p in yard.processes() if p.pid in pool.pids))
                # Handed to a worker that is dead already, though nobody has noticed.
                results.append(await pool.run(yard.order(), None))
            return results

    results = in_own_loop(work())
    assert outcomes(results) == {Outcome.PASS}
    assert len({result.run_id for result in results}) == 6


def test_two_workers_may_be_killed_at_once(yard):
    async def work():
        async with yard.pool(workers=2, lanes=2) as pool:
            await until(lambda: len([p for p in pool._workers if p.open]) == 2, what="workers")
            runs = start(pool, *(yard.order("takes_a_while") for _ in range(4)))
            await until(lambda: yard.browser("chromium"), what="a browser")
            for worker in [p for p in yard.processes() if p.pid in pool.pids]:
                kill(worker)
            return await asyncio.gather(*runs)

    assert outcomes(in_own_loop(work())) == {Outcome.PASS}
    assert yard.ended == ["signal", "signal"]


def test_a_browser_and_its_driver_may_be_killed_at_once(yard):
    async def work():
        async with yard.pool() as pool:
            await pool.run(yard.order(browser="firefox"), None)
            runs = start(pool, *(yard.order("takes_a_while", "firefox") for _ in range(2)))
            await asyncio.sleep(0.5)  # any moment of the runs will do
            kill(yard.browser("firefox"))
            kill(yard.driver())
            return await asyncio.gather(*runs)

    assert outcomes(in_own_loop(work())) == {Outcome.PASS}


def test_a_worker_that_stands_still_is_ended_at_the_deadline_of_its_run(yard):
    async def work():
        async with yard.pool() as pool:
            await pool.run(yard.order(), None)
            runs = start(pool, yard.order("takes_a_while", deadline=3.0))
            stop(next(p for p in yard.processes() if p.pid in pool.pids))
            (result,) = await asyncio.gather(*runs)
            return result, await pool.run(yard.order(), None)

    result, after = in_own_loop(work())
    assert (result.outcome, result.cause) == (Outcome.ERROR, Cause.DEADLINE_KILLED)
    assert after.outcome is Outcome.PASS
    assert yard.ended == ["deadline"]


def test_a_driver_that_stands_still_is_replaced_with_its_worker(yard):
    async def work():
        async with yard.pool() as pool:
            await pool.run(yard.order(), None)
            stop(yard.driver())
            results = []
            while not yard.ended:
                results.append(await pool.run(yard.order(deadline=10.0), None))
            return results, await pool.run(yard.order(), None)

    results, after = in_own_loop(work())
    assert never_the_portals_fault(results)
    assert after.outcome is Outcome.PASS
    assert yard.ended == ["driver"]
