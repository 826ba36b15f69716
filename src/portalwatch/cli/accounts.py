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
    from portalwatch.plan import AccountPlan, Plan
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
    in_use = _in_use(found, plan)
    changed = changed_accounts(found.changes_folder)
    now, notes = time.time(), []
    rows = [("account", "state", "failures in a row", "last refusal", "portal")]
    for name, account in plan.accounts.items():
        state = _state_of(found, name, account)
        limit = plan.attempts_of(account)
        failed = state.held_against(now) if state else 0
        counted = "not counted" if account.destructive else f"{failed} of {limit}"
        spent = state is not None and not account.destructive and state.has_no_try_left(limit, now)
        told = _told(state, name in in_use, spent)
        if state is not None and state.paused_at is not None:
            notes.append(told_of_pause(state, limit, now))
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


PortalOption = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="At this portal, where it was tried at another than the plan's."
    ),
]
UnlockedOption = Annotated[
    bool,
    typer.Option(
        "--unlocked",
        help="The portal holds no failure against it any more: you have signed in by hand since,"
        " or had it unlocked.",
    ),
]
SameSecretOption = Annotated[
    bool,
    typer.Option("--same-secret", help="The secret that the portal refused is right after all."),
]


@app.command(short_help="Let an account be tried again.")
def resume(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The account's name in the plan.")],
    project: ProjectOption = Path(),
    portal: PortalOption = None,
    unlocked: UnlockedOption = False,
    same_secret: SameSecretOption = False,
) -> None:
    """Let a paused account be tried again, once its secret is mended.

    A monitor that runs reads the secret anew. What a check has changed of the account, and no
    run has set right, is taken to be set right, too.
    """
    from portalwatch.account import portal_of
    from portalwatch.account_changes import forget_changes
    from portalwatch.leases import FileLeases
    from portalwatch.plan_values import choose
    from portalwatch.site import refuse_no_address

    found, plan = _plan_of(project)
    if name not in plan.accounts:
        fix = choose(name, plan.accounts)
        raise OperatorError(f"{plan.file}: '{name}' is not an account ({fix})")
    if portal is not None:
        refuse_no_address(portal, option="--portal")
    budget, limit = _budget_of(found), plan.attempts_of(plan.accounts[name])
    try:
        # Nobody else has it meanwhile: a run keeps there what it is about to change.
        with FileLeases(found.leases_folder).hold_here([name], patience=RESUME_SECONDS):
            known = budget.states(name, _user_id(plan.accounts[name]))
            where = None if portal is None else portal_of(portal)
            states = _meant(known, where, limit)
            if len(states) > 1 and (unlocked or same_secret):
                places = " and ".join(state.portal for state in states)
                raise OperatorError(
                    f"account '{name}' is not tried at {places} (say of one of them what holds"
                    f" there: --portal https://{states[0].portal})"
                )
            secret_is_known = _refuse_what_would_fail(
                plan, name, states, budget, unlocked, same_secret
            )
            budget.resume(states, unlocked=unlocked, same_secret=same_secret)
            forgotten = forget_changes(found.changes_folder, name, where)
    except TimeoutError:
        raise OperatorError(
            f"account '{name}' is in use by a run (try again when that has ended)"
        ) from None
    was_paused = any(state.paused_at is not None for state in states)
    held = max((state.held_against(time.time()) for state in states), default=0)
    held = 0 if unlocked else held
    print(
        f"{name}: {'resumed' if was_paused else 'was not paused'};"
        f" {held or 'no'} failure{'' if held == 1 else 's'} may be held against it"
    )
    if forgotten:
        print(f"{name}: what a check had changed of it is forgotten, taken to be set right")
    if not secret_is_known and any(state.is_barred for state in states) and not same_secret:
        print(
            f"{name}: its secret cannot be read here, and may be the one that was refused: what got"
            " that by an environment variable must be restarted with another"
        )


def _meant(known: list[AccountState], where: str | None, limit: int) -> list[AccountState]:
    """Those of ``known`` that are to be resumed: at the portal ``where``, or else wherever it is
    not tried; all where it is tried everywhere, for what counts against it there."""
    if where is not None:
        return [state for state in known if state.portal == where]
    now = time.time()
    shut = [
        state
        for state in known
        if state.paused_at is not None or state.is_barred or state.has_no_try_left(limit, now)
    ]
    return shut or known


def _refuse_what_would_fail(
    plan: Plan,
    name: str,
    states: list[AccountState],
    budget: AttemptBudget,
    unlocked: bool,
    same_secret: bool,
) -> bool:
    """Whether the account's secret can be read here, and so was compared with those refused.

    Raises ``OperatorError`` where no run would use the account all the same.
    """
    from portalwatch.account_state import told_of_no_try_left, told_of_refused_secret
    from portalwatch.credentials import resolve_accounts

    if plan.accounts[name].destructive:
        return False  # none of it was ever refused
    limit, now = plan.attempts_of(plan.accounts[name]), time.time()
    try:
        account = resolve_accounts(plan, os.environ, only={name})[name]
    except OperatorError:
        account = None  # those who have its secret are told when they come to use it
    for state in states:
        refused = account is not None and budget.was_refused(state.portal, account)
        if refused and not same_secret:
            raise OperatorError(told_of_refused_secret(name))
        if state.has_no_try_left(limit, now) and not unlocked:
            raise OperatorError(told_of_no_try_left(state, limit, now))
    return account is not None


def _user_id(account: AccountPlan) -> str | None:
    """Where it stands in the plan, or can be read without asking anybody."""
    from portalwatch.errors import ConfigError
    from portalwatch.secret_sources import Variable

    match account.user_id:
        case str() as user_id:
            return user_id
        case Variable() as source:
            try:
                return source.resolve(os.environ).reveal()
            except ConfigError:
                return None
    return None


def _state_of(project: Project, name: str, account: AccountPlan) -> AccountState | None:
    """What is known of the account, where it is paused, or else where it was tried last."""
    if not project.budget_file.exists():  # else it would be made, only to be found empty
        return None
    states = _budget_of(project).states(name, _user_id(account))
    paused = [state for state in states if state.paused_at is not None]
    return next(iter(paused + states), None)


def _plan_of(project: Path) -> tuple[Project, Plan]:
    from portalwatch.project import Project, find_root
    from portalwatch.site import read_plan

    found = Project(find_root(project))
    return found, read_plan(found)[0]


def _budget_of(project: Project) -> AttemptBudget:
    from portalwatch.attempt_budget import AttemptBudget

    return AttemptBudget(project.budget_file)


def _in_use(project: Project, plan: Plan) -> set[str]:
    from portalwatch.leases import FileLeases

    return FileLeases(project.leases_folder).in_use(plan.accounts)


def _told(state: AccountState | None, in_use: bool, spent: bool) -> str:
    if state is not None and state.paused_at is not None:
        return f"paused since {_at(state.paused_at)}"
    if in_use:
        return "in use"
    if spent:
        return "no try left"
    other = state is not None and state.is_barred and state.proven is None
    return "free, with another secret" if other else "free"


def _refusal(state: AccountState | None) -> str:
    if state is None or state.refused_at is None or state.refusal is None:
        return ""
    return f"{_at(state.refused_at)}: {state.refusal.words}"


def _at(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
