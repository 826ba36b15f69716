"""``portalwatch accounts``: what is known of the test accounts, and how one is tried again."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portalwatch.cli.shared import ProjectOption
from portalwatch.errors import OperatorError

if TYPE_CHECKING:
    from portalwatch.account_state import AccountState
    from portalwatch.attempt_budget import AttemptBudget
    from portalwatch.plan import Plan
    from portalwatch.project import Project

RESUME_SECONDS = 10.0  # for a run that has the account to end

app = typer.Typer(help="Show the test accounts: which are in use, or paused, and why.")


@app.callback(invoke_without_command=True, short_help="Show or resume the test accounts.")
def accounts(context: typer.Context, project: ProjectOption = Path()) -> None:
    """Show the test accounts of the plan: which are in use, or paused, and why."""
    if context.invoked_subcommand is not None:
        return
    from portalwatch.account_changes import changed_accounts
    from portalwatch.account_state import told_of_no_try_left, told_of_pause

    found, plan = _plan_of(project)
    states = _states_of(found)
    in_use = _in_use(found, plan)
    notes: list[str] = []
    changed = changed_accounts(found.changes_folder)
    now = time.time()
    rows = [("account", "state", "failures in a row", "last refusal", "portal")]
    for name, account in plan.accounts.items():
        state = states.get(name)
        limit = plan.attempts_of(account)
        failed = state.held_against(now) if state else 0
        counted = "not counted" if account.destructive else f"{failed} of {limit}"
        spent = state is not None and not account.destructive and state.has_no_try_left(limit, now)
        told = _state(state, name in in_use, spent)
        if state is not None and state.paused_at is not None:
            notes.append(told_of_pause(state))
        elif state is not None and spent and name not in in_use:
            notes.append(told_of_no_try_left(state, limit, now))
        if told == "free" and name in changed:
            told = f"left changed by {changed[name].check} at {_at(changed[name].at)}"
        rows.append((name, told, counted, _refusal(state), state.portal if state else ""))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    for note in notes:
        print(note)


MendedOption = Annotated[
    bool,
    typer.Option(
        "--mended-at-portal",
        help="The portal's side was set right: it counts no failures any more (you have signed in"
        " by hand, or had the account unlocked), and takes the secret that it refused.",
    ),
]


@app.command(short_help="Let an account be tried again.")
def resume(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The account's name in the plan.")],
    project: ProjectOption = Path(),
    mended_at_portal: MendedOption = False,
) -> None:
    """Let a paused account be tried again, once its secret is mended, or its portal.

    Secrets are read anew by the monitor. What a check has changed of the account and not set
    right is taken to be set right, too.
    """
    from portalwatch.account_changes import forget_changes
    from portalwatch.leases import FileLeases
    from portalwatch.plan_values import choose

    found, plan = _plan_of(project)
    if name not in plan.accounts:
        fix = choose(name, plan.accounts)
        raise OperatorError(f"{plan.file}: '{name}' is not an account ({fix})")
    budget = _budget_of(found)
    try:
        # Nobody else has it meanwhile: a run keeps there what it is about to change.
        with FileLeases(found.leases_folder).hold_here([name], patience=RESUME_SECONDS):
            states = [state for state in budget.states() if state.name == name]
            if not mended_at_portal:
                _refuse_what_would_fail(budget, plan, name, states)
            budget.resume(name, mended_at_portal=mended_at_portal)
            forgotten = forget_changes(found.changes_folder, name)
    except TimeoutError:
        raise OperatorError(
            f"account '{name}' is in use by a run (try again when that has ended)"
        ) from None
    was_paused = any(state.paused_at is not None for state in states)
    held = max((state.held_against(time.time()) for state in states), default=0)
    held = 0 if mended_at_portal else held
    print(
        f"{name}: {'resumed' if was_paused else 'was not paused'};"
        f" {held or 'no'} failure{'' if held == 1 else 's'} may be held against it"
    )
    if forgotten:
        print(f"{name}: what a check had changed of it is forgotten, taken to be set right")


def _refuse_what_would_fail(
    budget: AttemptBudget, plan: Plan, name: str, states: list[AccountState]
) -> None:
    """Raise ``OperatorError`` where no run would use the account all the same."""
    from portalwatch.account_state import told_of_no_try_left, told_of_refused_secret
    from portalwatch.credentials import resolve_accounts

    limit, now = plan.attempts_of(plan.accounts[name]), time.time()
    try:
        account = resolve_accounts(plan, os.environ, only={name})[name]
    except OperatorError:
        account = None  # those who have its secret are told when they come to use it
    reasons = []
    for state in states:
        if account is not None and budget.was_refused(state.portal, account):
            reasons.append(told_of_refused_secret(name))
        elif not plan.accounts[name].destructive and state.has_no_try_left(limit, now):
            reasons.append(told_of_no_try_left(state, limit, now))
    if reasons and len(reasons) == len(states):  # another portal may have it all the same
        raise OperatorError(reasons[0])


def _plan_of(project: Path) -> tuple[Project, Plan]:
    from portalwatch.project import Project, find_root
    from portalwatch.site import read_plan

    found = Project(find_root(project))
    return found, read_plan(found)[0]


def _budget_of(project: Project) -> AttemptBudget:
    from portalwatch.attempt_budget import AttemptBudget

    return AttemptBudget(project.budget_file)


def _states_of(project: Project) -> dict[str, AccountState]:
    """What is known of each account, where it is paused, or else where it was tried last."""
    if not project.budget_file.exists():  # else it would be made, only to be found empty
        return {}
    states: dict[str, AccountState] = {}
    for state in _budget_of(project).states():
        known = states.setdefault(state.name, state)
        if known.paused_at is None and state.paused_at is not None:
            states[state.name] = state
    return states


def _in_use(project: Project, plan: Plan) -> set[str]:
    from portalwatch.leases import FileLeases

    return FileLeases(project.leases_folder).in_use(plan.accounts)


def _state(state: AccountState | None, in_use: bool, spent: bool) -> str:
    if state is not None and state.paused_at is not None:
        return f"paused since {_at(state.paused_at)}"
    if in_use:
        return "in use"
    return "no try left" if spent else "free"


def _refusal(state: AccountState | None) -> str:
    if state is None or state.refused_at is None or state.refusal is None:
        return ""
    return f"{_at(state.refused_at)}: {state.refusal.words}"


def _at(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
