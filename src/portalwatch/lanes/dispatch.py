"""From an entry of the plan to its result: an account, a lane, a verdict."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from portalwatch.account import origin_of, portal_of
from portalwatch.attempt_budget import AttemptBudget
from portalwatch.entries import Entry, known_browsers
from portalwatch.errors import AccountUnavailable
from portalwatch.lanes.pool import Pool
from portalwatch.lanes.wire import WorkerSettings
from portalwatch.leases import Leases
from portalwatch.model import Attempt, Cause, Outcome, Result
from portalwatch.order import Order
from portalwatch.sign_in_states import SignInStates
from portalwatch.site import Site


def worker_settings(site: Site, *, headed: bool = False) -> WorkerSettings:
    """What the workers of ``site`` need to know."""
    return WorkerSettings(
        root=str(site.project.root),
        evidence=str(site.project.evidence_folder),
        quarantine=str(site.project.quarantine_folder),
        ledger=str(site.project.ledger_file),
        budget=str(site.project.budget_file),
        changes=str(site.project.changes_folder),
        sign_ins=str(site.project.sign_ins_folder),
        browsers=tuple(known_browsers(site.plan).values()),
        expect_timeout=site.plan.defaults.timeout,
        stall=site.plan.monitor.stall,
        headed=headed,
        allowed_hosts=site.plan.portal.allowed_hosts,
        withheld=site.plan.secret_variables(),
    )


@dataclass(frozen=True, slots=True)
class Dispatch:
    """How runs come to an account and a lane."""

    leases: Leases
    budget: AttemptBudget
    pool: Pool
    waited: Callable[[float], None] = lambda seconds: None  # for an account

    async def run(self, entry: Entry, order: Order, site: Site, *, patience: float) -> Result:
        """Carry out ``order`` with an account that nobody else uses meanwhile.

        The run is skipped where no account gets free within ``patience`` seconds, and an error
        where every account that it may use is paused, or has no try left.
        """
        accounts = {name: site.accounts[name] for name in site.plan.accounts_for(entry.plan)}
        portal = portal_of(order.base_url)
        try:
            names = await asyncio.to_thread(self.budget.open_ones, portal, accounts)
        except AccountUnavailable as exc:
            return _without_account(order, str(exc), Outcome.ERROR)
        prefer = with_sign_in(order, SignInStates(site.project.sign_ins_folder))
        async with AsyncExitStack() as stack:
            began = time.monotonic()
            try:
                lease = self.leases.hold(names, patience=patience, prefer=prefer)
                name = await stack.enter_async_context(lease)
            except TimeoutError:
                told = no_account(entry.plan.account, patience)
                return _without_account(order, told, Outcome.SKIP)
            finally:
                if names:
                    self.waited(time.monotonic() - began)
            return await self.pool.run(order, site.accounts[name] if name else None)


def with_sign_in(order: Order, sign_ins: SignInStates) -> Callable[[str], bool]:
    """Which accounts ``order`` does best with: those whose sign-in it may use again."""
    portal = origin_of(order.base_url)
    return lambda name: (
        order.reuse_sign_in is not None and sign_ins.has(portal, name, order.browser)
    )


def fault_result(order: Order, fault: Exception) -> Result:
    """The verdict on a run that a fault of this program itself came in the way of."""
    message = f"portalwatch itself is at fault: {type(fault).__name__}: {fault} (see its log)"
    return order.result([Attempt.without_journey(Cause.ENGINE_FAULT, message, time.time())])


def no_account(name: str | None, patience: float) -> str:
    """What is said of a run for which no account got free."""
    return f"every account of '{name}' stayed in use for {patience:g} s"


def _without_account(order: Order, told: str, outcome: Outcome) -> Result:
    return order.result(
        [Attempt.without_journey(Cause.ACCOUNT_UNAVAILABLE, told, time.time(), outcome=outcome)]
    )
