"""``portalwatch report --serve``: a report over HTTP, until a signal ends it."""

from __future__ import annotations

import asyncio
import signal
import socket
from pathlib import Path

from starlette.types import ASGIApp

from portalwatch.plan_values import Address
from portalwatch.report_server import create_report_app
from portalwatch.server import listen, serving


def serve_report(folder: Path, address: Address) -> None:
    """Serve the report in ``folder``. Raises ``OperatorError`` where that cannot be."""
    app = create_report_app(folder, address)
    with listen(address, asked_by="--listen") as listener:
        asyncio.run(_serve(app, listener))


async def _serve(app: ASGIApp, listener: socket.socket) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop, stopped.set)
    async with serving(app, listener) as address:
        print(f"Report: {address}", flush=True)
        print("Stop it with Ctrl-C.", flush=True)
        await stopped.wait()
