"""The worker process: one Playwright driver, warm browsers, and journeys in greenlets.

Started by the pool as ``python -m portalwatch.lanes.worker FD FOLDER``; it reads orders
from the socket of that number, ends when the socket does, and removes the folder of its
temporary files. Everything heavy that only the monitor needs (web, store, configuration)
stays out of this process.
"""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, expect, sync_playwright

from portalwatch import project
from portalwatch.account import Account
from portalwatch.attempt_budget import AttemptBudget
from portalwatch.code_ledger import CodeLedger
from portalwatch.errors import ConfigError
from portalwatch.fibers import Fibers
from portalwatch.lanes.instance import leave_nothing
from portalwatch.lanes.warm import WarmBrowsers
from portalwatch.lanes.watchdog import Watchdog
from portalwatch.lanes.wire import (
    EXIT_DRIVER_GONE,
    EXIT_FAULT,
    LINE_LIMIT,
    WorkerSettings,
    decode,
    encode,
)
from portalwatch.model import Attempt, Cause, Outcome
from portalwatch.order import Order
from portalwatch.runner import Surroundings, run
from portalwatch.secret_fields import teach_origins
from portalwatch.sign_in_states import SignInStates

BEAT_EVERY = 0.25  # seconds
SETTLE_SECONDS = 0.2  # for the death of the driver to be noticed


class DriverHangs(Exception):
    """Playwright's driver does not answer any more."""


class Stage:
    """What every journey of the process stands on, made of the pool's settings.

    A project whose checks cannot be imported is told in the verdict of each run.
    """

    def __init__(self, settings: WorkerSettings, fibers: Fibers, browsers: WarmBrowsers) -> None:
        self.browsers = browsers
        self._problem: ConfigError | None = None
        self._checks: dict[str, project.CheckFunction] = {}
        says: tuple[Any, ...] = ()
        restore = None
        try:
            here = project.activate(Path(settings.root))
            self._checks = project.load_checks(here.root)
            says = project.portal_says(here)
            restore = project.account_restorer(here)
        except ConfigError as exc:
            self._problem = exc
        self._on = Surroundings(
            fibers=fibers,
            ledger=CodeLedger(Path(settings.ledger)),
            budget=AttemptBudget(Path(settings.budget)),
            sign_ins=SignInStates(Path(settings.sign_ins)),
            evidence=Path(settings.evidence),
            quarantine=Path(settings.quarantine),
            root=Path(settings.root),
            portal_says=says,
            changes=Path(settings.changes),
            restore=restore,
            allowed_hosts=frozenset(settings.allowed_hosts),
        )
        expect.set_options(timeout=settings.expect_timeout * 1000)
        # Outside pytest a soft expectation that fails raises RuntimeError, and the portal's
        # failure would be the script's. The list it is kept in is one for all lanes.
        type(expect).soft = type(expect).__call__  # type: ignore[method-assign]

    def carry_out(self, order: Order, account: Account | None, run_id: str) -> tuple[Attempt, ...]:
        """The attempts at ``order``; raises only for a fault of the engine itself."""
        # The watchdog looks for this very function, and for run_id in it.
        if self._problem is not None:
            return (_fault(Cause.SCRIPT_ERROR, str(self._problem)),)
        if order.check not in self._checks:
            return (_fault(Cause.CONFIG_ERROR, f"there is no check {order.check}"),)
        return run(
            order,
            self._checks[order.check].function,
            account,
            lambda: self.browsers.open_context(order.browser, base_url=order.base_url),
            self._on,
        )


class Worker:
    """The process's side of the conversation with the pool."""

    def __init__(self, playwright: Playwright, channel: socket.socket, folder: Path) -> None:
        self._playwright = playwright
        self._channel = channel
        self._folder = folder
        self._fibers = Fibers(playwright)
        self._ended: asyncio.Future[None] = self._fibers.loop.create_future()
        self._stage: Stage | None = None
        self._writer: asyncio.StreamWriter

    def serve(self) -> None:
        """Carry out orders until the pool closes the channel.

        Raises whatever ends the process's work: Playwright's ``TargetClosedError`` when
        the driver has died, ``DriverHangs``, or a fault of this program.
        """
        listening = self._fibers.loop.create_task(self._listen())
        try:
            self._fibers.wait(self._ended)
        finally:
            listening.cancel()
        if self._stage is not None:
            self._stage.browsers.close()

    async def _listen(self) -> None:
        try:
            reader, self._writer = await asyncio.open_connection(
                sock=self._channel, limit=LINE_LIMIT
            )
            while line := await reader.readline():
                message = decode(line)
                if message["kind"] == "setup":
                    self._set_up(WorkerSettings.from_json(message))
                    self._send("ready")
                else:
                    self._start(message)
        except ConnectionError:
            pass  # the monitor is gone: the same as the end of its orders
        except Exception as exc:
            self._end(exc)
        self._end()

    def _end(self, problem: Exception | None = None) -> None:
        if self._ended.done():
            return
        if problem is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(problem)

    def _set_up(self, settings: WorkerSettings) -> None:
        browsers = WarmBrowsers(
            self._playwright,
            self._fibers,
            settings.browsers,
            headed=settings.headed,
            driver_hangs=lambda: self._end(DriverHangs()),
        )
        self._stage = Stage(settings, self._fibers, browsers)
        self._watchdog = Watchdog(
            limit=settings.stall,
            folder=self._folder,
            root=Path(settings.root),
            runs_in=Stage.carry_out.__code__,
        )
        self._beat()
        self._watchdog.start()
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
        assert self._stage is not None
        try:
            attempts = self._stage.carry_out(order, account, order.run_id)
            told = [attempt.to_json() for attempt in attempts]
            encode("done", attempts=told)  # what a check has left in its record may be no JSON
        except BaseException as exc:  # a fault of the engine itself, told as such
            text = "".join(traceback.format_exception(exc))
            fault = _fault(Cause.ENGINE_FAULT, f"{type(exc).__name__}: {exc}", text)
            attempts, told = (fault,), [fault.to_json()]
        if attempts[-1].outcome is not Outcome.PASS:
            # Where the driver has died, so does this process while this greenlet waits: what
            # came of that is no verdict, and the pool has the run done again.
            self._fibers.pause(SETTLE_SECONDS)
        self._send(
            "done",
            run_id=order.run_id,
            attempts=told,
            browser=self._stage.browsers.info(order.browser).to_json(),
        )

    def _send(self, kind: str, **fields: Any) -> None:
        self._writer.write(encode(kind, **fields))


def _fault(cause: Cause, message: str, detail: str = "") -> Attempt:
    line = message.splitlines()[0]
    return Attempt.without_journey(cause, line, time.time(), detail=detail or message)


def main() -> None:
    """Serve the pool on the socket that the first argument numbers."""
    channel, folder = socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])
    monitor = os.getppid()
    # What a flow prints belongs beside our log, never between results.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    code = _serve(channel, folder)
    if os.getppid() == monitor:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        leave_nothing(folder)
    sys.stderr.flush()
    # Neither is Playwright stopped, which a hanging driver would not let end, nor is any
    # greenlet of an unfinished journey unwound. The pool ends whatever is left.
    os._exit(code)


def _serve(channel: socket.socket, folder: Path) -> int:
    playwright = sync_playwright().start()
    teach_origins(playwright)
    try:
        Worker(playwright, channel, folder).serve()
    except Exception as exc:
        if isinstance(exc, DriverHangs) or not Fibers(playwright).alive:
            # With it every journey is gone: a new process is the sound way on.
            print(f"portalwatch worker: the driver is gone: {exc!r}", file=sys.stderr)
            return EXIT_DRIVER_GONE
        traceback.print_exc()
        return EXIT_FAULT
    return 0


if __name__ == "__main__":
    main()
