"""A pool of real workers: runs, recycling, renewal, and workers that cannot start."""

from __future__ import annotations

import asyncio
import time

import pytest

from portalwatch.lanes import worker_process
from portalwatch.lanes.pool import Recycling
from portalwatch.model import Cause, Outcome
from tests.asynchronous import in_own_loop
from tests.integration.yard import kill, outcomes, until


def test_a_worker_carries_out_as_many_runs_at_once_as_it_has_lanes(yard):
    async def work():
        async with yard.pool(lanes=4) as pool:
            await pool.run(yard.order(), None)
            began = time.monotonic()
            orders = [yard.order("takes_a_while") for _ in range(4)]
            results = await asyncio.gather(*(pool.run(order, None) for order in orders))
            return results, time.monotonic() - began, pool.pids

    results, seconds, pids = in_own_loop(work())
    assert [result.outcome for result in results] == [Outcome.PASS] * 4
    assert len(pids) == 1
    assert seconds < 4 * 2  # what they would take one after the other
    assert len({result.run_id for result in results}) == 4
    assert {result.browser.engine for result in results} == {"chromium"}
    assert yard.ended == []


def test_an_expectation_that_is_not_met_softly_fails_the_run_as_any_other(yard):
    async def work():
        async with yard.pool(lanes=1) as pool:
            return await pool.run(yard.order("says_it_softly"), None)

    result = in_own_loop(work())
    assert (result.outcome, result.cause) == (Outcome.FAIL, Cause.CONTENT_WRONG)


def test_a_worker_does_not_inherit_what_is_withheld(yard, monkeypatch):
    monkeypatch.setenv("AMARA_PASSWORD", "Harbor-Lantern-27")
    monkeypatch.setenv("AMARA_SHOE_SIZE", "41")

    async def work():
        settings = yard.settings(withheld=("AMARA_PASSWORD",))
        async with yard.pool(settings, lanes=1) as pool:
            return await pool.run(yard.order("tells_its_environment"), None)

    result = in_own_loop(work())
    (piece,) = result.last.evidence
    inherited = (yard.root / "var" / "evidence" / piece.path).read_text().split()
    assert "AMARA_SHOE_SIZE" in inherited
    assert "AMARA_PASSWORD" not in inherited


def test_an_answer_that_cannot_be_read_leaves_no_run_without_a_verdict(yard, monkeypatch):
    def refuse(data):
        raise ValueError("'moonstruck' is not a valid Cause")

    async def work():
        async with yard.pool(lanes=1) as pool:
            with monkeypatch.context() as patched:
                patched.setattr(worker_process.Attempt, "from_json", refuse)
                return await pool.run(yard.order(), None)

    result = in_own_loop(work())
    assert result.cause is Cause.WORKER_CRASHED
    assert len(result.attempts) == 3


def test_a_run_waits_for_a_free_lane_and_says_for_how_long(yard):
    async def work():
        async with yard.pool(lanes=1) as pool:
            await pool.run(yard.order(), None)
            orders = [yard.order("takes_a_while"), yard.order()]
            return await asyncio.gather(*(pool.run(order, None) for order in orders))

    first, second = in_own_loop(work())
    assert (first.outcome, second.outcome) == (Outcome.PASS, Outcome.PASS)
    assert first.queue_seconds < 1
    assert second.queue_seconds > 2


@pytest.mark.parametrize(
    ("recycling", "reason"),
    [(Recycling(runs=2), "runs"), (Recycling(age=0.5), "age"), (Recycling(memory=1), "memory")],
)
def test_a_worker_is_recycled_while_runs_go_on(yard, monkeypatch, recycling, reason):
    monkeypatch.setattr("portalwatch.lanes.pool.LOOK_EVERY", 0.5)

    async def work():
        async with yard.pool(lanes=2, recycling=recycling) as pool:
            first = set(await until(lambda: pool.ready and pool.pids, what="a worker"))
            results = []
            # Until those are gone: with limits this low, one before them may end first.
            while first & set(pool.pids):
                trials = [yard.order("takes_a_while"), yard.order()]
                results += await asyncio.gather(*(pool.run(trial, None) for trial in trials))
            return results

    results = in_own_loop(work())
    assert outcomes(results) == {Outcome.PASS}
    assert {len(result.attempts) for result in results} == {1}
    assert set(yard.ended) == {reason}


def test_renewing_lets_runs_end_and_the_next_one_sees_the_new_code(yard):
    async def work():
        async with yard.pool() as pool:
            running = asyncio.create_task(pool.run(yard.order("takes_a_while"), None))
            await until(lambda: yard.browser("chromium"), what="a browser")
            yard.write_checks('def check_new(journey):\n    """A new check."""\n')
            # Twice, and at once: the second finds a worker that is only just starting.
            pool.renew(yard.settings())
            await until(lambda: len(pool.pids) == 2, what="a successor")
            pool.renew(yard.settings())
            new = await pool.run(yard.order("new"), None)
            return await running, new

    old, new = in_own_loop(work())
    assert (old.outcome, new.outcome) == (Outcome.PASS, Outcome.PASS)
    assert [len(old.attempts), len(new.attempts)] == [1, 1]
    assert yard.ended
    assert set(yard.ended) == {"plan"}


def test_a_cancelled_run_keeps_its_lane_until_it_has_ended_there(yard):
    async def work():
        async with yard.pool(lanes=1) as pool:
            await pool.run(yard.order(), None)
            cancelled = asyncio.create_task(pool.run(yard.order("takes_a_while"), None))
            await asyncio.sleep(0)
            cancelled.cancel()
            return await pool.run(yard.order(), None)

    result = in_own_loop(work())
    assert result.outcome is Outcome.PASS
    assert result.queue_seconds > 1.5


def test_what_is_under_way_when_the_pool_closes_is_cancelled(yard):
    async def work():
        async with yard.pool(lanes=1) as pool:
            runs = [pool.run(yard.order("takes_a_while"), None) for _ in range(3)]
            tasks = [asyncio.create_task(run) for run in runs]
            await until(lambda: yard.browser("chromium"), what="a browser")
        return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)

    assert [type(end) for end in in_own_loop(work())] == [asyncio.CancelledError] * 3


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.5])
def test_a_pool_may_close_while_its_workers_start(yard, delay):
    async def work():
        async with yard.pool(workers=2):
            await asyncio.sleep(delay)

    in_own_loop(work())


def test_it_says_so_where_no_worker_starts_and_recovers_when_one_does(yard, monkeypatch):
    monkeypatch.setattr("portalwatch.lanes.pool.START_EVERY", 0.2)
    (yard.root / "var").write_text("a file where a folder is needed")

    async def work():
        async with yard.pool() as pool:
            refused = await pool.run(yard.order(), None)
            assert not pool.ready
            again = await pool.run(yard.order(), None)
            (yard.root / "var").unlink()
            await until(lambda: pool.ready, what="a worker")
            return refused, again, await pool.run(yard.order(), None)

    refused, again, passed = in_own_loop(work())
    assert (refused.outcome, refused.cause) == (Outcome.ERROR, Cause.WORKER_CRASHED)
    assert refused.message == "no worker process starts (3 tries in a row; see the log)"
    assert again.cause is Cause.WORKER_CRASHED
    assert passed.outcome is Outcome.PASS
    assert set(yard.ended) == {"exit"}


def test_a_worker_that_does_not_get_ready_in_time_is_ended(yard, monkeypatch):
    monkeypatch.setattr(worker_process, "READY_SECONDS", 0.3)
    monkeypatch.setattr("portalwatch.lanes.pool.START_EVERY", 0.1)

    async def work():
        async with yard.pool() as pool:
            return await pool.run(yard.order(), None)

    result = in_own_loop(work())
    assert result.cause is Cause.WORKER_CRASHED
    assert yard.ended[:2] == ["not_ready", "not_ready"]


def test_a_run_that_takes_its_worker_down_takes_no_other_along_for_good(yard):
    async def work():
        async with yard.pool(lanes=4) as pool:
            await pool.run(yard.order(), None)
            trials = ["exits", "takes_a_while", "takes_a_while", "takes_a_while"]
            return await asyncio.gather(*(pool.run(yard.order(trial), None) for trial in trials))

    culprit, *others = in_own_loop(work())
    assert (culprit.outcome, culprit.cause) == (Outcome.ERROR, Cause.WORKER_CRASHED)
    assert culprit.message == "its worker ended: exit code 9"
    assert len(culprit.attempts) == 3
    assert outcomes(others) == {Outcome.PASS}
    assert set(yard.ended) == {"exit"}


def test_a_check_that_asks_the_interpreter_to_end_ends_only_itself(yard):
    async def work():
        async with yard.pool() as pool:
            return await pool.run(yard.order("leaves_the_interpreter"), None), pool.pids

    result, pids = in_own_loop(work())
    assert (result.outcome, result.cause) == (Outcome.ERROR, Cause.SCRIPT_ERROR)
    assert len(pids) == 1
    assert yard.ended == []


def test_checks_that_cannot_be_imported_are_told_in_each_run(yard):
    yard.write_checks('import nowhere\n\ndef check_passes(journey):\n    """A check."""\n')

    async def work():
        async with yard.pool() as pool:
            return await pool.run(yard.order(), None)

    result = in_own_loop(work())
    assert (result.outcome, result.cause) == (Outcome.ERROR, Cause.SCRIPT_ERROR)
    assert "checks/trials.py:1: cannot be imported" in result.message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"check": "trials.gone"}, "there is no check trials.gone"),
        ({"browser": "pinned"}, "there is no browser pinned in the plan (add it to 'browsers')"),
    ],
)
def test_what_the_project_no_longer_has_is_an_error_of_configuration(yard, changes, message):
    async def work():
        async with yard.pool() as pool:
            return [await pool.run(yard.order(**changes), None), await pool.run(yard.order(), None)]

    refused, after = in_own_loop(work())
    assert (refused.cause, refused.message) == (Cause.CONFIG_ERROR, message)
    assert after.outcome is Outcome.PASS


def test_a_folder_that_somebody_cleaned_away_is_made_again(yard):
    from portalwatch.lanes.instance import temporary_folder

    async def work():
        async with yard.pool() as pool:
            await pool.run(yard.order(), None)
            (worker,) = [p for p in yard.processes() if p.pid in pool.pids]
            temporary_folder(yard.instance).rename(yard.root / "moved")
            kill(worker)
            return await pool.run(yard.order(), None)

    assert in_own_loop(work()).outcome is Outcome.PASS
