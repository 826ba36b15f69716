"""``portalwatch run``: the monitor with its web site, until a signal ends it."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from pathlib import Path

from portalwatch.cli.opening import OpenedProject
from portalwatch.lanes.instance import claim
from portalwatch.metrics import Metrics
from portalwatch.monitor import Monitor
from portalwatch.plan_warnings import warnings_about
from portalwatch.render import Pages
from portalwatch.server import allowed_hosts, listen, serving
from portalwatch.site import Site
from portalwatch.store import Store
from portalwatch.web import create_app

log = logging.getLogger("portalwatch")


def watch(folder: Path, base_url: str | None) -> None:
    """Watch the portal of the project that ``folder`` is in.

    SIGTERM and Ctrl-C let the runs under way end, within the plan's ``drain``; SIGHUP
    reads the plan anew.
    """
    _log_plainly()
    opened = OpenedProject.at(folder)
    project = opened.project
    pages = Pages(project.root / "reports")
    with (
        # First: of two monitors of one project, the second is told of the other one.
        claim(project.var) as instance,
        listen(opened.plan.monitor.listen, asked_by=opened.plan.at("monitor.listen")) as listener,
        Store(project.store_file) as store,
        opened.site(base_url) as site,
    ):
        for warning in warnings_about(site.plan):
            log.warning("%s", warning)
        asyncio.run(_serve(site, store, pages, listener, instance))


async def _serve(
    site: Site, store: Store, pages: Pages, listener: socket.socket, instance: str
) -> None:
    metrics = Metrics()
    monitor = Monitor(site, store, metrics, instance=instance)
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, monitor.stop)
    loop.add_signal_handler(signal.SIGHUP, monitor.reload)
    web = create_app(
        store,
        pages=pages,
        evidence=site.project.evidence_folder,
        facts=monitor.facts,
        metrics=metrics.render,
        readiness=monitor.readiness,
        changes=monitor.changes,
        hosts=allowed_hosts(site.plan.monitor.listen),
    )
    # Who asks meanwhile waits: a scrape in between would see checks go, and come again.
    await monitor.take_over()
    async with serving(web, listener) as address:
        print(f"Portal:      {site.portal.url}", flush=True)
        print(f"Status page: {address}", flush=True)
        print(f"Metrics:     {address}metrics", flush=True)
        print("Stop it with Ctrl-C.", flush=True)
        await monitor.run()


def _log_plainly() -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr
    )
    for chatty in ("watchfiles", "alembic", "asyncio", "sse_starlette", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
