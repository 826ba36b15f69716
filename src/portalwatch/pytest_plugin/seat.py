"""Where a check takes place under pytest: its entry of the plan, its account, its browser."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import pytest
from playwright.sync_api import BrowserContext, Playwright, expect
from playwright.sync_api import Error as PlaywrightError

from portalwatch.account import Account, portal_of, without_credentials
from portalwatch.attempt_budget import AttemptBudget
from portalwatch.browsers import FoundBrowser, launch
from portalwatch.code_ledger import CodeLedger
from portalwatch.credentials import resolve_accounts
from portalwatch.destructive import destructive
from portalwatch.entries import Entry, entry_for
from portalwatch.errors import (
    AccountUnavailable,
    BrowserMissing,
    ConfigError,
    OperatorError,
    first_line,
)
from portalwatch.evidence import EvidenceFolder
from portalwatch.fibers import Fibers
from portalwatch.journey import Journey
from portalwatch.lanes.dispatch import no_account, with_sign_in
from portalwatch.leases import FileLeases
from portalwatch.model import Attempt, BrowserInfo, Cause, Result
from portalwatch.order import Order
from portalwatch.plan import CheckPlan
from portalwatch.project import account_restorer, portal_says
from portalwatch.pytest_plugin.collected import account_mark, check_id, title_of
from portalwatch.pytest_plugin.recordings import Recordings
from portalwatch.pytest_plugin.records import BrowserDoesNotStart
from portalwatch.redaction import Redaction
from portalwatch.runner import CLOSE_SECONDS, OpenContext, Surroundings, run
from portalwatch.secret_fields import teach_origins
from portalwatch.sign_in_states import SignInStates
from portalwatch.site import Site, environment_of

T = TypeVar("T")

RECORDED_SECONDS = 20.0  # for a context to close, with a video or the bodies of requests


class Seat:
    """A place for one check, to be taken once.

    ``trace``: the mode that was asked for; ``retry``: pytest has tried the check before;
    ``evidence``: the folder for all evidence.
    """

    def __init__(
        self,
        *,
        site: Site,
        entry: Entry,
        info: BrowserInfo,
        playwright: Playwright,
        open_context: OpenContext,
        recordings: Recordings,
        trace: str | None,
        retry: bool,
        base_url: str,
        destructive: bool,
        evidence: Path,
    ) -> None:
        self.evidence = evidence
        self.redaction = Redaction()  # of what pytest itself reports about the check
        self._site = site
        self._entry = entry
        self._info = info
        self._playwright = playwright
        self._open_context = open_context
        self._budget = AttemptBudget(site.project.budget_file)
        self._sign_ins = SignInStates(site.project.sign_ins_folder)
        self._recordings = recordings
        self._trace = trace
        self._retry = retry
        self._base_url = without_credentials(base_url)
        self._destructive = destructive

    def __getattr__(self, name: str) -> NoReturn:
        __tracebackhide__ = True  # the fixture's line is what is wrong, not this one
        raise AttributeError(
            f"journey.{name}: there is no journey before its check is called, so a fixture cannot"
            " use it (have the check do it)"
        )

    def carry_out(self, function: Callable[[Journey], Any]) -> Result:
        """Run ``function`` as the check of this seat, with an account that is free."""
        plan, site = self._entry.plan, self._site
        order = self._entry.order(site.portal.url, scheduled_at=time.time())
        # Other processes may stand in line before this one, each with every check of the plan.
        patience = sum(each.deadline * len(each.browsers) for each in site.plan.checks)
        name = None
        try:
            leases = FileLeases(site.project.leases_folder)
            accounts = {name: self._account(name) for name in site.plan.accounts_for(plan)}
            names = self._budget.open_ones(portal_of(order.base_url), accounts)
            prefer = with_sign_in(order, self._sign_ins)
            with leases.hold_here(names, patience=patience, prefer=prefer) as name:
                account = accounts[name] if name else None
                if self._destructive and not (account and account.dedicated):
                    raise ConfigError(
                        "the check locks or changes its account, and"
                        f" {f'accounts.{name}' if name else 'none'} is not one for that"
                        " (name one that has 'destructive: true')"
                    )
                attempts = self._attempts(order, function, account)
        except TimeoutError:
            # Not a skip, as for the monitor: what was not tried must not look like a pass.
            attempts = (_not_run(Cause.ACCOUNT_UNAVAILABLE, no_account(plan.account, patience)),)
        except AccountUnavailable as exc:
            attempts = (_not_run(Cause.ACCOUNT_UNAVAILABLE, first_line(exc)),)
        except (OperatorError, OSError, sqlite3.Error) as exc:
            # An operator's mistake, as of a var/ that cannot be written: no claim was tried.
            attempts = (_not_run(Cause.CONFIG_ERROR, first_line(exc)),)
        result = order.result(attempts, browser=self._info, account=name)
        return replace(result, base_url=self._base_url)

    def _account(self, name: str) -> Account:
        known = self._site.accounts.get(name)
        if known is not None:
            return known
        # Named by a mark, and by no entry of the plan: not resolved with the others.
        environ = environment_of(self._site.portal)
        return resolve_accounts(self._site.plan, environ, only={name})[name]

    def _attempts(
        self, order: Order, function: Callable[[Journey], Any], account: Account | None
    ) -> tuple[Attempt, ...]:
        self.redaction = Redaction(account.secrets() if account else ())
        teach_origins(self._playwright)
        on = Surroundings(
            fibers=Fibers(self._playwright),
            ledger=CodeLedger(self._site.project.ledger_file),
            budget=self._budget,
            sign_ins=self._sign_ins,
            evidence=self.evidence,
            quarantine=self._site.project.quarantine_folder,
            root=self._site.project.root,
            portal_says=portal_says(self._site.project),
            changes=self._site.project.changes_folder,
            restore=account_restorer(self._site.project),
            allowed_hosts=frozenset(self._site.plan.portal.allowed_hosts),
            redaction=self.redaction,
            worker=os.environ.get("PYTEST_XDIST_WORKER", "main"),
            close_seconds=RECORDED_SECONDS if self._recordings.any else CLOSE_SECONDS,
        )

        def observed(journey: Journey) -> Any:
            return function(journey)

        if self._destructive:
            destructive(observed)  # what pytest calls is not the marked function itself

        # A test run wants the plain verdict: reruns are --reruns.
        trace = _trace_of_try(self._trace or order.trace, retry=self._retry)
        plain = replace(order, confirm=False, trace=trace)
        with _expectations_within(order.timeout), self._recordings:
            attempts = run(plain, observed, account, self._open_context, on)

            def folder_of(attempt: int) -> EvidenceFolder:
                return EvidenceFolder(
                    on.evidence, order.run_id, attempt, self.redaction, on.quarantine
                )

            return self._recordings.keep(attempts, folder_of)


def entry_of(site: Site, item: pytest.Item, browser: str) -> Entry:
    """The plan's entry for ``item``; by the plan's defaults for a test that it does not know."""
    check = check_id(item)
    planned = any(entry.check == check for entry in site.plan.checks)
    if check in site.checks and (planned or account_mark(item) is None):
        return entry_for(site.plan, site.checks, check, browser)
    defaults = site.plan.defaults.model_dump()
    plan = CheckPlan.model_construct(check=check, account=account_mark(item), **defaults)
    return Entry(plan, title_of(item), browser)


def refuse_missing_build(request: pytest.FixtureRequest, found: FoundBrowser) -> None:
    """Raise ``BrowserMissing`` where pytest-playwright would launch a build that is not here.

    Playwright says so too, and leaves two empty folders behind with each such launch.
    """
    given = request.getfixturevalue("browser_type_launch_args")
    if found.build == "playwright" or given.keys() & {"executable_path", "channel"}:
        return
    if given.get("headless") is False:
        return  # another build than the one that was found, which is headless
    launching = ("new_context", "browser", "launch_browser", "browser_type")
    launches = all(_is_pytest_playwrights(request, name) for name in launching)
    if launches and not request.getfixturevalue("connect_options"):
        raise _no_build_of_its_own(found.name)


def launched(new_context: Callable[[], T], browser: str) -> T:
    """pytest-playwright's fixture, which launches the browser when it is first asked for.

    Raises ``BrowserDoesNotStart``.
    """
    try:
        return new_context()
    except PlaywrightError as exc:
        if "Executable doesn't exist" in str(exc):
            raise _no_build_of_its_own(browser) from exc
        raise BrowserDoesNotStart(f"{browser} does not start: {first_line(exc)}") from exc


def contexts_left_open(new_context: Callable[[], BrowserContext]) -> OpenContext:
    """Contexts that pytest-playwright closes at teardown, when it saves their artefacts."""

    @contextmanager
    def open_context() -> Iterator[BrowserContext]:
        yield new_context()

    return open_context


def contexts_of_minibrowser(
    playwright: Playwright, found: FoundBrowser, base_url: str
) -> OpenContext:
    """Contexts of WebKitGTK's MiniBrowser, which Playwright cannot launch by itself."""

    def open_context() -> AbstractContextManager[BrowserContext]:
        return launch(playwright, found).open_context(base_url=base_url)

    return open_context


def _is_pytest_playwrights(request: pytest.FixtureRequest, name: str) -> bool:
    """Whether the fixture ``name`` is pytest-playwright's own, and not the project's."""
    # Private: pytest has no public way to ask who defines a fixture.
    definitions = request._fixturemanager.getfixturedefs(name, request.node) or ()
    return all(each.func.__module__.startswith("pytest_playwright.") for each in definitions[-1:])


def _no_build_of_its_own(browser: str) -> BrowserMissing:
    return BrowserMissing(
        f"pytest-playwright has no {browser} of its own here",
        fix="copy portalwatch's conftest.py to the project's root, which tells it of the"
        f" system's; or playwright install {browser}",
    )


@contextmanager
def _expectations_within(seconds: float) -> Iterator[None]:
    """Let ``expect`` wait for ``seconds``, and for as long as before afterwards."""
    before = getattr(expect, "_timeout", None)  # other tests of the session have their own
    expect.set_options(timeout=seconds * 1000)
    try:
        yield
    finally:
        expect.set_options(timeout=before)


def _trace_of_try(mode: str, *, retry: bool) -> str:
    """What ``mode`` comes to where pytest tries again: a try knows nothing of those before."""
    if mode == "on-retry":
        return "retain-on-failure" if retry else "off"
    return mode


def _not_run(cause: Cause, message: str) -> Attempt:
    return Attempt.without_journey(cause, message, time.time())
