"""The portal's count of failures never gets to where it locks an account."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portalwatch.account import Account
from portalwatch.account_state import DOUBTED_FOR, FORGOTTEN_AFTER, REST
from portalwatch.account_tries import AccountTries
from portalwatch.attempt_budget import KEPT_FOR, AttemptBudget
from portalwatch.errors import AccountUnavailable
from portalwatch.model import Cause, Outcome
from portalwatch.secrets import Secret
from tests.clock import Clock

PORTAL = "portal.example"
RIGHT, WRONG = Secret("the right one"), Secret("another one")
ACCOUNT = Account("basic", "amara.okafor", "Dr. Amara Okafor", password=RIGHT, attempts=5)


@pytest.fixture
def clock() -> Clock:
    return Clock(1_000_000.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "accounts.sqlite3"


@pytest.fixture
def budget(file: Path, clock: Clock) -> AttemptBudget:
    return AttemptBudget(file, clock=clock)


def refused(budget: AttemptBudget, cause: Cause = Cause.INVALID_CREDENTIALS) -> None:
    tries = AccountTries(budget, PORTAL, ACCOUNT)
    tries.begin()
    with tries.password(ACCOUNT, RIGHT):
        pass
    tries.settle(Outcome.FAIL, cause)


def failures(budget: AttemptBudget) -> int:
    (state,) = budget.states()
    return state.held_against(state.tried_at)


def test_the_last_try_before_a_lock_is_not_made(budget: AttemptBudget) -> None:
    for _ in range(4):
        budget.charge(PORTAL, ACCOUNT)
    told = (
        r"'basic' is not tried: 4 failures in a row .* 5 lock it"
        r" .*accounts resume basic --unlocked\)"
    )
    with pytest.raises(AccountUnavailable, match=told):
        budget.charge(PORTAL, ACCOUNT)
    assert failures(budget) == 4


def test_a_try_of_a_run_that_died_has_failed(file: Path, clock: Clock) -> None:
    AttemptBudget(file, clock=clock).charge(PORTAL, ACCOUNT)
    again = AttemptBudget(file, clock=clock)
    again.begin(PORTAL, ACCOUNT)
    assert [(state.failed, state.open) for state in again.states()] == [(1, 0)]


def test_whoever_is_let_in_has_no_failures(budget: AttemptBudget) -> None:
    refused(budget)
    budget.let_in(PORTAL, ACCOUNT)
    assert failures(budget) == 0
    refused(budget)  # the first in a row again
    budget.begin(PORTAL, ACCOUNT)


@pytest.mark.parametrize("cause", [Cause.INVALID_CREDENTIALS, Cause.SECOND_FACTOR_REJECTED])
def test_two_refusals_in_a_row_pause_an_account(
    budget: AttemptBudget, file: Path, clock: Clock, cause: Cause, caplog: pytest.LogCaptureFixture
) -> None:
    refused(budget, cause)
    budget.begin(PORTAL, ACCOUNT)
    refused(budget, cause)
    told = r"'basic' is paused since 1970-01-12 13:46 UTC: .* 2 times in a row .*resume basic\)"
    for each in (budget, AttemptBudget(file, clock=clock)):  # a restart changes nothing
        with pytest.raises(AccountUnavailable, match=told):
            each.begin(PORTAL, ACCOUNT)
        with pytest.raises(AccountUnavailable, match=told):
            each.open_ones(PORTAL, {"basic": ACCOUNT})
    assert [record.levelname for record in caplog.records] == ["ERROR"]  # one alert, not one a run
    clock.now += 10 * FORGOTTEN_AFTER
    with pytest.raises(AccountUnavailable):
        budget.begin(PORTAL, ACCOUNT)
    budget.resume(budget.states(), unlocked=True, same_secret=True)
    budget.begin(PORTAL, ACCOUNT)
    assert failures(budget) == 0


MENDED = replace(ACCOUNT, password=Secret("the one of today"))


def test_a_resumed_account_is_not_tried_with_the_secret_that_was_refused(
    budget: AttemptBudget, file: Path, clock: Clock
) -> None:
    refused(budget)
    refused(budget)
    budget.resume(budget.states())
    told = r"'basic' is not tried: its secret is still the one .*resume basic --same-secret\)"
    for each in (budget, AttemptBudget(file, clock=clock)):
        with pytest.raises(AccountUnavailable, match=told):
            each.begin(PORTAL, ACCOUNT)
        with pytest.raises(AccountUnavailable, match=told):
            each.open_ones(PORTAL, {"basic": ACCOUNT})
        assert each.was_refused(PORTAL, ACCOUNT)
        assert not each.was_refused(PORTAL, MENDED)
    assert budget.open_ones(PORTAL, {"basic": MENDED}) == ["basic"]
    budget.begin(PORTAL, MENDED)
    budget.charge(PORTAL, MENDED)
    budget.let_in(PORTAL, MENDED)
    assert budget.was_refused(PORTAL, ACCOUNT)  # whoever still has it

    budget.resume(budget.states(), same_secret=True)
    budget.begin(PORTAL, ACCOUNT)


def test_the_portal_still_counts_what_failed_before_a_resume(budget: AttemptBudget) -> None:
    refused(budget)
    refused(budget)
    budget.resume(budget.states())
    assert failures(budget) == 2
    for secret in ("the one of today", "a third"):
        mended = replace(ACCOUNT, password=Secret(secret))
        budget.begin(PORTAL, mended)
        budget.charge(PORTAL, mended)
        # Not two in a row again: it has not been let in since.
        told = budget.settle(PORTAL, mended, failed=1, refusal=Cause.INVALID_CREDENTIALS)
        assert told is not None
        budget.resume(budget.states())
    with pytest.raises(AccountUnavailable, match="4 failures in a row may be held"):
        budget.open_ones(PORTAL, {"basic": replace(ACCOUNT, password=Secret("a fourth"))})


@pytest.mark.parametrize(
    ("cause", "factor", "refused_for_good"),
    [
        (Cause.INVALID_CREDENTIALS, None, True),
        (Cause.SECOND_FACTOR_REJECTED, "JBSWY3DPEHPK3PXP", True),
        (Cause.SECOND_FACTOR_REJECTED, None, False),  # a code of the portal's own, by mail
        (Cause.CLOCK_DRIFT, "JBSWY3DPEHPK3PXP", False),  # the clock was wrong, and was set
    ],
)
def test_only_secrets_of_the_plan_are_refused_for_good(
    budget: AttemptBudget, cause: Cause, factor: str | None, refused_for_good: bool
) -> None:
    account = replace(ACCOUNT, totp_secret=Secret(factor) if factor else None)
    for _ in range(2):
        budget.charge(PORTAL, account)
        budget.settle(PORTAL, account, failed=1, refusal=cause)
    budget.resume(budget.states())
    assert budget.was_refused(PORTAL, account) == refused_for_good


def test_refusals_are_not_forgotten_with_time(budget: AttemptBudget, clock: Clock) -> None:
    """A portal may forget them by a right password alone (NIST SP 800-63B-4, 3.2.2)."""
    strict = replace(ACCOUNT, attempts=3)
    for _ in range(2):
        budget.charge(PORTAL, strict)
        budget.settle(PORTAL, strict, failed=1, refusal=Cause.INVALID_CREDENTIALS)
    clock.now += 2 * FORGOTTEN_AFTER
    budget.resume(budget.states())
    mended = {"basic": replace(strict, password=MENDED.password)}
    with pytest.raises(AccountUnavailable, match=r"2 failures in a row .* 3 lock it"):
        budget.open_ones(PORTAL, mended)
    budget.resume(budget.states(), unlocked=True)
    assert budget.open_ones(PORTAL, mended) == ["basic"]
    assert budget.was_refused(PORTAL, strict)  # which that did not say anything of


def test_a_pause_with_no_try_left_says_what_will_work(budget: AttemptBudget) -> None:
    strict = replace(ACCOUNT, attempts=3)
    for _ in range(2):
        budget.charge(PORTAL, strict)
        told = budget.settle(PORTAL, strict, failed=1, refusal=Cause.INVALID_CREDENTIALS)
    assert told is not None
    assert told.endswith(
        " 2 times in a row (mend its secret, sign in by hand or have it unlocked, then:"
        " portalwatch accounts resume basic --unlocked)"
    )


def test_what_is_said_of_one_portal_holds_for_no_other(budget: AttemptBudget) -> None:
    for portal in (PORTAL, "staging.example"):
        for _ in range(2):
            budget.charge(portal, ACCOUNT)
            budget.settle(portal, ACCOUNT, failed=1, refusal=Cause.INVALID_CREDENTIALS)
    here = [state for state in budget.states("basic") if state.portal == PORTAL]
    budget.resume(here, unlocked=True, same_secret=True)
    budget.begin(PORTAL, ACCOUNT)
    with pytest.raises(AccountUnavailable, match="is paused since"):
        budget.begin("staging.example", ACCOUNT)
    assert budget.was_refused("staging.example", ACCOUNT)


def test_another_secret_than_the_one_that_worked_has_not_worked_yet(
    budget: AttemptBudget, clock: Clock
) -> None:
    attempt(budget, "ri", Outcome.PASS)
    assert budget.is_proven(PORTAL, ACCOUNT)
    assert not budget.is_proven(PORTAL, MENDED)
    for _ in range(2):
        tries = AccountTries(budget, PORTAL, MENDED)
        tries.begin()
        with tries.password(MENDED, MENDED.password):
            pass
        tries.settle(Outcome.FAIL, Cause.CONTENT_WRONG)  # refused, in words that nobody told us
    assert failures(budget) == 2


def test_a_long_pause_outlives_its_end(budget: AttemptBudget, file: Path, clock: Clock) -> None:
    refused(budget)
    refused(budget)
    clock.now += KEPT_FOR + 1
    budget.resume(budget.states())
    again = AttemptBudget(file, clock=clock)
    assert again.was_refused(PORTAL, ACCOUNT)
    assert again.resumed_at() == clock.now
    with pytest.raises(AccountUnavailable, match="is still the one"):
        again.begin(PORTAL, ACCOUNT)


def test_an_account_that_nobody_uses_any_more_is_forgotten(
    budget: AttemptBudget, file: Path, clock: Clock
) -> None:
    attempt(budget, "ri", Outcome.PASS)
    clock.now += KEPT_FOR + 1
    assert AttemptBudget(file, clock=clock).states() == []


def test_who_has_the_name_of_another_now_is_told_apart(budget: AttemptBudget) -> None:
    refused(budget)
    refused(budget)
    other = replace(ACCOUNT, user_id="daniel.reyes")
    budget.begin(PORTAL, other)
    assert budget.states("basic", other.user_id) == []
    (state,) = budget.states("renamed", ACCOUNT.user_id)
    assert (state.name, state.paused_at is not None) == ("renamed", True)


def test_it_knows_when_an_account_was_last_resumed(budget: AttemptBudget, clock: Clock) -> None:
    assert budget.resumed_at() == 0
    refused(budget)
    assert budget.resumed_at() == 0
    budget.resume(budget.states())
    assert budget.resumed_at() == clock.now


def test_another_account_of_a_tag_takes_its_place(budget: AttemptBudget) -> None:
    other = replace(ACCOUNT, key="other", user_id="daniel.reyes")
    refused(budget)
    refused(budget)
    assert budget.open_ones(PORTAL, {"basic": ACCOUNT, "other": other}) == ["other"]
    assert budget.open_ones("https://staging.example", {"basic": ACCOUNT}) == ["basic"]
    assert budget.open_ones(PORTAL, {}) == []


def test_two_names_of_one_user_id_share_its_tries(budget: AttemptBudget) -> None:
    budget.charge(PORTAL, ACCOUNT)
    budget.charge(PORTAL, replace(ACCOUNT, key="again", user_id="Amara.Okafor "))
    assert failures(budget) == 2


def test_failures_that_were_meant_are_over_after_a_day_without_a_try(
    budget: AttemptBudget, clock: Clock
) -> None:
    attempt(budget, "ri", Outcome.PASS)
    budget.charge(PORTAL, ACCOUNT, meant_to_fail=True)
    clock.now += FORGOTTEN_AFTER - 1
    budget.begin(PORTAL, ACCOUNT)
    assert failures(budget) == 1
    clock.now += 2
    budget.begin(PORTAL, ACCOUNT)
    assert failures(budget) == 0


def test_its_file_is_for_the_owner_alone_and_names_no_user(
    budget: AttemptBudget, file: Path
) -> None:
    refused(budget)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    held = file.read_bytes()
    assert b"basic" in held
    assert ACCOUNT.user_id.encode() not in held
    assert RIGHT.reveal().encode() not in held


def test_what_cannot_be_counted_is_not_tried(budget: AttemptBudget, file: Path) -> None:
    file.write_bytes(b"this is no database" * 100)
    told = r"accounts\.sqlite3: the tries at accounts cannot be kept: .* \(see that its disk"
    with pytest.raises(AccountUnavailable, match=told):
        budget.charge(PORTAL, ACCOUNT)


# --- What an attempt comes to


def attempt(
    budget: AttemptBudget, did: str, outcome: Outcome, cause: Cause | None = None
) -> AccountTries:
    """``did``: the tries in their order, r(ight), w(rong) and c(ode), and what the portal says of
    them, t(aken) and i(nside)."""
    tries = AccountTries(budget, PORTAL, ACCOUNT)
    tries.begin()
    for one in did:
        match one:
            case "r" | "w":
                with tries.password(ACCOUNT, RIGHT if one == "r" else WRONG):
                    pass
            case "c":
                tries.meant_to_fail()
            case "t":
                tries.password_taken()
            case "i":
                tries.let_in()
    tries.settle(outcome, cause)
    return tries


@pytest.mark.parametrize(
    ("did", "outcome", "cause", "left"),
    [
        ("ri", Outcome.PASS, None, 0),
        ("wri", Outcome.PASS, None, 0),
        ("rt", Outcome.PASS, None, 2),  # a check may give up at the code, or be about a refusal
        ("r", Outcome.PASS, None, 3),  # which would look like this, if it were a wrong password
        ("wrt", Outcome.PASS, None, 3),
        ("w", Outcome.PASS, None, 3),
        ("rtc", Outcome.PASS, None, 3),
        ("rirtc", Outcome.PASS, None, 1),
        ("rirtr", Outcome.PASS, None, 2),
        ("ri", Outcome.FAIL, Cause.CONTENT_WRONG, 0),
        ("r", Outcome.FAIL, Cause.INVALID_CREDENTIALS, 3),
        ("wr", Outcome.FAIL, Cause.SECOND_FACTOR_REJECTED, 4),
        ("r", Outcome.FAIL, Cause.ACCOUNT_LOCKED, 2),
        ("r", Outcome.FAIL, Cause.ACCOUNT_SUSPENDED, 2),
        ("rt", Outcome.FAIL, Cause.CONTENT_WRONG, 3),
        ("r", Outcome.FAIL, Cause.SERVER_ERROR, 3),  # nobody knows yet whether it is right
        ("r", Outcome.ERROR, Cause.BROWSER_CRASHED, 3),
        ("r", Outcome.ERROR, Cause.SCRIPT_ERROR, 3),
        ("", Outcome.FAIL, Cause.UNREACHABLE, 2),
    ],
)
def test_what_two_failures_before_come_to(
    budget: AttemptBudget, did: str, outcome: Outcome, cause: Cause | None, left: int
) -> None:
    attempt(budget, "ww", Outcome.PASS)
    attempt(budget, did, outcome, cause)
    assert failures(budget) == left


def test_an_outage_does_not_use_up_a_password_that_worked(budget: AttemptBudget) -> None:
    attempt(budget, "ri", Outcome.PASS)
    for _ in range(10):
        attempt(budget, "r", Outcome.FAIL, Cause.SERVER_ERROR)
        attempt(budget, "r", Outcome.FAIL, Cause.UNREACHABLE)
    assert failures(budget) == 0


@pytest.mark.parametrize("cause", [Cause.CONTENT_WRONG, Cause.SLOW, Cause.PAGE_BROKEN, None])
def test_a_portal_that_tells_neither_of_a_sign_in_nor_of_a_refusal_gets_few_tries_with_rests(
    budget: AttemptBudget, clock: Clock, cause: Cause | None
) -> None:
    """Of secrets that have worked: they may have been refused, in words that nobody told us of."""
    attempt(budget, "ri", Outcome.PASS)
    outcome = cause.outcome if cause else Outcome.PASS
    for _ in range(3):
        attempt(budget, "r", outcome, cause)
    told = (
        r"'basic' is not tried: 3 failures .* 5 lock it \(none is known to be .* after 14:16 UTC\)"
    )
    with pytest.raises(AccountUnavailable, match=told):
        attempt(budget, "r", outcome, cause)
    shut = budget.shut(PORTAL, {"basic": ACCOUNT})
    assert [why.rests for why in shut.values()] == [True]
    clock.now += REST + 1
    assert budget.shut(PORTAL, {"basic": ACCOUNT}) == {}
    attempt(budget, "r", outcome, cause)
    clock.now += REST + 1
    with pytest.raises(AccountUnavailable, match=r"4 failures .*--unlocked"):
        attempt(budget, "r", outcome, cause)
    assert [why.rests for why in budget.shut(PORTAL, {"basic": ACCOUNT}).values()] == [False]


def test_a_sign_in_ends_a_rest(budget: AttemptBudget, clock: Clock) -> None:
    attempt(budget, "ri", Outcome.PASS)
    for _ in range(3):
        attempt(budget, "r", Outcome.FAIL, Cause.SLOW)
    clock.now += REST + 1
    attempt(budget, "ri", Outcome.PASS)
    assert failures(budget) == 0
    attempt(budget, "ri", Outcome.PASS)  # at once


@pytest.mark.parametrize(("attempts", "at_once"), [(2, 1), (3, 1), (4, 2), (5, 3), (10, 6)])
def test_how_many_tries_follow_each_other_goes_by_how_many_there_are(
    budget: AttemptBudget, attempts: int, at_once: int
) -> None:
    account = replace(ACCOUNT, attempts=attempts)
    budget.charge(PORTAL, account)
    budget.let_in(PORTAL, account)
    made = 0
    with suppress(AccountUnavailable):
        for _ in range(20):
            budget.begin(PORTAL, account)
            budget.charge(PORTAL, account)
            budget.settle(PORTAL, account, unclear=1)
            made += 1
    assert made == at_once


def test_what_nobody_knows_the_end_of_is_held_against_a_good_password_for_a_while(
    budget: AttemptBudget, clock: Clock
) -> None:
    attempt(budget, "ri", Outcome.PASS)
    for _ in range(3):
        attempt(budget, "r", Outcome.ERROR, Cause.BROWSER_CRASHED)
    budget.charge(PORTAL, ACCOUNT)
    budget.begin(PORTAL, ACCOUNT)  # and a run that dies
    told = r"'basic' is not tried: 4 failures .* \(none is known .*\) \(.* after 14:16 UTC\)"
    with pytest.raises(AccountUnavailable, match=told):
        attempt(budget, "r", Outcome.PASS)
    with pytest.raises(AccountUnavailable, match=told):
        budget.open_ones(PORTAL, {"basic": ACCOUNT})
    clock.now += DOUBTED_FOR + 1
    assert budget.open_ones(PORTAL, {"basic": ACCOUNT}) == ["basic"]
    attempt(budget, "ri", Outcome.PASS)
    assert failures(budget) == 0


def test_tries_that_go_on_keep_no_doubt_alive(budget: AttemptBudget, clock: Clock) -> None:
    attempt(budget, "ri", Outcome.PASS)
    attempt(budget, "r", Outcome.ERROR, Cause.BROWSER_CRASHED)
    for _ in range(3):
        clock.now += DOUBTED_FOR / 2
        attempt(budget, "rt", Outcome.PASS)  # of a check that is about something else
    assert failures(budget) == 0


def test_an_outage_is_held_against_a_password_that_has_not_worked_yet(
    budget: AttemptBudget, clock: Clock
) -> None:
    for _ in range(3):
        attempt(budget, "r", Outcome.FAIL, Cause.SERVER_ERROR)
    with pytest.raises(AccountUnavailable, match="it is tried again after 14:16 UTC"):
        budget.open_ones(PORTAL, {"basic": ACCOUNT})
    clock.now += REST + 1
    assert budget.open_ones(PORTAL, {"basic": ACCOUNT}) == ["basic"]
    attempt(budget, "ri", Outcome.PASS)
    assert failures(budget) == 0


def test_a_refusal_makes_failures_of_what_was_doubtful(budget: AttemptBudget, clock: Clock) -> None:
    attempt(budget, "ri", Outcome.PASS)
    for _ in range(2):
        attempt(budget, "r", Outcome.ERROR, Cause.BROWSER_CRASHED)
    attempt(budget, "r", Outcome.FAIL, Cause.INVALID_CREDENTIALS)
    clock.now += DOUBTED_FOR + 1
    budget.begin(PORTAL, ACCOUNT)
    assert failures(budget) == 3


def test_of_a_tag_one_that_has_a_try_left_is_taken(budget: AttemptBudget) -> None:
    other = replace(ACCOUNT, key="other", user_id="daniel.reyes")
    for _ in range(4):
        budget.charge(PORTAL, ACCOUNT)
    # Of a run that is under way nobody knows yet what comes of it: whoever comes waits for it.
    assert budget.open_ones(PORTAL, {"basic": ACCOUNT, "other": other}) == ["basic", "other"]
    budget.begin(PORTAL, ACCOUNT)  # it has died
    assert budget.open_ones(PORTAL, {"basic": ACCOUNT, "other": other}) == ["other"]
    spare = replace(ACCOUNT, dedicated=True)
    assert budget.open_ones(PORTAL, {"basic": spare}) == ["basic"]


def test_a_refusal_that_was_meant_pauses_nothing(budget: AttemptBudget) -> None:
    for _ in range(2):
        attempt(budget, "w", Outcome.FAIL, Cause.INVALID_CREDENTIALS)
    budget.begin(PORTAL, ACCOUNT)


def test_a_password_that_was_not_typed_is_no_try(budget: AttemptBudget) -> None:
    tries = AccountTries(budget, PORTAL, ACCOUNT)
    with pytest.raises(ValueError, match="wrong origin"), tries.password(ACCOUNT, RIGHT):
        raise ValueError("wrong origin")
    assert failures(budget) == 0


def test_a_strangers_account_is_not_counted(budget: AttemptBudget) -> None:
    tries = AccountTries(budget, PORTAL, ACCOUNT)
    with tries.password(replace(ACCOUNT, user_id="nobody"), WRONG):
        pass
    assert budget.states() == []


def test_a_refusal_that_leaves_no_try_pauses_at_once(budget: AttemptBudget) -> None:
    strict = replace(ACCOUNT, attempts=3)
    tries = AccountTries(budget, PORTAL, strict)
    tries.begin()
    with tries.password(strict, WRONG):
        pass  # as a check does whose claim is that this is refused
    with tries.password(strict, RIGHT):
        pass
    tries.settle(Outcome.FAIL, Cause.INVALID_CREDENTIALS)
    told = r"'basic' is paused since .*, and no try is left .*accounts resume basic --unlocked\)"
    with pytest.raises(AccountUnavailable, match=told):
        tries.begin()


def test_a_dedicated_account_may_be_locked(budget: AttemptBudget) -> None:
    tries = AccountTries(budget, PORTAL, replace(ACCOUNT, dedicated=True))
    tries.begin()
    for _ in range(10):
        with tries.password(replace(ACCOUNT, dedicated=True), WRONG):
            pass
    tries.settle(Outcome.FAIL, Cause.INVALID_CREDENTIALS)
    assert budget.states() == []


# --- The portal's own count


class Portal:
    """Locks after so many failures in a row, as portals do."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.failures = 0
        self.most = 0

    def tried(self, *, is_right: bool) -> None:
        self.failures = 0 if is_right else self.failures + 1
        self.most = max(self.most, self.failures)


RUNS = st.tuples(
    st.sampled_from(["r", "wr", "w", "rw", "wwr"]),
    st.sampled_from(["ends", "killed before", "killed after"]),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    limit=st.integers(2, 6),
    runs=st.lists(RUNS, max_size=25),
    wrong_from=st.integers(0, 12),
    data=st.data(),
)
def test_whatever_runs_in_whatever_order_the_portal_never_locks_the_account(
    tmp_path: Path, limit: int, runs: list[tuple[str, str]], wrong_from: int, data: st.DataObject
) -> None:
    """From some run on the plan's password is wrong; runs end, or are killed at any try.

    Somebody resumes the account at any time, with the same password or another wrong one.
    """
    file = tmp_path / "accounts.sqlite3"
    file.unlink(missing_ok=True)
    portal, account, clock = Portal(limit), replace(ACCOUNT, attempts=limit), Clock(1_000_000.0)
    nothing_dies = all(end == "ends" for _, end in runs)
    for number, (did, end) in enumerate(runs):
        plan_is_right = number < wrong_from
        budget = AttemptBudget(file, clock=clock)  # each in a process of its own
        if nothing_dies:  # else what nobody knows the end of is believed after a while
            clock.now += data.draw(st.sampled_from([1, DOUBTED_FOR + 1, FORGOTTEN_AFTER + 1]))
        if data.draw(st.integers(0, 3)) == 0:
            budget.resume(budget.states())
            if not plan_is_right and data.draw(st.booleans()):
                account = replace(account, password=Secret(f"wrong one {number % 3}"))
        tries = AccountTries(budget, PORTAL, account)
        killed_at = data.draw(st.integers(0, len(did) - 1)) if end != "ends" else len(did)
        refused = False
        try:
            tries.begin()
            for at, one in enumerate(did):
                with tries.password(account, account.password if one == "r" else WRONG):
                    pass
                if at == killed_at and end == "killed before":
                    break
                portal.tried(is_right=one == "r" and plan_is_right)
                if at == killed_at:
                    break
                if one == "r" and not plan_is_right:
                    refused = True
                    break
                if one == "r":
                    tries.let_in()
        except AccountUnavailable:
            tries.settle(Outcome.ERROR, Cause.ACCOUNT_UNAVAILABLE)
            continue
        if refused:
            tries.settle(Outcome.FAIL, Cause.INVALID_CREDENTIALS)
        elif end == "ends":
            tries.settle(Outcome.PASS, None)
    assert portal.most < limit


def test_of_two_processes_one_makes_the_last_try(file: Path, budget: AttemptBudget) -> None:
    for _ in range(3):
        budget.charge(PORTAL, ACCOUNT)
    held = sqlite3.connect(file, isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    held.execute("UPDATE account SET open = open + 1")
    held.execute("COMMIT")
    held.close()
    with pytest.raises(AccountUnavailable):
        budget.charge(PORTAL, ACCOUNT)


def test_checks_that_pass_without_being_let_in_keep_the_breaker_whole(
    budget: AttemptBudget,
) -> None:
    """A code is refused in one check, and the next gives up at the code, in turn."""
    attempt(budget, "r", Outcome.ERROR, Cause.CLOCK_DRIFT)
    attempt(budget, "rt", Outcome.PASS)
    attempt(budget, "r", Outcome.ERROR, Cause.CLOCK_DRIFT)
    with pytest.raises(AccountUnavailable, match=r"\(set the clock, then:"):
        budget.begin(PORTAL, ACCOUNT)
    assert failures(budget) == 2


def test_a_failure_that_was_meant_outlives_the_run_that_died(
    budget: AttemptBudget, clock: Clock
) -> None:
    attempt(budget, "ri", Outcome.PASS)
    for _ in range(3):
        tries = AccountTries(budget, PORTAL, ACCOUNT)
        tries.begin()
        tries.meant_to_fail()  # and the run is killed
        clock.now += DOUBTED_FOR + 1
    budget.begin(PORTAL, ACCOUNT)
    assert failures(budget) == 3


def test_one_that_was_paused_meanwhile_is_not_tried(budget: AttemptBudget) -> None:
    again = replace(ACCOUNT, key="again")
    tries = AccountTries(budget, PORTAL, again)
    tries.begin()
    refused(budget)
    refused(budget)
    with pytest.raises(AccountUnavailable, match="is paused since"), tries.password(again, RIGHT):
        raise AssertionError("it was typed")


def test_an_account_that_was_renamed_is_resumed_by_its_new_name(budget: AttemptBudget) -> None:
    refused(budget)
    refused(budget)
    renamed = replace(ACCOUNT, key="provider_a")
    with pytest.raises(AccountUnavailable, match=r"accounts resume provider_a\)"):
        budget.open_ones(PORTAL, {"provider_a": renamed})
    budget.resume(budget.states("provider_a", ACCOUNT.user_id), unlocked=True, same_secret=True)
    budget.begin(PORTAL, renamed)
