"""A project made ready to run: plan read, portal found or started, secrets resolved.

What the monitor, the command line and pytest all start from.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from portalwatch import project as projects
from portalwatch.account import Account
from portalwatch.browsers import KNOWN, BrowserSpec
from portalwatch.check_files import CheckDescription, describe_checks
from portalwatch.config import load
from portalwatch.credentials import resolve_accounts
from portalwatch.errors import ConfigError
from portalwatch.plan import CheckPlan, Plan
from portalwatch.project import Project, StartedPortal
from portalwatch.runner import Order


@dataclass(frozen=True, slots=True)
class Entry:
    """One check on one browser: what is scheduled, and what has a status."""

    plan: CheckPlan
    title: str
    browser: str

    @property
    def key(self) -> tuple[str, str]:
        return self.plan.check, self.browser

    def order(self, base_url: str, *, scheduled_at: float) -> Order:
        """A new run of this entry."""
        plan = self.plan
        return Order(
            run_id=new_run_id(scheduled_at),
            check=plan.check,
            title=self.title,
            browser=self.browser,
            base_url=base_url,
            scheduled_at=scheduled_at,
            deadline=plan.deadline,
            timeout=plan.timeout,
            slow_after=plan.slow_after,
            confirm=plan.confirm,
            trace=plan.trace,
            tags=plan.tags,
        )


@dataclass(frozen=True, slots=True)
class Site:
    """A project with everything that its runs need."""

    project: Project
    plan: Plan
    checks: Mapping[str, CheckDescription]
    portal: StartedPortal
    accounts: Mapping[str, Account]

    def entries(
        self, *, only_checks: Collection[str] = (), only_browsers: Collection[str] = ()
    ) -> list[Entry]:
        """The plan's checks on their browsers, narrowed where asked.

        A check is asked for by its id or by the file it stands in ("login"). A browser that
        is asked for is used also where the plan does not name it for a check. Raises
        ``ConfigError`` for words that are neither.
        """
        self._refuse_unknown(only_checks, only_browsers)
        planned = [
            Entry(check, self.checks[check.check].title, browser)
            for check in self.plan.checks
            if not only_checks or {check.check, check.check.partition(".")[0]} & set(only_checks)
            for browser in check.browsers
        ]
        if not only_browsers:
            return planned
        # A check may stand in several entries of the plan, each for other browsers.
        checks = dict.fromkeys(entry.plan.check for entry in planned)
        browsers = dict.fromkeys(only_browsers)
        return [self.entry_for(check, browser) for check in checks for browser in browsers]

    def entry_for(self, check_id: str, browser: str) -> Entry:
        """The entry of a check on a browser; by the plan's defaults where it has none."""
        fitting = [check for check in self.plan.checks if check.check == check_id]
        named = [check for check in fitting if browser in check.browsers]
        for check in (*named, *fitting):
            return Entry(check, self.checks[check_id].title, browser)
        defaults = self.plan.defaults.model_dump()
        check = CheckPlan.model_construct(check=check_id, **defaults)
        return Entry(check, self.checks[check_id].title, browser)

    @property
    def evidence_folder(self) -> Path:
        """Where evidence is kept."""
        return self.project.var / "evidence"

    @property
    def ledger_file(self) -> Path:
        """Which one-time codes were used."""
        return self.project.var / "one-time-codes.sqlite3"

    @property
    def leases_folder(self) -> Path:
        """Which accounts are in use."""
        return self.project.var / "leases"

    def accounts_for(self, check: CheckPlan) -> tuple[str, ...]:
        """The names of the accounts that may serve ``check``."""
        return self.plan.accounts_for(check)

    def browsers(self) -> tuple[BrowserSpec, ...]:
        """Every browser that a plan of this project may name."""
        return tuple(known_browsers(self.plan).values())

    def _refuse_unknown(self, checks: Collection[str], browsers: Collection[str]) -> None:
        ids = {check.check for check in self.plan.checks}
        words = ids | {check_id.partition(".")[0] for check_id in ids}
        problems = [
            f"--check {word}: the plan has no such check (it has {', '.join(sorted(ids))})"
            for word in checks
            if word not in words
        ]
        names = known_browsers(self.plan)
        problems += [
            f"--browser {name}: not a browser (choose from {', '.join(sorted(names))})"
            for name in browsers
            if name not in names
        ]
        if problems:
            raise ConfigError(*problems)


def new_run_id(at: float) -> str:
    """An id that sorts by time and is safe in addresses and file names."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(at))}-{secrets.token_hex(4)}"


def read_plan(project: Project) -> tuple[Plan, dict[str, CheckDescription]]:
    """The plan and the checks of ``project``. Raises ``ConfigError`` with every problem."""
    checks = describe_checks(project.root)
    plan = load(project.plan_file, known_checks=checks, known_browsers=KNOWN)
    return plan, checks


def known_browsers(plan: Plan) -> dict[str, BrowserSpec]:
    """The well-known browsers and the plan's own, by name."""
    own = {
        name: BrowserSpec(
            name=name,
            engine=browser.engine,
            channel=browser.channel,
            executable=browser.executable,
            args=browser.args,
        )
        for name, browser in plan.browsers.items()
    }
    return {**KNOWN, **own}


@contextmanager
def open_site(root: Path, *, base_url: str | None = None) -> Iterator[Site]:
    """The project in ``root``, with its portal running for as long as the context lasts.

    ``base_url`` overrides the plan's portal, which is then not started. Raises
    ``ConfigError`` for everything that is the operator's to mend.
    """
    project = projects.activate(root)
    plan, checks = read_plan(project)
    with open_portal(project, plan, base_url) as portal:
        yield site_of(project, plan, checks, portal)


def environment_of(portal: StartedPortal) -> dict[str, str]:
    """The environment, over what a portal that we started told us of its own secrets."""
    told = {k: v for k, v in portal.secrets.items() if f"{k}_FILE" not in os.environ}
    return {**told, **os.environ}


def site_of(
    project: Project, plan: Plan, checks: Mapping[str, CheckDescription], portal: StartedPortal
) -> Site:
    """The parts put together. Raises ``ConfigError`` for accounts without their secrets."""
    used = {name for check in plan.checks for name in plan.accounts_for(check)}
    accounts = resolve_accounts(plan, environment_of(portal), only=used)
    return Site(project, plan, checks, portal, accounts)


@contextmanager
def open_portal(
    project: Project, plan: Plan, base_url: str | None = None
) -> Iterator[StartedPortal]:
    """The portal to watch: at ``base_url``, at the plan's address, or started by the project."""
    if base_url is not None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"--base-url {base_url}: not an address (try https://portal.example)")
        yield StartedPortal(base_url.rstrip("/"))
    elif plan.portal.url is not None:
        yield StartedPortal(plan.portal.url.rstrip("/"))
    else:
        start = projects.load_object(project, str(plan.portal.start))
        context: AbstractContextManager[StartedPortal] = start()
        with context as portal:
            yield portal
