"""A destructive check that dies leaves an account that the next run sets right by itself."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from checks import recovery as recovery_checks
from fixtures.portal import serve
from flows import login, pages, recovery, restore
from portalwatch.account import Account
from portalwatch.credentials import resolve_accounts
from portalwatch.destructive import destructive
from portalwatch.journey import Journey
from portalwatch.model import Attempt, Cause, Outcome
from portalwatch.project import Project, StartedPortal
from portalwatch.secrets import Secret
from portalwatch.site import read_plan
from tests.integration.single_run import SingleRuns
from tests.ports import free_port
from tests.small_project import ROOT

NEW = Secret("orchard lantern 27 meadow")


@pytest.fixture(scope="module")
def own_portal() -> Iterator[StartedPortal]:
    with serve() as portal:
        yield portal


@pytest.fixture(scope="module")
def accounts(own_portal: StartedPortal) -> Iterator[Account]:
    """One after the other: the portal mails an account only so many links in an hour."""
    plan = read_plan(Project(ROOT))[0]
    names = [name for name, part in plan.accounts.items() if part.destructive and part.mail]
    return itertools.cycle(resolve_accounts(plan, own_portal.secrets, only=names).values())


@pytest.fixture
def account(accounts: Iterator[Account]) -> Account:
    return next(accounts)


@pytest.fixture
def attempt(runs: SingleRuns, chromium: Any, own_portal: StartedPortal, account: Account) -> Any:
    def run(check: Any, *, hook: Any = restore.restore_account, **options: Any) -> Attempt:
        return runs.attempt(
            check,
            chromium,
            own_portal.url,
            account=account,
            portal_says=importlib.import_module("flows.pages").PORTAL_SAYS,
            restore=hook,
            **{"deadline": 60.0, "timeout": 10.0, **options},
        )

    return run


def signs_in(journey: Journey) -> None:
    """The provider signs in."""
    login.sign_in(journey, journey.account)
    if journey.account.totp_secret is not None:
        pages.code_heading(journey.page).wait_for()
    else:
        pages.greeting(journey.page).wait_for()


@destructive
def dies_before_the_portal_has_answered(journey: Journey) -> None:
    """Gives up in the midst of a change."""
    recovery.open_mailed_link(journey, journey.account)
    with journey.password_change(NEW):
        recovery.set_password(journey, NEW)
        pages.password_changed_heading(journey.page).wait_for()
        raise RuntimeError("the process is gone")


@destructive
def changes_for_good(journey: Journey) -> None:
    """Rotates the password, as where a portal takes none back."""
    recovery.open_mailed_link(journey, journey.account)
    recovery.change_password(journey, NEW)


@destructive
def locks(journey: Journey) -> None:
    """Locks the account, and does not come to its end."""
    login.fail_to_sign_in(journey, journey.account, times=pages.LOCK_TRIES)
    raise RuntimeError("the process is gone")


@pytest.mark.parametrize("death", [dies_before_the_portal_has_answered, locks])
def test_the_next_run_sets_the_account_right(death: Any, attempt: Any, runs: SingleRuns) -> None:
    assert attempt(death).cause is Cause.SCRIPT_ERROR
    assert len(list(runs.changes.iterdir())) == 1
    after = attempt(signs_in)
    assert (after.outcome, after.message) == (Outcome.PASS, "")
    assert after.steps[0].name == "restore the account"
    assert list(runs.changes.iterdir()) == []
    assert attempt(signs_in).steps == ()


def test_a_check_that_puts_all_back_leaves_nothing(attempt: Any, runs: SingleRuns) -> None:
    passed = attempt(recovery_checks.check_password_is_recovered_by_link)
    assert (passed.outcome, passed.message) == (Outcome.PASS, "")
    assert list(runs.changes.iterdir()) == []


def test_without_a_hook_the_next_run_knows_the_new_password(attempt: Any) -> None:
    assert attempt(changes_for_good, hook=None).outcome is Outcome.PASS
    assert attempt(signs_in, hook=None).outcome is Outcome.PASS
    assert attempt(signs_in).outcome is Outcome.PASS  # and puts the plan's back
    assert attempt(signs_in, hook=None).outcome is Outcome.PASS


def test_without_a_hook_a_password_that_nobody_knows_is_not_guessed_at(
    attempt: Any, runs: SingleRuns
) -> None:
    assert attempt(dies_before_the_portal_has_answered, hook=None).outcome is Outcome.ERROR
    after = attempt(signs_in, hook=None)
    assert after.cause is Cause.ACCOUNT_UNAVAILABLE
    assert "was changing its password" in after.message
    assert "portalwatch accounts resume" in after.message
    assert attempt(signs_in).outcome is Outcome.PASS


def test_what_cannot_be_set_right_is_our_trouble_and_stays_written_down(
    attempt: Any, runs: SingleRuns
) -> None:
    def fails(journey: Journey) -> None:
        raise RuntimeError("no mail today")

    assert attempt(locks).cause is Cause.SCRIPT_ERROR
    after = attempt(signs_in, hook=fails)
    assert after.cause is Cause.ACCOUNT_UNAVAILABLE
    assert after.message.startswith("RuntimeError: no mail today")
    assert "(while restore_account set right what trouble.check had left" in after.message
    assert len(list(runs.changes.iterdir())) == 1
    assert attempt(signs_in).outcome is Outcome.PASS


def test_a_lock_that_outlasts_the_run_is_our_trouble(attempt: Any) -> None:
    def waits_for_ever(journey: Journey) -> None:
        login.sign_in(journey, journey.account)
        pages.greeting(journey.page).wait_for(timeout=100_000)

    assert attempt(locks).cause is Cause.SCRIPT_ERROR
    after = attempt(signs_in, hook=waits_for_ever, deadline=8.0)
    assert (after.outcome, after.cause) == (Outcome.ERROR, Cause.ACCOUNT_UNAVAILABLE)
    assert attempt(signs_in).outcome is Outcome.PASS


def test_an_outage_while_it_is_set_right_is_the_portals(
    attempt: Any, own_portal: StartedPortal
) -> None:
    def meets_an_outage(journey: Journey) -> None:
        journey.page.goto(f"http://127.0.0.1:{free_port()}/")

    assert attempt(locks).cause is Cause.SCRIPT_ERROR
    after = attempt(signs_in, hook=meets_an_outage)
    assert (after.outcome, after.cause) == (Outcome.FAIL, Cause.UNREACHABLE)
    assert attempt(signs_in).outcome is Outcome.PASS


def test_an_account_that_is_not_for_that_is_not_changed(
    runs: SingleRuns, chromium: Any, own_portal: StartedPortal
) -> None:
    plan = read_plan(Project(ROOT))[0]
    name = next(n for n, part in plan.accounts.items() if part.mail and not part.destructive)
    account = resolve_accounts(plan, own_portal.secrets, only={name})[name]

    def check(journey: Journey) -> None:
        with journey.password_change(NEW):
            pytest.fail("it was let")

    tried = runs.attempt(check, chromium, own_portal.url, account=account)
    assert tried.cause is Cause.CONFIG_ERROR
    assert f"accounts.{name}: no check may change its password" in tried.message
