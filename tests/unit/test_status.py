"""What a result does to the status of its check."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portalwatch.model import Cause, Outcome
from portalwatch.status import State, Status, advance
from tests.records import FIREFOX, SIGNS_IN, result

PASS, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP
PENDING = Status(check=SIGNS_IN, browser="chromium")
CONFIRMED = {State.UP, State.DOWN, State.UNKNOWN}


def run(*outcomes, down_after=2, unknown_after=3):
    """The statuses and flips of results that ended at 10, 20, 30 …"""
    status, statuses, flips = PENDING, [], []
    for number, outcome in enumerate(outcomes, start=1):
        verdict = result(f"r{number}", outcome, at=number * 10.0)
        status, flip = advance(status, verdict, down_after=down_after, unknown_after=unknown_after)
        statuses.append(status)
        flips.append(flip)
    return statuses, flips


def ends(flip):
    return flip and (flip.old, flip.new)


P, U, F, D, N = State.PENDING, State.UP, State.FAILING, State.DOWN, State.UNKNOWN


@pytest.mark.parametrize(
    ("outcomes", "states", "flips"),
    [
        # The first pass is no news, a first confirmed failure is.
        ([PASS], [U], [None]),
        ([FAIL, FAIL], [F, D], [None, (U, D)]),
        ([FAIL, PASS], [F, U], [None, None]),
        # One failure pages nobody.
        ([PASS, FAIL, PASS], [U, F, U], [None, None, None]),
        ([PASS, FAIL, PASS, FAIL], [U, F, U, F], [None] * 4),
        ([PASS, FAIL, FAIL, FAIL], [U, F, D, D], [None, None, (U, D), None]),
        ([FAIL, FAIL, PASS], [F, D, U], [None, (U, D), (D, U)]),
        # Our errors move nothing between up and down.
        ([PASS, ERROR, ERROR, PASS], [U, U, U, U], [None] * 4),
        ([FAIL, FAIL, ERROR, FAIL], [F, D, D, D], [None, (U, D), None, None]),
        ([ERROR, ERROR, PASS], [P, P, U], [None] * 3),
        # Nor do they end a row of failures, as they prove nothing.
        ([FAIL, ERROR, FAIL], [F, F, D], [None, None, (U, D)]),
        # Enough of them say that nothing is known.
        ([PASS, ERROR, ERROR, ERROR], [U, U, U, N], [None, None, None, (U, N)]),
        ([ERROR, ERROR, ERROR], [P, P, N], [None, None, (P, N)]),
        ([FAIL, ERROR, ERROR, ERROR], [F, F, F, N], [None, None, None, (U, N)]),
        ([ERROR, ERROR, ERROR, ERROR], [P, P, N, N], [None, None, (P, N), None]),
        # Back from it: to up at once, …
        ([ERROR, ERROR, ERROR, PASS], [P, P, N, U], [None, None, (P, N), (N, U)]),
        # … to down after the full number of failures where it was not down before, …
        (
            [PASS, ERROR, ERROR, ERROR, FAIL, FAIL],
            [U, U, U, N, N, D],
            [None, None, None, (U, N), None, (N, D)],
        ),
        # … and at once where it was.
        (
            [FAIL, FAIL, ERROR, ERROR, ERROR, FAIL],
            [F, D, D, D, N, D],
            [None, (U, D), None, None, (D, N), (N, D)],
        ),
        # A run that was not done says nothing.
        ([SKIP, SKIP], [P, P], [None, None]),
        ([FAIL, SKIP, FAIL], [F, F, D], [None, None, (U, D)]),
        ([ERROR, ERROR, SKIP, ERROR], [P, P, P, N], [None, None, None, (P, N)]),
    ],
)
def test_it_follows_the_table(outcomes, states, flips):
    statuses, made = run(*outcomes)
    assert [status.state for status in statuses] == states
    assert [ends(flip) for flip in made] == flips


def test_it_is_down_at_the_first_failure_where_one_is_enough():
    statuses, flips = run(FAIL, down_after=1)
    assert statuses[-1].state is State.DOWN
    assert ends(flips[-1]) == (State.PENDING, State.DOWN)


def test_a_check_that_is_down_stays_down_when_the_threshold_is_raised():
    statuses, _ = run(PASS, FAIL, FAIL)
    status, flip = advance(statuses[-1], result("r4", FAIL, at=40.0), down_after=5)
    assert (status.state, flip) == (State.DOWN, None)


def test_down_began_with_the_first_failure_of_its_row():
    statuses, flips = run(PASS, FAIL, FAIL, FAIL)
    assert [status.since for status in statuses] == [10.0, 20.0, 20.0, 20.0]
    assert flips[2].at == 30.0


def test_up_began_with_the_pass_that_ended_the_failures():
    statuses, _ = run(PASS, PASS, FAIL, PASS, ERROR, PASS)
    assert [status.since for status in statuses] == [10.0, 10.0, 30.0, 40.0, 40.0, 40.0]


def test_a_skipped_run_changes_only_what_is_said_of_the_last_run():
    statuses, _ = run(PASS, FAIL, SKIP)
    before, after = statuses[1:]
    assert (after.last_run_id, after.last_run_at) == ("r3", 30.0)
    assert (after.state, after.since, after.failures_in_row, after.cause, after.message) == (
        before.state,
        before.since,
        before.failures_in_row,
        before.cause,
        before.message,
    )


def test_an_error_does_not_hide_why_a_check_is_down():
    statuses, _ = run(FAIL, FAIL, ERROR)
    assert statuses[-1].cause is Cause.CONTENT_WRONG
    assert statuses[-1].message == "it came to a fail"


def test_a_flip_names_the_run_and_why():
    _, flips = run(PASS, FAIL, FAIL)
    down = flips[-1]
    assert (down.run_id, down.at, down.cause) == ("r3", 30.0, Cause.CONTENT_WRONG)
    assert (down.check, down.browser) == (SIGNS_IN, "chromium")


@pytest.mark.parametrize("thresholds", [{"down_after": 0}, {"unknown_after": 0}])
def test_it_refuses_thresholds_under_one(thresholds):
    with pytest.raises(ValueError, match="at least 1"):
        advance(PENDING, result("r1"), **thresholds)


@pytest.mark.parametrize(
    "other", [result("r1", browser=FIREFOX), result("r1", check="support.opens")]
)
def test_it_refuses_a_result_of_another_check_or_browser(other):
    with pytest.raises(ValueError, match="is not one of"):
        advance(PENDING, other)


_histories = {
    "outcomes": st.lists(st.sampled_from(Outcome), max_size=40),
    "down_after": st.integers(1, 4),
    "unknown_after": st.integers(1, 4),
}


@given(**_histories)
def test_flips_alternate(outcomes, down_after, unknown_after):
    _, made = run(*outcomes, down_after=down_after, unknown_after=unknown_after)
    flips = [flip for flip in made if flip]
    for flip in flips:
        assert flip.new in CONFIRMED
        assert flip.old is not flip.new
    for earlier, later in pairwise(flips):
        assert later.old is earlier.new
    if flips:
        assert flips[0].old in (State.PENDING, State.UP)


@given(**_histories)
def test_a_flip_says_what_its_own_result_says(outcomes, down_after, unknown_after):
    _, made = run(*outcomes, down_after=down_after, unknown_after=unknown_after)
    expected = {State.UP: PASS, State.DOWN: FAIL, State.UNKNOWN: ERROR}
    for outcome, flip in zip(outcomes, made, strict=True):
        if flip:
            assert outcome is expected[flip.new]
            assert (flip.cause, flip.message) == (
                result("r", outcome).cause,
                result("r", outcome).message,
            )


@given(**_histories)
def test_a_state_is_explained_by_a_result_of_its_own_side(outcomes, down_after, unknown_after):
    statuses, _ = run(*outcomes, down_after=down_after, unknown_after=unknown_after)
    for status in statuses:
        if status.state in (State.UP, State.PENDING):
            assert (status.cause, status.message) == (None, "")
        else:
            assert status.cause
            assert status.cause.ours is (status.state is State.UNKNOWN)


def test_a_check_that_is_skipped_for_want_of_an_account_is_unknown_in_the_end():
    skipped = result("r1", SKIP)
    attempt = replace(skipped.last, cause=Cause.ACCOUNT_UNAVAILABLE, message="none was free")
    status = Status(skipped.check, skipped.browser.name, state=U)
    flips = []
    for _ in range(3):
        status, flip = advance(status, replace(skipped, attempts=(attempt,)))
        flips.append(flip)
    assert (status.state, status.cause) == (N, Cause.ACCOUNT_UNAVAILABLE)
    assert flips[:2] == [None, None]
    assert flips[2].message == "none was free"


@given(**_histories)
def test_errors_and_skips_alone_never_call_a_check_up_or_down(outcomes, down_after, unknown_after):
    ours = [outcome for outcome in outcomes if outcome in (ERROR, SKIP)]
    statuses, _ = run(*ours, down_after=down_after, unknown_after=unknown_after)
    assert {status.state for status in statuses} <= {State.PENDING, State.UNKNOWN}


@given(**_histories)
def test_down_takes_as_many_failures_as_were_asked_for_since_the_last_pass(
    outcomes, down_after, unknown_after
):
    statuses, flips = run(*outcomes, down_after=down_after, unknown_after=unknown_after)
    for number, flip in enumerate(flips):
        if flip and flip.new is State.DOWN:
            row = outcomes[: number + 1]
            since_pass = row[len(row) - row[::-1].index(PASS) :] if PASS in row else row
            assert since_pass.count(FAIL) >= down_after
            assert statuses[number].since <= flip.at


@given(**_histories)
def test_the_last_run_is_always_known(outcomes, down_after, unknown_after):
    statuses, _ = run(*outcomes, down_after=down_after, unknown_after=unknown_after)
    for number, status in enumerate(statuses, start=1):
        assert (status.last_run_id, status.last_run_at) == (f"r{number}", number * 10.0)
        assert status.since <= status.last_run_at
