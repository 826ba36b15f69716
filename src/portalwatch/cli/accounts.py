"""``portalwatch accounts``: what is known of the test accounts, and how one is tried again."""

from __future__ import annotations

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
    from portalwatch.account_state import told_of_pause

    found, plan = _plan_of(project)
    states = _states_of(found)
    in_use = _in_use(found, plan)
    changed = changed_accounts(found.changes_folder)
    rows = [("account", "state", "failures in a row", "last refusal")]
    for name, account in plan.accounts.items():
        state = states.get(name)
        failed = state.held_against(time.time()) if state else 0
        limit = account.attempts or plan.portal.attempts
        counted = "not counted" if account.destructive else f"{failed} of {limit}"
        spent = not account.destructive and failed + 1 >= limit
        told = _state(state, name in in_use, spent)
        if told == "free" and name in changed:
            told = f"left changed by {changed[name].check} at {_at(changed[name].at)}"
        rows.append((name, told, counted, _refusal(state)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    for name, state in states.items():
        if name in plan.accounts and state.paused_at is not None:
            print(told_of_pause(state))


@app.command(short_help="Let an account be tried again.")
def resume(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The account's name in the plan.")],
    project: ProjectOption = Path(),
) -> None:
    """Let an account be tried again that is paused, or has no try left."""
    from portalwatch.account_changes import forget_changes
    from portalwatch.leases import FileLeases
    from portalwatch.plan_values import choose

    found, plan = _plan_of(project)
    if name not in plan.accounts:
        fix = choose(name, plan.accounts)
        raise OperatorError(f"{plan.file}: '{name}' is not an account ({fix})")
    try:
        # Nobody else has it meanwhile: a run keeps there what it is about to change.
        with FileLeases(found.leases_folder).hold_here([name], patience=RESUME_SECONDS):
            states = _budget_of(found).resume(name)
            forgotten = forget_changes(found.changes_folder, name)
    except TimeoutError:
        raise OperatorError(
            f"account '{name}' is in use by a run (try again when that has ended)"
        ) from None
    was_paused = any(state.paused_at is not None for state in states)
    print(f"{name}: {'resumed' if was_paused else 'was not paused'}; no failure counts any more")
    if forgotten:
        print(f"{name}: what a check had left of it is forgotten; it is as the plan says")


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
