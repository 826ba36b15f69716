"""From an entry of the plan to its result: an account, a lane, a verdict."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AsyncExitStack

from portalwatch.account import origin_of
from portalwatch.entries import Entry, known_browsers
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
        ledger=str(site.project.ledger_file),
        sign_ins=str(site.project.sign_ins_folder),
        browsers=tuple(known_browsers(site.plan).values()),
        expect_timeout=site.plan.defaults.timeout,
        stall=site.plan.monitor.stall,
        headed=headed,
        withheld=site.plan.secret_variables(),
    )


async def dispatch(
    entry: Entry, order: Order, site: Site, leases: Leases, pool: Pool, *, patience: float
) -> Result:
    """Carry out ``order`` with an account that nobody else uses meanwhile.

    The run is skipped where no account gets free within ``patience`` seconds.
    """
    names = site.plan.accounts_for(entry.plan)
    prefer = with_sign_in(order, SignInStates(site.project.sign_ins_folder))
    async with AsyncExitStack() as stack:
        try:
            lease = leases.hold(names, patience=patience, prefer=prefer)
            name = await stack.enter_async_context(lease)
        except TimeoutError:
            return _without_account(entry, order, patience)
        return await pool.run(order, site.accounts[name] if name else None)


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


def _without_account(entry: Entry, order: Order, patience: float) -> Result:
    message = no_account(entry.plan.account, patience)
    attempt = Attempt.without_journey(
        Cause.ACCOUNT_UNAVAILABLE, message, time.time(), outcome=Outcome.SKIP
    )
    return order.result([attempt])
