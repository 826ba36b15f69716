"""Everything that a worker has started: found, weighed, and ended without remains.

Browsers detach into sessions of their own, and Firefox outlives its driver, so
neither the process group nor the chain of parents is enough. Every worker carries a
mark in its environment, which all its descendants inherit; the sessions in which
marked processes are found are its own as well, for Chromium's children overwrite
the memory that their environment is read from.

Linux only are the adoption of orphans and PSS. Elsewhere init reaps the orphans, and
a worker is not recycled for its memory.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import signal
import sys
import time
from collections.abc import Collection

import psutil

MARK = "PORTALWATCH_WORKER"  # the environment variable that marks a worker's descendants
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_GONE_SECONDS = 5.0
_LOOK_EVERY = 0.01  # seconds; a killed process is gone within 60 ms, measured


def new_mark(instance: str) -> str:
    """A mark for one worker of the monitor ``instance``."""
    return f"{instance}.{secrets.token_hex(4)}"


def marked(mark: str) -> list[psutil.Process]:
    """The living processes that carry ``mark`` or one that begins with it and a dot.

    The calling process is never among them.
    """
    found: dict[int, psutil.Process] = {}
    sessions: set[int] = set()
    everything = [process for process in psutil.process_iter() if process.pid != os.getpid()]
    for process in everything:
        with contextlib.suppress(psutil.Error, OSError):
            value = process.environ().get(MARK, "")
            if value == mark or value.startswith(f"{mark}."):
                found[process.pid] = process
                sessions.add(os.getsid(process.pid))
    sessions.discard(os.getsid(0))
    for process in everything:
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(process.pid) in sessions:
                found[process.pid] = process
    return [process for process in found.values() if _living(process)]


def kill(mark: str) -> None:
    """End every process of ``mark`` at once, and wait until they have ended.

    No exit status is collected: whoever started a process has its own wait for it.
    """
    give_up = time.monotonic() + _GONE_SECONDS
    # A process may start another between the look and the blow: look until none is left.
    # One in an uninterruptible sleep is left to the kernel, which ends it when it can.
    while (doomed := marked(mark)) and time.monotonic() < give_up:
        for process in doomed:
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        while any(map(_living, doomed)) and time.monotonic() < give_up:
            time.sleep(_LOOK_EVERY)


def adopt_orphans() -> frozenset[int]:
    """Have orphaned descendants become this process's children, so that it can reap them.

    Gives the children that there are already: they are others' to reap.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return frozenset(child.pid for child in psutil.Process().children())


def reap_orphans(others: Collection[int]) -> int:
    """Collect the exit status of adopted children that have ended, so that none stays a zombie.

    ``others``: children whose exit status somebody else waits for. Those in this
    process's own session are left alone too: workers lead sessions of their own, so no
    descendant of theirs can be in it. Gives the number of adopted children that live.
    """
    own, living = os.getsid(0), 0
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error, OSError):
                if child.pid in others or os.getsid(child.pid) == own:
                    continue
                if os.waitpid(child.pid, os.WNOHANG) == (0, 0):
                    living += 1
    return living


def proportional_memory(pid: int) -> int:
    """PSS in bytes of ``pid`` and all its descendants (the sum of RSS overstates four times).

    0 where the system does not tell.
    """
    total = 0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += int(getattr(process.memory_full_info(), "pss", 0))
    return total


def _living(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
