"""The worker process: one Playwright driver, warm browsers, and journeys in greenlets.

Started by the pool as ``python -m portalwatch.lanes.worker FD``; it reads orders from
the socket of that number and ends when the socket does. Everything heavy that only
the monitor needs (web, store, configuration) stays out of this process.
"""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import socket
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, expect, sync_playwright

from portalwatch import project
from portalwatch.account import Account
from portalwatch.browsers import BrowserSpec
from portalwatch.code_ledger import CodeLedger
from portalwatch.errors import ConfigError
from portalwatch.fibers import Fibers
from portalwatch.lanes.warm import WarmBrowsers
from portalwatch.lanes.watchdog import Watchdog
from portalwatch.lanes.wire import EXIT_DRIVER_GONE, LINE_LIMIT, decode, encode
from portalwatch.model import Attempt, Cause
from portalwatch.runner import Order, Surroundings, run

BEAT_EVERY = 0.25  # seconds


class Worker:
    """The lanes of one process, driven by messages from the pool."""

    def __init__(self, playwright: Playwright, channel: socket.socket) -> None:
        self._playwright = playwright
        self._channel = channel
        self._fibers = Fibers(playwright)
        self._stopped: asyncio.Future[None] = self._fibers.loop.create_future()
        self._writer: asyncio.StreamWriter

    def serve(self) -> None:
        """Carry out orders until the pool closes the channel.

        Raises Playwright's ``TargetClosedError`` when the driver dies before.
        """
        listening = self._fibers.loop.create_task(self._listen())
        try:
            self._fibers.wait(self._stopped)
        finally:
            listening.cancel()
        self._browsers.close()

    async def _listen(self) -> None:
        reader, self._writer = await asyncio.open_connection(sock=self._channel, limit=LINE_LIMIT)
        try:
            while line := await reader.readline():
                message = decode(line)
                match message["kind"]:
                    case "setup":
                        self._set_up(message)
                        self._send("ready")
                    case "run":
                        self._start(message)
        except ConnectionError:
            pass  # the monitor is gone: the same as the end of its orders
        except Exception as exc:
            self._stopped.set_exception(exc)
            return
        self._stopped.set_result(None)

    def _set_up(self, message: dict[str, Any]) -> None:
        root = Path(message["root"])
        specs = [BrowserSpec.from_json(spec) for spec in message["browsers"]]
        self._browsers = WarmBrowsers(
            self._playwright, self._fibers, specs, headed=message["headed"]
        )
        self._problem: str | None = None
        self._checks: dict[str, project.CheckFunction] = {}
        says: tuple[Any, ...] = ()
        try:
            here = project.activate(root)
            self._checks = project.load_checks(root)
            says = project.portal_says(here)
        except ConfigError as exc:
            self._problem = str(exc)
        self._on = Surroundings(
            fibers=self._fibers,
            ledger=CodeLedger(Path(message["ledger"])),
            evidence=Path(message["evidence"]),
            portal_says=says,
        )
        expect.set_options(timeout=message["expect_timeout"] * 1000)
        self._watchdog = Watchdog(
            limit=message["stall"],
            folder=Path(tempfile.gettempdir()),
            root=root,
            runs_in=Worker._carry_out.__code__,
        )
        self._watchdog.start()
        self._beat()
        # What is loaded now lives as long as the process: keep it out of every collection.
        gc.collect()
        gc.freeze()

    def _beat(self) -> None:
        self._watchdog.beat()
        self._fibers.loop.call_later(BEAT_EVERY, self._beat)

    def _start(self, message: dict[str, Any]) -> None:
        order = Order.from_json(message["order"])
        account = Account.from_order(message["account"]) if message["account"] else None
        self._fibers.start(lambda: self._lane(order, account))

    def _lane(self, order: Order, account: Account | None) -> None:
        try:
            attempts = self._carry_out(order, account, order.run_id)
        except Exception as exc:  # a fault of the engine itself, told as such
            text = "".join(traceback.format_exception(exc))
            attempts = (_fault(order, Cause.SCRIPT_ERROR, f"{type(exc).__name__}: {exc}", text),)
        self._send(
            "done",
            run_id=order.run_id,
            attempts=[attempt.to_json() for attempt in attempts],
            browser=self._browsers.info(order.browser).to_json(),
        )

    def _carry_out(self, order: Order, account: Account | None, run_id: str) -> tuple[Attempt, ...]:
        # The watchdog looks for this very function, and for run_id in it.
        if self._problem is not None:
            return (_fault(order, Cause.SCRIPT_ERROR, self._problem),)
        if order.check not in self._checks:
            return (_fault(order, Cause.CONFIG_ERROR, f"there is no check {order.check}"),)
        return run(
            order,
            self._checks[order.check].function,
            account,
            lambda: self._browsers.open_context(order.browser, base_url=order.base_url),
            self._on,
        )

    def _send(self, kind: str, **fields: Any) -> None:
        self._writer.write(encode(kind, **fields))


def _fault(order: Order, cause: Cause, message: str, detail: str = "") -> Attempt:
    return Attempt(
        outcome=cause.outcome,
        cause=cause,
        message=message.splitlines()[0],
        started_at=order.scheduled_at,
        seconds=0.0,
        detail=detail or message,
    )


def main() -> None:
    """Serve the pool on the socket that the one argument numbers."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    # What a flow prints belongs beside our log, never between results.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    code = 0
    try:
        with sync_playwright() as playwright:
            Worker(playwright, channel).serve()
    except Exception as exc:
        # The driver is gone, and every journey with it: a new process is the sound way on.
        print(f"portalwatch worker: {type(exc).__name__}: {exc}", file=sys.stderr)
        code = EXIT_DRIVER_GONE
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)
    sys.stderr.flush()
    os._exit(code)  # greenlets of unfinished journeys would be unwound one by one


if __name__ == "__main__":
    main()
