"""Everything that a worker has started: found, weighed, and ended without remains.

Browsers detach into sessions of their own, and Firefox outlives its driver, so
neither the process group nor the chain of parents is enough. Every worker carries a
mark in its environment, which all its descendants inherit; the sessions in which
marked processes are found are its own as well, for Chromium's children overwrite
the memory that their environment is read from.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterable

import psutil

MARK = "PORTALWATCH_WORKER"  # the environment variable that marks a worker's descendants
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_GONE_SECONDS = 5.0


def new_mark(instance: str) -> str:
    """A mark for one worker of the monitor ``instance``."""
    return f"{instance}.{secrets.token_hex(4)}"


def adopt_orphans() -> None:
    """Have orphaned descendants become this process's children, so that it can reap them.

    Linux only; elsewhere init reaps them, and ``marked`` finds them all the same.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def marked(mark: str) -> list[psutil.Process]:
    """The living processes that carry ``mark`` or one that begins with it and a dot."""
    found: dict[int, psutil.Process] = {}
    sessions: set[int] = set()
    everything = list(psutil.process_iter())
    own = os.getsid(0)
    for process in everything:
        with contextlib.suppress(psutil.Error, OSError):
            value = process.environ().get(MARK, "")
            if (value == mark or value.startswith(f"{mark}.")) and process.pid != os.getpid():
                found[process.pid] = process
                sessions.add(os.getsid(process.pid))
    sessions.discard(own)
    for process in everything:
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(process.pid) in sessions:
                found[process.pid] = process
    return [p for p in found.values() if _living(p)]


def kill(mark: str) -> int:
    """End every process of ``mark`` at once and wait until they are gone; their number."""
    ended = 0
    give_up = time.monotonic() + _GONE_SECONDS
    # A process may start another between the look and the blow: look until none is left.
    while processes := marked(mark):
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
                ended += 1
        psutil.wait_procs(processes, timeout=1.0)
        reap(processes)
        if time.monotonic() > give_up:
            break  # in an uninterruptible sleep: the kernel ends them when it can
    return ended


def reap(processes: Iterable[psutil.Process]) -> None:
    """Collect the exit status of those adopted children, so that none stays a zombie."""
    for process in processes:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process.pid, os.WNOHANG)


def reap_adopted(known: Iterable[int]) -> None:
    """Collect every dead child of this process but the ``known`` ones, whose owners wait."""
    keep = set(known)
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error, ChildProcessError):
                if child.pid not in keep and child.status() == psutil.STATUS_ZOMBIE:
                    os.waitpid(child.pid, os.WNOHANG)


def proportional_memory(pid: int) -> int:
    """PSS in bytes of ``pid`` and all its descendants (the sum of RSS overstates four times)."""
    total = 0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += int(process.memory_full_info().pss)
    return total


def _living(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
