"""Every check once, on every browser: the monitor's path without its clock."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from portalwatch.attempt_budget import AttemptBudget
from portalwatch.entries import Entry
from portalwatch.lanes.dispatch import Dispatch, fault_result, worker_settings
from portalwatch.lanes.instance import new_instance
from portalwatch.lanes.pool import Pool
from portalwatch.leases import FileLeases
from portalwatch.model import Result
from portalwatch.site import Site

log = logging.getLogger("portalwatch")


async def run_once(
    site: Site,
    entries: Sequence[Entry],
    *,
    headed: bool = False,
    on_result: Callable[[Result], None],
) -> list[Result]:
    """Run ``entries`` over the plan's workers and lanes; the results in the order of the entries.

    ``on_result`` is told of each as it comes.
    """
    monitor = site.plan.monitor
    pool = Pool(
        worker_settings(site, headed=headed),
        instance=new_instance(),
        workers=monitor.workers,
        lanes=monitor.lanes,
    )
    dispatch = Dispatch(
        FileLeases(site.project.leases_folder), AttemptBudget(site.project.budget_file), pool
    )
    # All stand in line for their accounts from the start: the last one's turn comes when
    # every other has had its time.
    patience = sum(entry.plan.deadline for entry in entries)

    async def one(entry: Entry) -> Result:
        order = entry.order(site.portal.url, scheduled_at=time.time())
        try:
            result = await dispatch.run(entry, order, site, patience=patience)
        except Exception as exc:  # a fault of our own must not cost the others their verdicts
            log.exception("run %s of %s", order.run_id, order.check)
            result = fault_result(order, exc)
        on_result(result)
        return result

    async with pool:
        runs = [asyncio.create_task(one(entry)) for entry in entries]
        try:
            return list(await asyncio.gather(*runs))
        finally:
            for run in runs:
                run.cancel()
            await asyncio.gather(*runs, return_exceptions=True)
