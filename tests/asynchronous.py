"""Asynchronous code under test beside a synchronous Playwright, which claims the main loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from playwright.sync_api import Playwright, sync_playwright

T = TypeVar("T")


def in_own_loop(work: Coroutine[Any, Any, T]) -> T:
    """The result of ``work``, run in a loop of its own in a thread of its own."""
    outcome: list[T] = []
    problem: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(asyncio.run(work))
        except BaseException as exc:
            problem.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if problem:
        raise problem[0]
    return outcome[0]


@contextmanager
def another_playwright() -> Iterator[Playwright]:
    """A driver of one's own beside the session's: for tests that kill it or move its files.

    Playwright refuses a second driver in a thread whose loop it has marked as running;
    while this one is in use, that mark is lifted.
    """
    marked = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        with sync_playwright() as playwright:
            yield playwright
    finally:
        asyncio._set_running_loop(marked)
