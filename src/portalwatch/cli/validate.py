"""``portalwatch validate``: every mistake of a project at once, before it is a problem."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable
from pathlib import Path

from portalwatch.cli.shared import ProjectOption
from portalwatch.errors import ConfigError

NAMED_ONE_BY_ONE = 10  # checks that are not watched, each with its line


def validate(project: ProjectOption = Path()) -> None:
    """Name every mistake in the plan, the checks and the secrets, with its line."""
    from portalwatch.credentials import resolve_accounts
    from portalwatch.plan_warnings import warnings_about
    from portalwatch.project import (
        account_restorer,
        activate,
        find_root,
        load_checks,
        load_object,
        portal_says,
    )
    from portalwatch.render import Pages
    from portalwatch.site import read_plan

    found = activate(find_root(project))
    plan, checks = read_plan(found)  # with mistakes in it, nothing else can be judged
    used = {name for entry in plan.checks for name in plan.accounts_for(entry)}
    looks: list[Callable[[], object]] = [
        lambda: load_checks(found.root),
        lambda: portal_says(found),
        lambda: account_restorer(found),
        lambda: Pages(found.root / "reports"),
    ]
    start = plan.portal.start
    if start is not None:  # tells the secrets itself, once it has started the portal
        looks.append(lambda: load_object(found, start))
    else:
        looks.append(lambda: resolve_accounts(plan, os.environ, only=used))
    if problems := [problem for look in looks for problem in _problems_of(look)]:
        raise ConfigError(*dict.fromkeys(problems))
    watched = {entry.check for entry in plan.checks}
    entries = sum(len(entry.browsers) for entry in plan.checks)
    counts = ((len(watched), "check"), (entries, "entry"), (len(plan.accounts), "account"))
    print(f"{plan.file}: {', '.join(_counted(*count) for count in counts)}")
    for warning in warnings_about(plan):
        print(f"warning: {warning}")
    unwatched = [check_id for check_id in checks if check_id not in watched]
    if len(unwatched) > NAMED_ONE_BY_ONE:
        print(f"{len(unwatched)} checks are in no entry of the plan, and not watched:")
        print(textwrap.fill(", ".join(unwatched), 100, break_on_hyphens=False))
        return
    for check_id in unwatched:
        place = f"{checks[check_id].file}:{checks[check_id].line}"
        print(f"{place}: {check_id} is in no entry of the plan: it is not watched")


def _problems_of(look: Callable[[], object]) -> tuple[str, ...]:
    try:
        look()
    except ConfigError as exc:
        return exc.problems
    return ()


def _counted(number: int, what: str) -> str:
    """``1 entry``, ``12 entries``."""
    if number == 1:
        return f"1 {what}"
    return f"{number} {what.removesuffix('y')}ies" if what.endswith("y") else f"{number} {what}s"
