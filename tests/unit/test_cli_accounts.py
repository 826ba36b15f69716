"""`portalwatch accounts`: what is told of each, and when one may be resumed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from portalwatch.account import Account
from portalwatch.attempt_budget import AttemptBudget
from portalwatch.leases import FileLeases
from portalwatch.model import Cause
from portalwatch.project import Project
from portalwatch.secrets import Secret
from tests.small_project import PLAN

HERE, STAGING = "portal.example", "staging.example"
SECRET = "Harbor-Lantern-27"
ACCOUNT = Account("amara", "amara", "Amara", password=Secret(SECRET), attempts=5)
MENDED = {"AMARA_PASSWORD": "the one of today"}
STALE = {"AMARA_PASSWORD": SECRET}


@dataclass
class CommandLine:
    """`portalwatch accounts` in a project, and the tries that were made there."""

    main: Callable[..., int]
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    root: Path

    @property
    def budget(self) -> AttemptBudget:
        return AttemptBudget(Project(self.root).budget_file)

    def refused(self, portal: str = HERE, account: Account = ACCOUNT, times: int = 2) -> None:
        for _ in range(times):
            self.budget.charge(portal, account)
            self.budget.settle(portal, account, failed=1, refusal=Cause.INVALID_CREDENTIALS)

    def __call__(self, *arguments: str, **environ: str) -> tuple[int, str]:
        self.monkeypatch.delenv("AMARA_PASSWORD", raising=False)
        for name, value in environ.items():
            self.monkeypatch.setenv(name, value)
        code = self.main("accounts", *arguments, "--project", str(self.root))
        told = self.capsys.readouterr()
        return code, told.out + told.err

    def resume(self, *options: str, **environ: str) -> tuple[int, str]:
        return self("resume", "amara", *options, **environ)


@pytest.fixture
def accounts(
    main: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> CommandLine:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "home.py").write_text('def check_opens(journey):\n    """It opens."""\n')
    plan = PLAN.replace(
        "start: fixtures.portal:serve", "url: https://portal.example\n  attempts: 5"
    )
    (tmp_path / "portalwatch.yaml").write_text(f"{plan}  - {{check: home.opens, account: amara}}\n")
    return CommandLine(main, capsys, monkeypatch, tmp_path)


def test_an_account_that_was_never_tried_is_free(accounts: CommandLine) -> None:
    code, told = accounts()
    assert (code, [line.split() for line in told.splitlines()][1]) == (
        *(0, ["amara", "free", "0", "of", "5"]),
    )
    assert not Project(accounts.root).budget_file.exists()


def test_a_pause_at_one_portal_is_told_whatever_was_tried_since(accounts: CommandLine) -> None:
    accounts.refused()
    accounts.budget.charge(STAGING, ACCOUNT)
    accounts.budget.let_in(STAGING, ACCOUNT)
    code, told = accounts()
    assert code == 0
    heading, row, pause = told.splitlines()
    assert heading.split()[-3:] == ["last", "refusal", "portal"]
    assert "paused since 20" in row
    assert row.endswith("The portal refused the credentials  portal.example")
    assert pause.endswith("(mend its secret, then: portalwatch accounts resume amara)")


def test_it_is_told_by_its_user_id_where_another_had_its_name(accounts: CommandLine) -> None:
    accounts.refused(account=replace(ACCOUNT, user_id="somebody else"))
    assert "paused" not in accounts()[1]
    accounts.refused(account=replace(ACCOUNT, key="before"))
    assert "account 'amara' is paused since" in accounts()[1]


def test_it_is_resumed_with_another_secret_and_not_with_the_same(accounts: CommandLine) -> None:
    accounts.refused()
    code, told = accounts.resume(**STALE)
    assert (code, told.count("\n")) == (2, 1)
    assert told.startswith("portalwatch: account 'amara' is not tried: its secret is still the one")
    assert accounts.budget.states()[0].paused_at is not None
    assert accounts.resume(**MENDED) == (0, "amara: resumed; 2 failures may be held against it\n")
    assert "free, with another secret" in accounts()[1]
    accounts.refused(times=1, account=replace(ACCOUNT, password=Secret("wrong again")))
    assert "paused since" in accounts()[1]
    assert accounts.resume("--same-secret", **STALE)[0] == 0
    assert not accounts.budget.was_refused(HERE, ACCOUNT)


def test_where_its_secret_cannot_be_read_here_others_are_trusted_to_know(
    accounts: CommandLine,
) -> None:
    accounts.refused()
    code, told = accounts.resume()
    assert code == 0
    assert "amara: its secret cannot be read here, and may be the one that was refused" in told
    assert accounts.budget.was_refused(HERE, ACCOUNT)


def test_with_no_try_left_somebody_has_to_sign_in_first(accounts: CommandLine) -> None:
    accounts.budget.charge(HERE, ACCOUNT)
    accounts.budget.settle(HERE, ACCOUNT, failed=4, refusal=Cause.INVALID_CREDENTIALS)
    assert "(mend its secret, sign in by hand or have it unlocked, then:" in accounts()[1]
    code, told = accounts.resume(**MENDED)
    assert code == 2
    assert "4 failures in a row may be held against it, and the plan says that 5 lock it" in told
    assert told.endswith("then: portalwatch accounts resume amara --unlocked)\n")
    assert accounts.resume("--unlocked", **MENDED) == (
        *(0, "amara: resumed; no failures may be held against it\n"),
    )
    assert accounts.budget.was_refused(HERE, ACCOUNT)  # of that nothing was said


def test_it_is_resumed_wherever_it_is_paused(accounts: CommandLine) -> None:
    accounts.budget.charge(HERE, ACCOUNT)
    accounts.budget.let_in(HERE, ACCOUNT)
    accounts.refused(STAGING)
    assert accounts.resume(**MENDED) == (0, "amara: resumed; 2 failures may be held against it\n")
    assert {state.paused_at for state in accounts.budget.states()} == {None}


def test_what_counts_against_one_that_is_still_tried_can_be_said_to_be_over(
    accounts: CommandLine,
) -> None:
    accounts.budget.charge(HERE, ACCOUNT)
    accounts.budget.settle(HERE, ACCOUNT, failed=2)
    assert accounts.resume(**MENDED)[1] == (
        "amara: was not paused; 2 failures may be held against it\n"
    )
    assert accounts.resume("--unlocked", **MENDED)[1] == (
        "amara: was not paused; no failures may be held against it\n"
    )
    assert [state.failed for state in accounts.budget.states()] == [0]


def test_what_holds_at_one_portal_is_said_of_one(accounts: CommandLine) -> None:
    accounts.refused()
    accounts.refused(STAGING)
    code, told = accounts.resume("--unlocked", **MENDED)
    assert (code, told.count("\n")) == (2, 1)
    assert "is not tried at portal.example and staging.example (say of one" in told or (
        "is not tried at staging.example and portal.example (say of one" in told
    )
    staging = ("--portal", "https://www.staging.example/")
    assert accounts.resume("--unlocked", *staging, **MENDED)[0] == 0
    held = {state.portal: state.failed for state in accounts.budget.states()}
    assert held == {HERE: 2, STAGING: 0}
    code, told = accounts.resume("--portal", "staging", **MENDED)
    assert code == 2
    assert told.startswith("portalwatch: --portal staging: not an address")


def test_once_another_secret_works_nothing_is_told_of_the_one_before(
    accounts: CommandLine,
) -> None:
    accounts.refused()
    assert accounts.resume(**MENDED)[0] == 0
    mended = replace(ACCOUNT, password=Secret(MENDED["AMARA_PASSWORD"]))
    accounts.budget.charge(HERE, mended)
    accounts.budget.let_in(HERE, mended)
    assert "another secret" not in accounts()[1]


def test_it_is_not_resumed_while_a_run_has_it(accounts: CommandLine) -> None:
    accounts.monkeypatch.setattr("portalwatch.cli.accounts.RESUME_SECONDS", 0.0)
    accounts.refused()
    with FileLeases(Project(accounts.root).leases_folder).hold_here(["amara"], patience=0):
        code, told = accounts.resume(**MENDED)
    assert code == 2
    assert "account 'amara' is in use by a run (try again" in told
    assert accounts.budget.states()[0].paused_at is not None
