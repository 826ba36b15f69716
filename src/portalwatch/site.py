"""A project made ready to run: plan read, portal found or started, secrets resolved.

What the monitor, the command line and pytest all start from.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from portalwatch import project as projects
from portalwatch.account import Account, host_of
from portalwatch.browsers import KNOWN
from portalwatch.check_files import CheckDescription, describe_checks
from portalwatch.config import load
from portalwatch.credentials import resolve_accounts
from portalwatch.errors import ConfigError
from portalwatch.plan import CheckPlan, Plan
from portalwatch.project import Project, StartedPortal


@dataclass(frozen=True, slots=True)
class Site:
    """A project with everything that its runs need."""

    project: Project
    plan: Plan
    checks: Mapping[str, CheckDescription]
    portal: StartedPortal
    accounts: Mapping[str, Account]


def read_plan(project: Project) -> tuple[Plan, dict[str, CheckDescription]]:
    """The plan and the checks of ``project``. Raises ``ConfigError`` with every problem."""
    checks = describe_checks(project.root)
    plan = load(
        project.plan_file,
        known_checks=checks,
        known_browsers=KNOWN,
        destructive=[name for name, check in checks.items() if check.destructive],
    )
    return plan, checks


@contextmanager
def open_site(root: Path, *, base_url: str | None = None) -> Iterator[Site]:
    """The project in ``root``, with its portal running for as long as the context lasts.

    Without accounts: each check's are resolved when it is its turn.
    ``base_url`` overrides the plan's portal, which is then not started. Raises
    ``ConfigError`` for everything that is the operator's to mend.
    """
    project = projects.activate(root)
    plan, checks = read_plan(project)
    with open_portal(project, plan, base_url) as portal:
        yield site_of(project, plan, checks, portal, only=())


def environment_of(portal: StartedPortal) -> dict[str, str]:
    """The environment, over what a portal that we started told us of its own secrets."""
    told = {k: v for k, v in portal.secrets.items() if f"{k}_FILE" not in os.environ}
    return {**told, **os.environ}


def site_of(
    project: Project,
    plan: Plan,
    checks: Mapping[str, CheckDescription],
    portal: StartedPortal,
    *,
    only: Collection[CheckPlan] | None = None,
) -> Site:
    """The parts put together, with the accounts of the plan's checks, or of ``only`` some.

    Raises ``ConfigError`` for accounts without their secrets.
    """
    used = {
        name
        for check in (plan.checks if only is None else only)
        for name in plan.accounts_for(check)
    }
    accounts = resolve_accounts(plan, environment_of(portal), only=used)
    return Site(project, plan, checks, portal, accounts)


def refuse_no_address(url: str, *, option: str = "--base-url") -> None:
    """Raise ``ConfigError`` where ``url``, as an option has it, is no address of a portal."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{option} {url}: not an address (try https://portal.example)")


def _refuse_other_host(plan: Plan, base_url: str) -> None:
    """A host that the plan does not name is not driven, and gets none of its secrets."""
    if plan.portal.url is None:
        return  # a portal that the project starts has no host of its own
    named = {host_of(plan.portal.url), *plan.portal.allowed_hosts}
    if host_of(base_url) not in named:
        raise ConfigError(
            f"--base-url {base_url}: {host_of(base_url)} is neither the host of portal.url nor one"
            f" of portal.allowed_hosts in {plan.file} (add it there)"
        )


@contextmanager
def open_portal(
    project: Project, plan: Plan, base_url: str | None = None
) -> Iterator[StartedPortal]:
    """The portal to watch: at ``base_url``, at the plan's address, or started by the project."""
    if base_url is not None:
        refuse_no_address(base_url)
        _refuse_other_host(plan, base_url)
        yield StartedPortal(base_url.rstrip("/"))
    elif plan.portal.url is not None:
        yield StartedPortal(plan.portal.url.rstrip("/"))
    else:
        with projects.start_portal(project, str(plan.portal.start)) as portal:
            yield portal
