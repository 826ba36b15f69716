"""One worker process as the pool sees it: started, given orders, ended with all it started."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import socket
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from portalwatch.account import Account
from portalwatch.browsers import BrowserSpec
from portalwatch.lanes import processes
from portalwatch.lanes.wire import EXIT_DRIVER_GONE, LINE_LIMIT, STUCK_FILE, decode, encode
from portalwatch.model import Attempt, BrowserInfo, Cause, Record
from portalwatch.runner import Order

log = logging.getLogger(__name__)

READY_SECONDS = 30.0  # for a worker to start its driver on a busy machine
GRACE_SECONDS = 4.5  # after a deadline, for the worker to say what it saw
STOP_SECONDS = 10.0  # for browsers to close in good order


@dataclass(frozen=True, slots=True)
class WorkerSettings(Record):
    """What a worker needs to know before its first order."""

    root: str  # the project's root folder
    evidence: str  # the folder for evidence
    ledger: str  # the file of used one-time codes
    browsers: tuple[BrowserSpec, ...]
    expect_timeout: float = 10.0  # seconds of one expectation
    stall: float = 10.0  # seconds that a flow may hold the worker without yielding
    headed: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """The worker's answer to an order."""

    attempts: tuple[Attempt, ...]
    browser: BrowserInfo


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker ended without an answer. ``to_blame``: through this very run."""

    reason: str
    began: float
    to_blame: bool = False

    def attempt(self, cause: Cause) -> Attempt:
        """The record of the attempt that was lost."""
        return Attempt(
            outcome=cause.outcome,
            cause=cause,
            message=self.reason,
            started_at=self.began,
            seconds=max(0.0, time.time() - self.began),
        )


@dataclass(slots=True)
class _Errand:
    began: float
    answer: asyncio.Future[Done | Lost]


class WorkerProcess:
    """A running worker; make one with ``start``."""

    def __init__(
        self, process: asyncio.subprocess.Process, channel: socket.socket, mark: str, folder: Path
    ) -> None:
        self.pid = process.pid
        self.runs_done = 0
        self.retiring = False
        self.end_reason = ""
        self._process = process
        self._channel = channel
        self._mark = mark
        self._folder = folder
        self._started = time.monotonic()
        self._errands: dict[str, _Errand] = {}
        self._overdue: dict[str, str] = {}
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._writer: asyncio.StreamWriter | None = None
        self._life = asyncio.create_task(self._live())

    @classmethod
    async def start(cls, settings: WorkerSettings, *, mark: str, base: Path) -> WorkerProcess:
        """Start a worker whose descendants carry ``mark``, with a temporary folder in ``base``."""
        folder = Path(tempfile.mkdtemp(prefix="w-", dir=base))
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "portalwatch.lanes.worker",
                str(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**os.environ, processes.MARK: mark, "TMPDIR": str(folder)},
            )
        ours.setblocking(False)
        worker = cls(process, ours, mark, folder)
        worker._first = encode("setup", **settings.to_json())
        return worker

    _first: bytes = b""

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self._started

    @property
    def busy(self) -> int:
        """How many runs it is carrying out."""
        return len(self._errands)

    @property
    def open(self) -> bool:
        """True while it takes orders."""
        return self._writer is not None and not self.retiring and not self.end_reason

    async def ready(self) -> bool:
        """Wait until it takes orders; False where it ended before, or takes too long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._ready), READY_SECONDS)
            return not self.end_reason
        await self.kill("it did not get ready in time")
        return False

    async def carry_out(self, order: Order, account: Account | None) -> Done | Lost:
        """Send ``order`` and wait for the answer, or for the end of the worker."""
        began = time.time()
        if self._writer is None or self.end_reason:
            return Lost(self.end_reason or "the worker was not ready", began)
        loop = asyncio.get_running_loop()
        errand = self._errands[order.run_id] = _Errand(began, loop.create_future())
        limit = order.deadline + GRACE_SECONDS
        overdue = loop.call_later(limit, self._on_overdue, order.run_id, order.deadline)
        fields = {"order": order.to_json(), "account": account.to_order() if account else None}
        self._writer.write(encode("run", **fields))
        try:
            return await errand.answer
        finally:
            overdue.cancel()
            self._errands.pop(order.run_id, None)
            self.runs_done += 1
            self._leave_if_idle()

    def retire(self, reason: str) -> None:
        """Take no more orders; end once the runs under way are done."""
        self.retiring = True
        self.end_reason = self.end_reason or reason
        self._leave_if_idle()

    async def stop(self) -> None:
        """End in good order, or else by force."""
        self.retire("stopped")
        self._close_channel()
        try:
            await asyncio.wait_for(asyncio.shield(self._life), STOP_SECONDS)
        except TimeoutError:
            await self.kill("it did not stop in time")

    async def kill(self, reason: str) -> None:
        """End it and everything it started, at once."""
        self.end_reason = self.end_reason or reason
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await asyncio.to_thread(processes.kill, self._mark)
        await self._life

    async def ended(self) -> None:
        """Wait until nothing of it is left."""
        await asyncio.shield(self._life)

    def _on_overdue(self, run_id: str, deadline: float) -> None:
        self._overdue[run_id] = (
            f"no answer at its deadline of {deadline:g} s: its worker was killed"
        )
        self._kill_task = asyncio.create_task(self.kill("a run did not end at its deadline"))

    async def _live(self) -> None:
        """From the first message to the removal of the last remains."""
        try:
            await self._converse()
        except (OSError, ValueError) as exc:
            log.warning("worker %d: %s", self.pid, exc)
        if self._writer is not None:
            self._writer.close()
        try:
            code = await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            code = await self._process.wait()
        self.end_reason = self.end_reason or _reason_of(code)
        await asyncio.to_thread(processes.kill, self._mark)
        self._settle_errands(self._stuck_note())
        shutil.rmtree(self._folder, ignore_errors=True)
        if not self._ready.done():
            self._ready.set_result(None)

    async def _converse(self) -> None:
        reader, writer = await asyncio.open_connection(sock=self._channel, limit=LINE_LIMIT)
        writer.write(self._first)
        while line := await reader.readline():
            message = decode(line)
            if message["kind"] == "ready":
                self._writer = writer
                self._ready.set_result(None)
            elif errand := self._errands.get(message["run_id"]):
                attempts = tuple(Attempt.from_json(a) for a in message["attempts"])
                done = Done(attempts, BrowserInfo.from_json(message["browser"]))
                if not errand.answer.done():
                    errand.answer.set_result(done)

    def _stuck_note(self) -> dict[str, str | None]:
        """What the worker's watchdog wrote down before it ended the worker, if it did."""
        try:
            note = json.loads((self._folder / STUCK_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        log.warning("worker %d was stuck:\n%s", self.pid, note.get("stack"))
        return dict(note)

    def _settle_errands(self, stuck: dict[str, str | None]) -> None:
        if stuck.get("run_id"):
            self.end_reason = "stuck"
            place = f" at {stuck['where']}" if stuck.get("where") else ""
            self._overdue[str(stuck["run_id"])] = (
                f"the check held its worker without yielding{place}: its worker was killed"
            )
        for run_id, errand in self._errands.items():
            blame = self._overdue.get(run_id)
            lost = Lost(
                blame or f"its worker died: {self.end_reason}", errand.began, blame is not None
            )
            if not errand.answer.done():
                errand.answer.set_result(lost)

    def _leave_if_idle(self) -> None:
        if self.retiring and not self._errands:
            self._close_channel()

    def _close_channel(self) -> None:
        if self._writer is not None:
            self._writer.close()
        else:
            self._channel.close()


def _reason_of(code: int) -> str:
    if code < 0:
        return f"killed by signal {-code}"
    if code == EXIT_DRIVER_GONE:
        return "its driver died"
    return f"exit code {code}"
