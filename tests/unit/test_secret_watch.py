"""It tells when secrets may have changed: another file, or an account that was resumed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from portalwatch.account import Account
from portalwatch.attempt_budget import AttemptBudget
from portalwatch.config import load
from portalwatch.plan import Plan
from portalwatch.secret_watch import SecretWatch
from tests.clock import Clock

PORTAL = "https://portal.example"


PlanOf = Callable[[str], Plan]  # with the password at that place
PLAN = """\
portal: {name: Portal, url: https://portal.example}
accounts:
  basic: {user_id: amara.okafor, name: Amara Okafor, password: PLACE}
checks: [{check: login.signs_in, account: basic}]
"""


@pytest.fixture
def plan(tmp_path: Path) -> PlanOf:
    def read(place: str) -> Plan:
        file = tmp_path / "portalwatch.yaml"
        file.write_text(PLAN.replace("PLACE", place))
        return load(file, known_checks=["login.signs_in"], known_browsers=["chromium", "firefox"])

    return read


@pytest.fixture
def clock() -> Clock:
    return Clock(1_000_000.0)


@pytest.fixture
def budget(tmp_path: Path, clock: Clock) -> AttemptBudget:
    return AttemptBudget(tmp_path / "accounts.sqlite3", clock=clock)


def test_a_file_that_was_replaced(tmp_path: Path, budget: AttemptBudget, plan: PlanOf) -> None:
    """As an editor writes it, and as platforms swap a link to a folder with all secrets."""
    first, second, link = tmp_path / "1", tmp_path / "2", tmp_path / "now"
    first.write_text("one")
    second.write_text("two")
    link.symlink_to(first)
    watch = SecretWatch(budget, {"PASSWORD_FILE": str(link), "OTHER_FILE": str(second)})
    watched = plan("{env: PASSWORD}")
    looks = [watch.have_changed(watched), watch.have_changed(watched)]
    link.unlink()
    link.symlink_to(second)
    looks += [watch.have_changed(watched), watch.have_changed(watched)]
    second.write_text("three")
    looks += [watch.have_changed(watched), watch.have_changed(watched)]
    second.unlink()
    looks += [watch.have_changed(watched), watch.have_changed(watched)]
    assert looks == [False, False, True, False, True, False, True, False]


def test_another_plan_with_other_files_is_no_change(
    tmp_path: Path, budget: AttemptBudget, plan: PlanOf
) -> None:
    (tmp_path / "1").write_text("one")
    (tmp_path / "2").write_text("two")
    watch = SecretWatch(budget, {"A_FILE": str(tmp_path / "1"), "B_FILE": str(tmp_path / "2")})
    assert not watch.have_changed(plan("{env: A}"))
    assert not watch.have_changed(plan("{env: B}"))
    assert not watch.have_changed(plan("{command: [pass, show, a]}"))


def test_an_account_that_was_resumed(budget: AttemptBudget, clock: Clock, plan: PlanOf) -> None:
    watch, watched = SecretWatch(budget, {}), plan("{command: [pass, show, a]}")
    budget.charge(PORTAL, Account("basic", "amara.okafor", "Dr. Amara Okafor"))
    budget.resume("basic")  # before it began to look: the secrets were read since
    looks = [watch.have_changed(watched), watch.have_changed(watched)]
    clock.now += 1
    budget.resume("basic")
    looks += [watch.have_changed(watched), watch.have_changed(watched)]
    assert looks == [False, False, True, False]
