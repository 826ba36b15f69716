"""Work in a thread that nobody has to wait for, not even the end of the program."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def in_daemon_thread(work: Callable[[], T]) -> Future[T]:
    """What ``work`` will give, or raise. The threads of an executor would be waited for."""
    future: Future[T] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(work())
        except BaseException as exc:  # also an exit, which would end this thread and no more
            future.set_exception(exc)

    threading.Thread(target=run, name=getattr(work, "__name__", None), daemon=True).start()
    return future
