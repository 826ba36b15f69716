"""Every check once, on every browser: the monitor's path without its clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from portalwatch.lanes.dispatch import dispatch, worker_settings
from portalwatch.lanes.instance import new_instance
from portalwatch.lanes.pool import Pool
from portalwatch.leases import Leases
from portalwatch.model import Result
from portalwatch.site import Entry, Site


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
    leases = Leases(site.leases_folder)
    monitor = site.plan.monitor
    pool = Pool(
        worker_settings(site, headed=headed),
        instance=new_instance(),
        workers=monitor.workers,
        lanes=monitor.lanes,
    )

    async def one(entry: Entry) -> Result:
        order = entry.order(site.portal.url, scheduled_at=time.time())
        result = await dispatch(entry, order, site, leases, pool)
        on_result(result)
        return result

    async with pool:
        return list(await asyncio.gather(*(one(entry) for entry in entries)))
