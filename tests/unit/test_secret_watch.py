"""It tells when secrets may have changed: another file, or an account that was resumed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from portalwatch.account import Account
from portalwatch.attempt_budget import AttemptBudget
from portalwatch.config import load
from portalwatch.plan import Plan
from portalwatch.secret_watch import AGAIN_AFTER, SecretWatch
from tests.clock import Clock

PORTAL = "portal.example"


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


class Watching(SecretWatch):
    """As the monitor does: what is due is read, and taken up."""

    def reads(self, plan: Plan, *, succeeds: bool = True) -> bool:
        due = self.is_due(plan)
        if due and succeeds:
            self.taken_up(self.look(plan))
        return due


def watching(budget: AttemptBudget, plan: Plan, **environ: str) -> Watching:
    watch = Watching(budget, environ, Clock(0.0))
    watch.taken_up(watch.look(plan))
    return watch


def test_a_file_that_was_replaced(tmp_path: Path, budget: AttemptBudget, plan: PlanOf) -> None:
    """As an editor writes it, and as platforms swap a link to a folder with all secrets."""
    first, second, link = tmp_path / "1", tmp_path / "2", tmp_path / "now"
    first.write_text("one")
    second.write_text("two")
    link.symlink_to(first)
    watched = plan("{env: PASSWORD}")
    watch = watching(budget, watched, PASSWORD_FILE=str(link), OTHER_FILE=str(second))
    read = [watch.reads(watched)]
    link.unlink()
    link.symlink_to(second)
    read += [watch.reads(watched), watch.reads(watched)]
    second.write_text("three")
    read += [watch.reads(watched), watch.reads(watched)]
    second.unlink()
    read += [watch.reads(watched), watch.reads(watched)]
    assert read == [False, True, False, True, False, True, False]


def test_another_plan_with_other_files_is_no_change(
    tmp_path: Path, budget: AttemptBudget, plan: PlanOf
) -> None:
    (tmp_path / "1").write_text("one")
    (tmp_path / "2").write_text("two")
    files = {"A_FILE": str(tmp_path / "1"), "B_FILE": str(tmp_path / "2")}
    watch = watching(budget, plan("{env: A}"), **files)
    assert not watch.reads(plan("{env: B}"))
    assert not watch.reads(plan("{command: [pass, show, a]}"))


def test_an_account_that_was_resumed(budget: AttemptBudget, clock: Clock, plan: PlanOf) -> None:
    watched = plan("{command: [pass, show, a]}")
    budget.charge(PORTAL, Account("basic", "amara.okafor", "Dr. Amara Okafor"))
    budget.resume(budget.states())  # before the secrets were read
    watch = watching(budget, watched)
    read = [watch.reads(watched)]
    clock.now -= 1  # which was set back meanwhile
    budget.resume(budget.states())
    read += [watch.reads(watched), watch.reads(watched)]
    assert read == [False, True, False]


def test_secrets_that_cannot_be_read_are_tried_again_after_a_while(
    tmp_path: Path, budget: AttemptBudget, plan: PlanOf
) -> None:
    file, watched = tmp_path / "1", plan("{env: PASSWORD}")
    file.write_text("one")
    watch = watching(budget, watched, PASSWORD_FILE=str(file))
    file.write_text("another")
    tried = [watch.reads(watched, succeeds=False) for _ in range(3)]
    watch.clock.now += AGAIN_AFTER + 1  # type: ignore[attr-defined]
    tried += [watch.reads(watched, succeeds=False) for _ in range(2)]
    file.write_text("and once more")  # at once
    tried += [watch.reads(watched), watch.reads(watched)]
    assert tried == [True, False, False, True, False, True, False]
