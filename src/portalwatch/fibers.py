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
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any, TypeVar

import greenlet
from playwright._impl._greenlets import wait_for_future

from portalwatch.errors import Deadline

_STRIKE_AGAIN = 0.5  # seconds

T = TypeVar("T")
D = TypeVar("D")


class OutOfTime(BaseException):
    """Thrown into a call that ``Fibers.bounded`` has given up on."""


class DeadlineTimer:
    """Throws ``Deadline`` into a journey whose time is over, and only into the journey.

    What is done about it afterwards, the verdict and its evidence, has limits of its
    own and must not be torn apart by the same deadline.
    """

    def __init__(
        self, fiber: greenlet.greenlet, loop: asyncio.AbstractEventLoop, seconds: float
    ) -> None:
        self._fiber = fiber
        self._loop = loop
        self._end = loop.time() + seconds
        self._over = f"the run's deadline of {seconds:g} s was over"
        self._allowed = False
        self._handle = loop.call_at(self._end, self._strike)

    @property
    def left(self) -> float:
        """Seconds until the time is over; negative after that."""
        return self._end - self._loop.time()

    @contextmanager
    def may_strike(self) -> Iterator[None]:
        """The part that the deadline may end; raises ``Deadline`` at once where it is over."""
        if self.left <= 0:
            raise Deadline(self._over)
        self._allowed = True
        try:
            yield
        finally:
            self._allowed = False

    def end_after(self, seconds: float, problem: Exception) -> asyncio.TimerHandle:
        """Throw ``problem`` once, if the part that may be ended goes on for ``seconds`` more."""
        return self._loop.call_later(seconds, self._throw, problem)

    def cancel(self) -> None:
        """Never strike again."""
        self._handle.cancel()

    def _strike(self) -> None:
        # Again and again, for the journey's own clean-up may hang on the same page. Set up
        # before the throw, which returns only when the journey waits for the next thing.
        self._handle = self._loop.call_later(_STRIKE_AGAIN, self._strike)
        self._throw(Deadline(self._over))

    def _throw(self, problem: BaseException) -> None:
        if self._allowed:
            self._fiber.throw(problem)


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

    def in_thread(self, thread: Executor, function: Callable[[], T]) -> T:
        """``function()``, which may block, in ``thread`` while other greenlets go on.

        Where this greenlet is thrown out of the wait, ``function`` still comes to its end.
        """
        return self.wait(self.loop.run_in_executor(thread, function))

    def pause(self, seconds: float) -> None:
        """Let the other greenlets run for ``seconds``."""
        future: asyncio.Future[None] = self.loop.create_future()
        timer = self.loop.call_later(seconds, _settle, future)
        try:
            self.wait(future)
        finally:
            timer.cancel()

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[DeadlineTimer]:
        """A timer that ends the journey of this greenlet after ``seconds``; see there."""
        timer = DeadlineTimer(greenlet.getcurrent(), self.loop, seconds)
        try:
            yield timer
        finally:
            timer.cancel()

    def bounded(self, seconds: float, function: Callable[[], T]) -> T:
        """``function()``, given up after ``seconds`` by ``OutOfTime``.

        For calls without a time limit of their own: ``evaluate`` and ``title`` never
        return from a page whose script does not end.
        """
        return self._until(OutOfTime(f"no answer within {seconds:g} s"), seconds, function)

    def ask(self, seconds: float, function: Callable[[], T], otherwise: D) -> T | D:
        """``function()``, or ``otherwise`` where it raises or takes over ``seconds``.

        For what is good to know of a browser that may be dying, and not worth an error.
        """
        signal = OutOfTime()
        try:
            return self._until(signal, seconds, function)
        except Exception:
            return otherwise
        except OutOfTime as exc:
            if exc is not signal:
                raise  # the limit of a call around this one
            return otherwise

    def _until(self, signal: OutOfTime, seconds: float, function: Callable[[], T]) -> T:
        timer = self.loop.call_later(seconds, greenlet.getcurrent().throw, signal)
        try:
            return function()
        finally:
            timer.cancel()


class Patience:
    """How long, in all, questions may be asked of a browser that may be dying."""

    def __init__(self, fibers: Fibers, seconds: float) -> None:
        self.fibers = fibers
        self._end = fibers.loop.time() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, never negative."""
        return max(0.0, self._end - self.fibers.loop.time())

    def bounded(self, seconds: float, function: Callable[[], T]) -> T:
        """``Fibers.bounded`` within what is left; ``OutOfTime`` at once where nothing is."""
        if not self.left:
            raise OutOfTime("no patience is left")
        return self.fibers.bounded(min(seconds, self.left), function)

    def ask(self, seconds: float, function: Callable[[], T], otherwise: D) -> T | D:
        """``Fibers.ask`` within what is left; ``otherwise`` at once where nothing is."""
        if not self.left:
            return otherwise
        return self.fibers.ask(min(seconds, self.left), function, otherwise)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
