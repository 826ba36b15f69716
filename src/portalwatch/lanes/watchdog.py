"""The worker's thread that notices what its own loop cannot: a flow that never yields.

A busy loop, or a blocking call, in one flow stops every lane of the worker. The
loop beats; where it has not for ``limit`` seconds, this thread finds out which run
holds it and where, writes that down for the pool, and ends the worker.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from pathlib import Path
from types import CodeType, FrameType

from portalwatch.lanes.instance import leave_nothing
from portalwatch.lanes.wire import EXIT_ORPHANED, EXIT_STUCK, STUCK_FILE

LOOK_EVERY = 0.25  # seconds
ORPHAN_LOOKS = 4  # without a beat, after which a worker without its monitor is given up


class Watchdog:
    """Watches the thread that creates it.

    ``folder`` is where the note for the pool goes. ``root`` is the project's: in its
    files a stuck flow is looked for. ``runs_in`` is the code of the function every run
    passes through, whose local variable ``run_id`` tells which run a stack belongs to.
    """

    def __init__(self, *, limit: float, folder: Path, root: Path, runs_in: CodeType) -> None:
        self._limit = limit
        self._folder = folder
        self._root = root
        self._runs_in = runs_in
        self._watched = threading.get_ident()
        self._parent = os.getppid()
        self._looks = 0  # since the last beat

    def start(self) -> None:
        """Watch from now on, until the process ends."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def beat(self) -> None:
        """The loop is alive."""
        self._looks = 0

    def _watch(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(LOOK_EVERY)
            # Counted in looks, not by a clock: while the whole process stands still,
            # stopped or starved, no flow is to blame.
            self._looks += 1
            if self._looks * LOOK_EVERY > self._limit:
                self._write_down()
                os._exit(EXIT_STUCK)
            # With the loop stuck, nobody else notices that the monitor is gone.
            if self._looks > ORPHAN_LOOKS and os.getppid() != self._parent:
                leave_nothing(self._folder)
                os._exit(EXIT_ORPHANED)

    def _write_down(self) -> None:
        frame = sys._current_frames().get(self._watched)
        run_id, where = blame(frame, self._runs_in, self._root)
        note = {"run_id": run_id, "where": where, "stack": _stack(frame)}
        part = self._folder / f"{STUCK_FILE}.part"
        part.write_text(json.dumps(note), encoding="utf-8")
        part.replace(self._folder / STUCK_FILE)


def blame(frame: FrameType | None, runs_in: CodeType, root: Path) -> tuple[str | None, str | None]:
    """The run whose stack ``frame`` tops, and the innermost place in the project's files."""
    where = None
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if where is None and path.is_relative_to(root) and ".venv" not in path.parts:
            where = f"{path.relative_to(root)}:{frame.f_lineno}"
        if frame.f_code is runs_in:
            return frame.f_locals.get("run_id"), where
        frame = frame.f_back
    return None, where


def _stack(frame: FrameType | None) -> str:
    return "".join(traceback.format_stack(frame)) if frame else ""
