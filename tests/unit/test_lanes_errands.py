"""What is written down of a run whose worker gave no answer."""

from __future__ import annotations

import asyncio
import time

import pytest

from portalwatch.lanes.dispatch import fault_result
from portalwatch.lanes.errands import Errand, Lost
from portalwatch.lanes.worker_end import WorkerEnd, end_of
from portalwatch.model import Attempt, Cause, Outcome
from portalwatch.order import Order
from tests.asynchronous import in_own_loop

ORDER = Order(
    "r1", "login.signs_in", "A title.", "chromium", "https://portal.test", 10.0, 30.0, 5.0
)


def test_a_run_without_a_browser_says_that_it_is_unknown():
    attempt = Attempt.without_journey(Cause.WORKER_CRASHED, "its worker ended", time.time() - 2)
    result = ORDER.result([attempt], account="amara")
    assert (result.outcome, result.cause) == (Outcome.ERROR, Cause.WORKER_CRASHED)
    assert (result.browser.name, result.browser.version) == ("chromium", "unknown")
    assert 1.9 < result.seconds < 10
    assert result.account == "amara"
    assert dict(result.versions)["playwright"]


def test_a_clock_that_was_set_back_makes_no_negative_times():
    attempt = Attempt.without_journey(Cause.WORKER_CRASHED, "its worker ended", time.time() + 100)
    assert attempt.seconds == 0.0
    early = ORDER.result([Attempt.without_journey(Cause.WORKER_CRASHED, "it ended", 1.0)])
    assert early.queue_seconds == 0.0


def test_a_fault_of_our_own_is_an_error_and_says_whose_it_is():
    result = fault_result(ORDER, KeyError("amara"))
    assert (result.outcome, result.cause) == (Outcome.ERROR, Cause.ENGINE_FAULT)
    assert result.message == "portalwatch itself is at fault: KeyError: 'amara' (see its log)"


def test_an_errand_that_nobody_waits_for_any_more_is_settled_in_silence():
    async def work():
        errand = Errand(ORDER, None, asyncio.get_running_loop().create_future())
        errand.answer.cancel()
        errand.settle(Lost(Attempt.without_journey(Cause.WORKER_CRASHED, "it ended", 1.0)))
        return errand.answer.cancelled()

    assert in_own_loop(work())


def test_ends_that_the_pool_wanted_are_no_trouble():
    wanted = {end for end in WorkerEnd if end.wanted}
    assert wanted == {"runs", "age", "memory", "plan", "stopped"}


@pytest.mark.parametrize(
    ("code", "end", "words"),
    [
        (-9, WorkerEnd.SIGNAL, "killed by signal 9"),
        (70, WorkerEnd.DRIVER, "its driver died or hung"),
        (71, WorkerEnd.STUCK, "it was stuck"),
        (1, WorkerEnd.EXIT, "exit code 1"),
    ],
)
def test_an_exit_code_tells_why_a_worker_ended(code, end, words):
    assert end_of(code) == (end, words)
