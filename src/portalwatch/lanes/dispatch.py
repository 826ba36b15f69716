"""From an entry of the plan to its result: an account, a lane, a verdict."""

from __future__ import annotations

import time

from portalwatch.lanes.pool import Pool
from portalwatch.lanes.worker_process import WorkerSettings
from portalwatch.leases import Leases
from portalwatch.model import Attempt, BrowserInfo, Cause, Outcome, Result
from portalwatch.runner import Order
from portalwatch.site import Entry, Site


def worker_settings(site: Site, *, headed: bool = False) -> WorkerSettings:
    """What the workers of ``site`` need to know."""
    return WorkerSettings(
        root=str(site.project.root),
        evidence=str(site.evidence_folder),
        ledger=str(site.ledger_file),
        browsers=site.browsers(),
        expect_timeout=site.plan.defaults.timeout,
        stall=site.plan.monitor.stall,
        headed=headed,
    )


async def dispatch(entry: Entry, order: Order, site: Site, leases: Leases, pool: Pool) -> Result:
    """Carry out ``order`` with an account that nobody else uses meanwhile."""
    names = site.accounts_for(entry.plan)
    try:
        async with leases.hold(names, patience=entry.plan.deadline) as name:
            return await pool.run(order, site.accounts[name] if name else None)
    except TimeoutError:
        return _without_account(entry, order)


def _without_account(entry: Entry, order: Order) -> Result:
    now = time.time()
    message = f"every account of '{entry.plan.account}' stayed in use for {order.deadline:g} s"
    attempt = Attempt(Outcome.SKIP, Cause.ACCOUNT_UNAVAILABLE, message, now, 0.0)
    unknown = BrowserInfo(order.browser, "unknown", "unknown", "unknown", "unknown")
    return Result(
        run_id=order.run_id,
        check=order.check,
        title=order.title,
        browser=unknown,
        account=None,
        scheduled_at=order.scheduled_at,
        attempts=(attempt,),
        queue_seconds=now - order.scheduled_at,
        tags=order.tags,
    )
