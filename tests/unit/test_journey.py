"""The words a check tells its story with: steps, times, claims and codes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from portalwatch.account import Account
from portalwatch.account_tries import AccountTries
from portalwatch.attempt_budget import AttemptBudget
from portalwatch.code_ledger import CodeLedger
from portalwatch.errors import AccountUnavailable, ClaimFailed, ConfigError, Deadline
from portalwatch.journey import CODE_WAIT, Journey
from portalwatch.model import Cause, Outcome
from portalwatch.secrets import Secret
from portalwatch.stopwatch import Stopwatch
from portalwatch.totp import SAFE_MARGIN, Totp

SECRET = Secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
AMARA = Account("basic", "amara", "Dr. Amara", totp_secret=SECRET)
START = 1_000_000_020.0  # the beginning of a time step


@dataclass
class Time:
    """A clock that moves when it is told to; it stands in for the loop as well."""

    now: float = START
    pauses: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


PERIOD = 30  # seconds of a step, where the setup code tells no other


@pytest.fixture
def make(time: Time, tmp_path: Path) -> Callable[..., Journey]:
    def journey(account: Account | None = AMARA, **changes: Any) -> Journey:
        stopwatch = Stopwatch(time)
        stopwatch.start()
        parts: dict[str, Any] = {
            "page": None,
            "base_url": "https://portal.example/app",
            "root": tmp_path,
            "ledger": CodeLedger(tmp_path / "codes"),
            "fibers": time,
            "stopwatch": stopwatch,
            "clock": time,
        }
        return Journey(account=account, **{**parts, **changes})

    return journey


@pytest.fixture
def journey(make: Callable[..., Journey]) -> Journey:
    return make()


# Being signed in.


def test_without_a_saved_sign_in_it_signs_in(journey: Journey) -> None:
    done: list[str] = []
    journey.reuse_sign_in(lambda: done.append("signed in"), lambda: bool(done.append("looked")))
    assert done == ["signed in"]
    assert [step.name for step in journey.steps] == ["sign in"]


# What the portal may hold against the account.


def test_what_is_sent_to_be_refused_counts_until_it_is_let_in(
    make: Callable[..., Journey], tmp_path: Path
) -> None:
    budget = AttemptBudget(tmp_path / "accounts")
    account = Account("basic", "amara.okafor", "Dr. Amara Okafor", attempts=3)
    journey = make(account, tries=AccountTries(budget, "https://portal.example", account))
    journey.meant_to_fail()
    journey.meant_to_fail()
    with pytest.raises(AccountUnavailable, match=r"2 failures in a row .* 3 lock it"):
        journey.meant_to_fail()
    journey.signed_in()
    journey.meant_to_fail()
    assert [(state.failed, state.open) for state in budget.states()] == [(1, 0)]


# Backup codes.


def test_each_backup_code_is_given_once(make: Callable[..., Journey]) -> None:
    account = Account("basic", "amara", "Amara", backup_codes=(Secret("k7w2-9fxd"), Secret("p3mz")))
    journey = make(account)
    assert [journey.backup_code(), make(account).backup_code()] == ["k7w2-9fxd", "p3mz"]
    assert journey.used_codes == ["k7w2-9fxd"]
    with pytest.raises(AccountUnavailable, match="every one of its 2 backup codes has been used"):
        journey.backup_code()


def test_an_account_without_backup_codes_is_told(journey: Journey) -> None:
    with pytest.raises(ConfigError, match=r"no backup_codes \(add 'backup_codes: \{env: NAME\}'\)"):
        journey.backup_code()


# Steps.


def test_steps_are_timed_and_nested_in_the_order_they_began(journey: Journey, time: Time) -> None:
    with journey.step("outer"):
        time.now += 1
        with journey.step("inner"):
            time.now += 2
        time.now += 4
    with journey.step("next"):
        time.now += 8
    assert [(s.name, s.level, s.offset, s.seconds, s.outcome) for s in journey.steps] == [
        ("outer", 0, 0, 7, Outcome.PASS),
        ("inner", 1, 1, 2, Outcome.PASS),
        ("next", 0, 7, 8, Outcome.PASS),
    ]


@pytest.mark.parametrize("problem", [ClaimFailed("no greeting"), Deadline("time"), SystemExit(1)])
def test_what_is_raised_in_a_step_fails_it_and_those_around_it(
    journey: Journey, problem: BaseException
) -> None:
    def carry_out() -> None:
        with journey.step("outer"):
            with journey.step("before"):
                pass
            with journey.step("inner"):
                raise problem

    with pytest.raises(type(problem)):
        carry_out()
    outer, before, inner = journey.steps
    assert [outer.outcome, before.outcome, inner.outcome] == [
        Outcome.FAIL,
        Outcome.PASS,
        Outcome.FAIL,
    ]
    assert outer.error == inner.error
    assert before.error is None


def test_a_step_that_is_still_open_has_its_place(journey: Journey) -> None:
    with journey.step("outer"):
        (step,) = journey.steps
        assert (step.name, step.outcome) == ("outer", Outcome.SKIP)


def test_a_problem_is_traced_to_the_innermost_step_that_it_ended(
    journey: Journey, time: Time
) -> None:
    problem = ClaimFailed("no greeting")

    def carry_out() -> None:
        with journey.step("outer"):
            time.now += 1
            with journey.step("inner"):
                raise problem

    with pytest.raises(ClaimFailed):
        carry_out()
    assert journey.failed_from(problem) == 1


def test_a_problem_outside_of_steps_is_traced_to_the_end_of_the_last(
    journey: Journey, time: Time
) -> None:
    assert journey.failed_from(ClaimFailed("at once")) == 0
    with pytest.raises(ClaimFailed), journey.step("caught"):
        raise ClaimFailed("of no account")
    with journey.step("passed"):
        time.now += 3
    time.now += 1
    assert journey.failed_from(ClaimFailed("later")) == 3


def test_only_a_step_that_failed_tells_what_it_expected(journey: Journey) -> None:
    with journey.step("be refused", expects=Cause.INVALID_CREDENTIALS):
        pass
    assert journey.expected == set()
    with (
        pytest.raises(ClaimFailed),
        journey.step("be refused again", expects=Cause.SECOND_FACTOR_REJECTED),
    ):
        raise ClaimFailed("let in")
    assert journey.expected == {Cause.SECOND_FACTOR_REJECTED}


# Time.


def test_a_stopwatch_stands_still_before_its_start_and_while_it_is_paused(time: Time) -> None:
    watch = Stopwatch(time)
    time.now += 5
    assert watch.seconds == 0
    watch.start()
    time.now += 1
    with watch.paused():
        time.now += 10
        assert watch.seconds == 1
    time.now += 2
    assert watch.seconds == 3


# Claims, measures, attachments.


def test_what_waits_by_design_is_a_measure_and_not_the_portals_time(
    journey: Journey, time: Time
) -> None:
    with journey.step("be locked out"):
        with journey.waiting("unlocked_after_seconds"):
            time.now += 20
            journey.one_time_code()
            journey.one_time_code()  # waits for the next step, within the wait
            time.now += 5
        time.now += 1
    assert journey.steps[0].seconds == 1
    assert [measure.name for measure in journey.measures] == [CODE_WAIT, "unlocked_after_seconds"]


def test_it_requires_what_a_check_claims(journey: Journey) -> None:
    journey.require(True, "fine")
    with pytest.raises(ClaimFailed, match="let in") as caught:
        journey.require(False, "let in", cause=Cause.ACCESS_NOT_REFUSED)
    assert caught.value.cause is Cause.ACCESS_NOT_REFUSED


def test_it_keeps_measures_and_attachments(journey: Journey) -> None:
    journey.measure("delivery", 1.5)
    journey.attach("notes.txt", "ü")
    journey.attach("shot.png", b"\x89PNG", "image/png")
    assert [(m.name, m.value, m.unit) for m in journey.measures] == [("delivery", 1.5, "seconds")]
    assert journey.attachments == [
        ("notes.txt", "ü".encode(), "text/plain"),
        ("shot.png", b"\x89PNG", "image/png"),
    ]


def test_without_an_account_it_says_what_to_do(make: Callable[..., Journey]) -> None:
    with pytest.raises(ConfigError, match=r"names none \(add 'account: NAME'\)"):
        _ = make(account=None).account


# Codes.


def test_a_code_is_that_of_the_present_step(journey: Journey, time: Time) -> None:
    assert journey.one_time_code() == Totp(SECRET.reveal()).code(int(START // PERIOD))
    assert time.pauses == []


def test_no_step_is_used_twice_and_the_wait_for_the_next_does_not_count(
    make: Callable[..., Journey], time: Time
) -> None:
    first = make()
    first.one_time_code()
    time.now += 10
    second = make()  # another run, with a journey of its own
    with second.step("enter the code"):
        code = second.one_time_code()
    assert code == Totp(SECRET.reveal()).code(int(START // PERIOD) + 1)
    assert time.pauses == [pytest.approx(PERIOD - 10, abs=0.1)]
    assert second.steps[0].seconds == 0
    assert [m.name for m in second.measures] == [CODE_WAIT]
    assert second.used_codes == [code]


def test_a_code_that_is_about_to_expire_is_not_used(journey: Journey, time: Time) -> None:
    time.now = START + PERIOD - SAFE_MARGIN
    assert journey.one_time_code() == Totp(SECRET.reveal()).code(int(START // PERIOD) + 1)
    assert time.pauses == [pytest.approx(SAFE_MARGIN, abs=0.1)]


def test_a_code_is_used_as_long_as_it_is_safe(journey: Journey, time: Time) -> None:
    time.now = START + PERIOD - SAFE_MARGIN - 0.1
    assert journey.one_time_code() == Totp(SECRET.reveal()).code(int(START // PERIOD))


@pytest.mark.parametrize("moment", [START, START + PERIOD - 0.1])
def test_a_wrong_code_is_wrong_in_every_step_that_a_portal_may_accept(
    journey: Journey, time: Time, moment: float
) -> None:
    time.now = moment
    code = journey.wrong_one_time_code()
    totp = Totp(SECRET.reveal())
    step = totp.step(moment)
    assert len(code) == 6
    assert code.isdigit()
    assert code not in {totp.code(near) for near in range(step - 3, step + 4)}
    assert journey.used_codes == []


def test_an_account_without_a_secret_has_no_codes(make: Callable[..., Journey]) -> None:
    bare = make(account=Account("bare", "user", "Name"))
    for ask in (bare.one_time_code, bare.wrong_one_time_code):
        with pytest.raises(ConfigError, match="has no totp"):
            ask()
