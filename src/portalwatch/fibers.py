"""Several synchronous journeys over one Playwright driver, each in a greenlet of its own.

The sync API hands control to its dispatcher greenlet while it waits. A second
journey in a greenlet whose parent is that dispatcher runs meanwhile, in the same
thread and over the same driver and browser: a fifth of the memory of processes
with a browser each. This is the one module that uses the two private attributes
of the sync API that make it possible, ``_loop`` and ``_dispatcher_fiber``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import greenlet
from playwright._impl._greenlets import wait_for_future

from portalwatch.errors import Deadline

_TIME_OVER = "the run's time was over"

T = TypeVar("T")
D = TypeVar("D")


class OutOfTime(BaseException):
    """Thrown into a call that ``Fibers.bounded`` has given up on."""


class DeadlineTimer:
    """Throws ``Deadline`` into a journey whose time is over, and only into the journey.

    What is done about it afterwards, the verdict and its evidence, has limits of its
    own and must not be torn apart by the same deadline.
    """

    def __init__(self, fiber: greenlet.greenlet) -> None:
        self._fiber = fiber
        self._allowed = False
        self._over = False

    @contextmanager
    def may_strike(self) -> Iterator[None]:
        """The part that the deadline may end; raises ``Deadline`` at once where it is over."""
        if self._over:
            raise Deadline(_TIME_OVER)
        self._allowed = True
        try:
            yield
        finally:
            self._allowed = False

    def strike(self) -> None:
        """The time is over. Called by the loop, while the greenlet waits."""
        self._over = True
        if self._allowed:
            self._fiber.throw(Deadline(_TIME_OVER))


class Fibers:
    """The greenlets over one ``sync_playwright``. ``source`` is any object of its sync API."""

    def __init__(self, source: Any) -> None:
        self.loop: asyncio.AbstractEventLoop = source._loop
        self._dispatcher: greenlet.greenlet = source._dispatcher_fiber

    @property
    def alive(self) -> bool:
        """False once the connection to the driver has ended."""
        return not self._dispatcher.dead

    def start(self, function: Callable[[], None]) -> greenlet.greenlet:
        """Run ``function`` in a new greenlet as soon as the loop is free.

        ``function`` must not raise: there is nobody to catch it.
        """
        fiber = greenlet.greenlet(function, parent=self._dispatcher)
        self.loop.call_soon(fiber.switch)
        return fiber

    def wait(self, future: asyncio.Future[T]) -> T:
        """Wait in this greenlet for ``future``, while the others go on.

        Raises Playwright's ``TargetClosedError`` when the driver ends meanwhile.
        """
        wait_for_future(self.loop, self._dispatcher, future)
        return future.result()

    def pause(self, seconds: float) -> None:
        """Let the other greenlets run for ``seconds``."""
        future: asyncio.Future[None] = self.loop.create_future()
        timer = self.loop.call_later(seconds, _settle, future)
        try:
            self.wait(future)
        finally:
            timer.cancel()

    def bounded(self, seconds: float, function: Callable[[], T]) -> T:
        """``function()``, given up after ``seconds`` by ``OutOfTime``.

        For calls without a time limit of their own: ``evaluate`` and ``title`` never
        return from a page whose script does not end.
        """
        fiber = greenlet.getcurrent()
        signal = OutOfTime(f"no answer within {seconds:g} s")
        timer = self.loop.call_later(seconds, fiber.throw, signal)
        try:
            return function()
        finally:
            timer.cancel()

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[DeadlineTimer]:
        """A timer that ends the journey of this greenlet after ``seconds``; see there."""
        timer = DeadlineTimer(greenlet.getcurrent())
        handle = self.loop.call_later(seconds, timer.strike)
        try:
            yield timer
        finally:
            handle.cancel()

    def ask(self, seconds: float, function: Callable[[], T], otherwise: D) -> T | D:
        """``function()``, or ``otherwise`` where it raises or takes over ``seconds``.

        For what is good to know of a browser that may be dying, and not worth an error.
        """
        try:
            return self.bounded(seconds, function)
        except (Exception, OutOfTime):
            return otherwise


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
