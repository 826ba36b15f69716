"""The status of a check on a browser: what a result does to it, and when that is news.

The table reads: in the state on the left, an outcome leads to …

=========  ==========  =============================  =====================  =========
state      pass        fail                           error                  skip
=========  ==========  =============================  =====================  =========
PENDING    UP          FAILING, or DOWN (flip)        same, UNKNOWN (flip)   same
UP         UP          FAILING, or DOWN (flip)        same, UNKNOWN (flip)   same
FAILING    UP          FAILING, or DOWN (flip)        same, UNKNOWN (flip)   same
DOWN       UP (flip)   DOWN                           same, UNKNOWN (flip)   same
UNKNOWN    UP (flip)   same, or DOWN (flip)           UNKNOWN                same
=========  ==========  =============================  =====================  =========

- DOWN needs ``down_after`` failures in a row, UNKNOWN ``unknown_after`` errors in a row.
- An error is ours and proves nothing of the portal: it neither adds to the failures in a
  row nor ends their row. So a check that was DOWN before it became UNKNOWN is DOWN again
  at its next failure, and one that was UP needs the full number of failures.
- A skip for a reason of ours, such as no account that got free, counts as an error: a
  check that is never done must not look as if it held. Any other skip changes nothing.
- A pass or a failure is a verdict on the portal, so either ends the row of errors.
- A flip is a change between UP, DOWN and UNKNOWN. The first pass is none (nothing broke
  and nothing recovered); a first DOWN or UNKNOWN is one, from PENDING. FAILING is never
  announced, so it is no end of a flip: it stands for UP, and FAILING → UP is silent.
  For the same reason UNKNOWN does not become FAILING: it was announced, and what
  follows it has to be announced too.
- ``since`` is when the state began; DOWN began with the first failure of its row, where
  that was seen as FAILING. ``cause`` and ``message`` explain the state: failures set
  those of FAILING and DOWN, errors those of UNKNOWN, and UP and PENDING have none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from portalwatch.model import Cause, Outcome, Result
from portalwatch.record import Record


class State(StrEnum):
    """Of a check on a browser, as on-call sees it."""

    PENDING = "pending"  # no verdict yet
    UP = "up"
    FAILING = "failing"  # failed, not yet often enough in a row to be called down
    DOWN = "down"
    UNKNOWN = "unknown"  # our own faults in a row: nothing can be said of the portal


@dataclass(frozen=True, slots=True)
class Status(Record):
    """The state of a check on a browser, and since when."""

    check: str
    browser: str
    state: State = State.PENDING
    since: float = 0.0
    failures_in_row: int = 0
    errors_in_row: int = 0
    cause: Cause | None = None
    message: str = ""
    last_run_id: str = ""
    last_run_at: float = 0.0  # end of the newest run, 0 before the first


@dataclass(frozen=True, slots=True)
class Flip(Record):
    """A change between up, down and unknown: what alerts are sent from."""

    check: str
    browser: str
    old: State
    new: State
    at: float
    cause: Cause | None
    message: str
    run_id: str


def advance(
    old: Status, result: Result, *, down_after: int = 2, unknown_after: int = 3
) -> tuple[Status, Flip | None]:
    """The status after ``result``, and the flip to announce if it made one.

    Raises ``ValueError`` where a threshold is under 1, or where ``result`` is of
    another check or browser than ``old``.
    """
    if down_after < 1 or unknown_after < 1:
        raise ValueError("down_after and unknown_after are at least 1")
    if (result.check, result.browser.name) != (old.check, old.browser):
        raise ValueError(f"a result of {result.check} is not one of {old.check}")
    new = _judged(_ran(old, result), result, down_after, unknown_after)
    return new, _flip(old, new, result)


def _ran(old: Status, result: Result) -> Status:
    return replace(old, last_run_id=result.run_id, last_run_at=result.ended_at)


def _judged(status: Status, result: Result, down_after: int, unknown_after: int) -> Status:
    match result.outcome:
        case Outcome.PASS:
            counted = replace(status, failures_in_row=0, errors_in_row=0)
            return _enter(counted, State.UP, result)
        case Outcome.FAIL:
            counted = replace(status, failures_in_row=status.failures_in_row + 1, errors_in_row=0)
            if status.state is State.DOWN or counted.failures_in_row >= down_after:
                return _enter(counted, State.DOWN, result)
            if status.state is State.UNKNOWN:
                return counted
            return _enter(counted, State.FAILING, result)
        case Outcome.SKIP if not (result.cause and result.cause.ours):
            return status
        case Outcome.ERROR | Outcome.SKIP:
            counted = replace(status, errors_in_row=status.errors_in_row + 1)
            if status.state is State.UNKNOWN or counted.errors_in_row >= unknown_after:
                return _enter(counted, State.UNKNOWN, result)
            return counted


def _enter(status: Status, state: State, result: Result) -> Status:
    goes_on = state is status.state or (state is State.DOWN and status.state is State.FAILING)
    return replace(
        status,
        state=state,
        since=status.since if goes_on else result.ended_at,
        cause=result.cause,
        message=result.message,
    )


def _flip(old: Status, new: Status, result: Result) -> Flip | None:
    before = State.UP if old.state is State.FAILING else old.state
    after = State.UP if new.state is State.FAILING else new.state
    if before is after or (before is State.PENDING and after is State.UP):
        return None
    return Flip(
        check=new.check,
        browser=new.browser,
        old=before,
        new=after,
        at=result.ended_at,
        cause=new.cause,
        message=new.message,
        run_id=result.run_id,
    )
