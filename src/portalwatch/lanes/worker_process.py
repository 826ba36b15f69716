"""One worker process as the pool sees it: started, given errands, ended with all it started."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from portalwatch.lanes import processes
from portalwatch.lanes.errands import Done, Errand, Lost
from portalwatch.lanes.wire import LINE_LIMIT, STUCK_FILE, WorkerSettings, decode, encode
from portalwatch.lanes.worker_end import WorkerEnd, end_of
from portalwatch.model import Attempt, BrowserInfo, Cause

log = logging.getLogger(__name__)

READY_SECONDS = 60.0  # for a worker to start its driver on a busy machine
GRACE_SECONDS = 4.5  # after a deadline, for the worker to say what it saw
STOP_SECONDS = 10.0  # for browsers to close in good order
# What Node takes by itself grows with the machine's memory. Measured with 8 lanes: 119 MB
# for the driver instead of 189, for no more CPU.
DRIVER_MEMORY = "--max-semi-space-size=2 --max-old-space-size=512"  # MB


@dataclass(slots=True)
class _Sent:
    """An errand under way, and the alarm for its deadline."""

    errand: Errand
    began: float
    alarm: asyncio.TimerHandle


class WorkerProcess:
    """A worker, from the start of its process to the removal of its last remains.

    ``name`` is what records call it: a worker's successor has the same. Its descendants
    carry ``mark``, its temporary files are in a folder in ``base``. ``on_change`` is called
    whenever it begins or ceases to take errands, when a lane of it got free, and when it has
    ended. Raises ``OSError`` where it cannot be started.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        *,
        name: str,
        lanes: int,
        mark: str,
        base: Path,
        on_change: Callable[[WorkerProcess], None],
    ) -> None:
        self.name = name
        self.lanes = lanes
        self.answered = 0  # errands that it gave an answer to
        self.end: WorkerEnd | None = None  # why it ends, or has ended
        self.ended = False
        self.leaving = asyncio.Event()  # set once it takes no more errands
        self._detail = ""
        self._killed = False  # by us
        self._mark = mark
        self._on_change = on_change
        self._sent: dict[str, _Sent] = {}
        self._blamed: dict[str, str] = {}  # runs that ended the worker, and what to say of them
        self._ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._writer: asyncio.StreamWriter | None = None
        self._started = time.monotonic()
        self._folder = Path(tempfile.mkdtemp(prefix="w-", dir=base))
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = _start(theirs, mark, self._folder, settings.withheld)
            except OSError:
                ours.close()
                shutil.rmtree(self._folder, ignore_errors=True)
                raise
        self.pid = self._process.pid
        self._life = asyncio.create_task(self._live(ours, settings))

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self._started

    @property
    def busy(self) -> int:
        """How many errands it is about."""
        return len(self._sent)

    @property
    def open(self) -> bool:
        """True while it takes errands."""
        return self._was_ready and not self.leaving.is_set()

    @property
    def free(self) -> int:
        """How many more errands it takes now."""
        return self.lanes - self.busy if self.open else 0

    @property
    def _was_ready(self) -> bool:
        return self._ready.done() and self._ready.result()

    async def ready(self) -> bool:
        """Wait until it takes errands. False where it ended before, or takes too long."""
        try:
            return await asyncio.wait_for(asyncio.shield(self._ready), READY_SECONDS)
        except TimeoutError:
            self.kill(WorkerEnd.NOT_READY, f"it was not ready within {READY_SECONDS:g} s")
            return False

    def begin(self, errand: Errand) -> None:
        """Set out on ``errand``; whatever happens, it is settled. Only for a worker with a
        free lane."""
        assert self._writer is not None
        order, account = errand.order, errand.account
        alarm = asyncio.get_running_loop().call_later(
            order.deadline + GRACE_SECONDS, self._ring, order.run_id, order.deadline
        )
        self._sent[order.run_id] = _Sent(errand, time.time(), alarm)
        secret = account.to_order() if account else None
        self._writer.write(encode("run", order=order.to_json(), account=secret))

    def retire(self, end: WorkerEnd) -> None:
        """Take no more errands; end once those under way are done."""
        self._leave(end)
        if not self._sent:
            self._hang_up()

    def stop(self) -> None:
        """End in good order, with ``STOP_SECONDS`` for it, whatever is under way."""
        self._leave(WorkerEnd.STOPPED)
        self._hang_up()

    def kill(self, end: WorkerEnd, detail: str = "") -> None:
        """End it and everything it started, at once."""
        if self.end is None or self.end.wanted:
            self.end, self._detail = end, detail
        self._close_doors()
        self._killed = True
        self._process.kill()
        self._hang_up()

    async def gone(self) -> None:
        """Wait until nothing of it is left."""
        await asyncio.shield(self._life)

    def __str__(self) -> str:
        return f"worker {self.pid}"

    # Its life.

    async def _live(self, channel: socket.socket, settings: WorkerSettings) -> None:
        try:
            await self._converse(channel, settings)
        except Exception as exc:  # whatever the channel brings, the end below must come
            log.warning("%s: %s: %s", self, type(exc).__name__, exc)
        finally:
            self._close_doors()
            self._hang_up()
        try:
            await self._see_out()
        finally:
            self._settle_all()
            self.ended = True
            log.info("%s ended (%s)", self, ", ".join(filter(None, [self.end, self._detail])))
            self._on_change(self)

    async def _converse(self, channel: socket.socket, settings: WorkerSettings) -> None:
        reader, writer = await asyncio.open_connection(sock=channel, limit=LINE_LIMIT)
        self._writer = writer
        if self.leaving.is_set():
            return  # let go before it had begun
        writer.write(encode("setup", **settings.to_json()))
        while line := await reader.readline():
            message = decode(line)
            if message["kind"] == "ready":
                if not self._ready.done():
                    self._ready.set_result(True)
            else:
                self._take_answer(message)
            self._on_change(self)

    def _take_answer(self, message: dict[str, Any]) -> None:
        told = (Attempt.from_json(attempt) for attempt in message["attempts"])
        attempts = tuple(replace(attempt, worker=self.name) for attempt in told)
        answer = Done(attempts, BrowserInfo.from_json(message["browser"]))
        # Only now: a run whose answer cannot be read is still owed a verdict.
        sent = self._sent.pop(message["run_id"])
        sent.alarm.cancel()
        self.answered += 1
        sent.errand.settle(answer)
        if self.leaving.is_set() and not self._sent:
            self._hang_up()

    # Its end.

    async def _see_out(self) -> None:
        """Until neither a process nor a file of it is left."""
        code = await asyncio.to_thread(self._wait)
        if note := _stuck_note(self._folder):
            self.end = WorkerEnd.STUCK
            self._blame_stuck(note)
        elif self.end is None or (code and not self._killed):
            self.end, self._detail = end_of(code)
        await asyncio.to_thread(processes.kill, self._mark)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self) -> int:
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _leave(self, end: WorkerEnd) -> None:
        self.end = self.end or end
        self._close_doors()

    def _close_doors(self) -> None:
        self.leaving.set()
        if not self._ready.done():
            self._ready.set_result(False)

    def _hang_up(self) -> None:
        """Close our side: the worker ends, and so does the conversation."""
        if self._writer is not None:
            self._writer.close()

    def _ring(self, run_id: str, deadline: float) -> None:
        self._blamed[run_id] = f"no answer at its deadline of {deadline:g} s: its worker was killed"
        self.kill(WorkerEnd.DEADLINE, f"run {run_id} gave no answer")

    def _blame_stuck(self, note: dict[str, Any]) -> None:
        log.warning("%s was stuck:\n%s", self, note.get("stack"))
        self._detail = f"in run {note.get('run_id')}"
        place = f" at {note['where']}" if note.get("where") else ""
        self._blamed[str(note.get("run_id"))] = (
            f"the check held its worker without yielding{place}: its worker was killed"
        )

    def _settle_all(self) -> None:
        culprit_known = any(run_id in self._blamed for run_id in self._sent)
        for run_id, sent in self._sent.items():
            sent.alarm.cancel()
            if blame := self._blamed.get(run_id):
                attempt = Attempt.without_journey(Cause.DEADLINE_KILLED, blame, sent.began)
                sent.errand.settle(Lost(attempt, final=True))
            else:
                message = f"its worker ended: {self._detail or self.end}"
                attempt = Attempt.without_journey(Cause.WORKER_CRASHED, message, sent.began)
                sent.errand.settle(Lost(attempt, suspect=not culprit_known))
        self._sent.clear()


def _start(
    channel: socket.socket, mark: str, folder: Path, withheld: Collection[str]
) -> subprocess.Popen[bytes]:
    # Not through asyncio: its child watcher would contend with the reaping of orphans.
    return subprocess.Popen(
        # -P: a file of the working directory must not stand in for a module of ours.
        [
            *(sys.executable, "-P", "-m", "portalwatch.lanes.worker"),
            *(str(channel.fileno()), str(folder)),
        ],
        stdin=subprocess.DEVNULL,
        pass_fds=[channel.fileno()],
        start_new_session=True,
        env={
            **{name: value for name, value in os.environ.items() if name not in withheld},
            processes.MARK: mark,
            "TMPDIR": str(folder),
            "NODE_OPTIONS": f"{DRIVER_MEMORY} {os.environ.get('NODE_OPTIONS', '')}",
        },
    )


def _stuck_note(folder: Path) -> dict[str, Any] | None:
    """What the worker's watchdog wrote down before it ended the worker, if it did."""
    try:
        note: dict[str, Any] = json.loads((folder / STUCK_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return note
