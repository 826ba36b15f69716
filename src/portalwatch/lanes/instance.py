"""One monitor at a time for a project, and nothing left behind by one that was killed."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from portalwatch.errors import OperatorError
from portalwatch.lanes import processes

LOCK_FILE = "monitor.lock"


def new_instance() -> str:
    """A name for one pool's owner: it marks all that the pool starts."""
    return secrets.token_hex(4)


def temporary_folder(instance: str) -> Path:
    """Where everything that ``instance`` starts keeps its temporary files."""
    return Path(tempfile.gettempdir()) / f"portalwatch-{instance}"


@contextmanager
def claim(var: Path) -> Iterator[str]:
    """Be the one monitor that works in ``var``; gives the new instance's name.

    What an earlier monitor left, had it been killed, is ended and removed first. Raises
    ``OperatorError`` while another monitor is at work there, or where ``var`` cannot be
    written.
    """
    try:
        var.mkdir(parents=True, exist_ok=True)
        lock = (var / LOCK_FILE).open("a+", encoding="utf-8")
    except OSError as exc:
        raise OperatorError(
            f"{var}: cannot be written: {exc.strerror} (give this user the right to write there)"
        ) from exc
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            pid = _last(lock).get("pid", "unknown")
            raise OperatorError(
                f"{var}: another monitor, process {pid}, is at work here (stop it first)"
            ) from exc
        if left := _last(lock).get("instance"):
            clear(str(left))
        instance = new_instance()
        _write(lock, {"pid": os.getpid(), "instance": instance})
        yield instance
        _write(lock, {})


def clear(instance: str) -> None:
    """End every process and remove every temporary file of ``instance``."""
    processes.kill(instance)
    shutil.rmtree(temporary_folder(instance), ignore_errors=True)


def leave_nothing(folder: Path) -> None:
    """End all that this worker has started and remove its ``folder``: for one without a monitor.

    The last worker of an instance takes the instance's own folder along.
    """
    processes.kill(os.environ.get(processes.MARK, "none"))
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):  # other workers' folders are still in it
        folder.parent.rmdir()


def _last(lock: IO[str]) -> dict[str, object]:
    lock.seek(0)
    try:
        content = json.loads(lock.read() or "{}")
    except ValueError:
        return {}  # killed while writing, before it had started anything
    return content if isinstance(content, dict) else {}


def _write(lock: IO[str], content: dict[str, object]) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(json.dumps(content))
    lock.flush()
