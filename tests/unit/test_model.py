"""What is derived from the records, and the words of a verdict."""

from dataclasses import replace

import pytest

from portalwatch.model import Cause, Outcome, Result, Step
from tests.records import attempt, result


def test_it_refuses_a_result_without_an_attempt():
    with pytest.raises(ValueError, match="at least one attempt"):
        replace(result("r1"), attempts=())


def test_the_last_attempt_gives_the_verdict():
    first = attempt(Outcome.FAIL, at=100.0, seconds=7.0)
    second = attempt(Outcome.PASS, at=110.0, seconds=3.0)
    run = replace(result("r1"), attempts=(first, second))
    assert (run.outcome, run.cause, run.message) == (Outcome.PASS, None, "")
    assert (run.started_at, run.ended_at, run.seconds) == (93.0, 110.0, 3.0)
    assert run.flaky


def test_a_run_that_passes_at_once_or_never_is_not_flaky():
    assert not result("r1").flaky
    assert not replace(result("r2"), attempts=(attempt(), attempt(Outcome.FAIL))).flaky


def test_it_names_the_innermost_step_that_failed():
    steps = (
        Step("sign in", Outcome.FAIL, offset=0.0, seconds=1.0),
        Step("press the button", Outcome.FAIL, offset=0.5, seconds=0.5, level=1),
        Step("read the greeting", Outcome.SKIP, offset=1.0, seconds=0.0),
    )
    assert replace(attempt(Outcome.FAIL), steps=steps).failed_step == steps[1]
    assert attempt().failed_step is None


@pytest.mark.parametrize(
    ("steps", "ending"),
    [
        ([("a", "fail", 0), ("b", "fail", 1), ("c", "fail", 1)], "c"),  # b was caught
        ([("a", "fail", 0), ("b", "fail", 1), ("c", "fail", 2), ("d", "fail", 1)], "d"),
        ([("a", "fail", 0), ("b", "fail", 0)], "b"),
        ([("a", "fail", 0), ("b", "pass", 0), ("c", "fail", 1)], "a"),  # c was caught in b
        ([("a", "pass", 0), ("b", "fail", 1)], None),
        ([("a", "error", 0), ("b", "skip", 0)], "a"),
    ],
)
def test_a_step_that_was_caught_is_not_the_one_that_ended_it(steps, ending):
    made = tuple(Step(name, Outcome(outcome), 0.0, 0.0, level) for name, outcome, level in steps)
    found = replace(attempt(Outcome.FAIL), steps=made).failed_step
    assert (found.name if found else None) == ending


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_words_and_a_side(cause):
    assert cause.words
    assert cause.words[0].isupper()
    assert cause.outcome is (Outcome.ERROR if cause.ours else Outcome.FAIL)


def test_our_faults_are_never_called_the_portals():
    assert Cause.WORKER_CRASHED.outcome is Outcome.ERROR
    assert Cause.DEADLINE_KILLED.ours
    assert Result.from_json(result("r1", Outcome.ERROR).to_json()).outcome is Outcome.ERROR
    assert Cause.SERVER_ERROR.outcome is Outcome.FAIL
