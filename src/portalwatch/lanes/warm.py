"""The warm browsers of one worker: launched when first needed, again when they have died."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from playwright.sync_api import BrowserContext, Playwright

from portalwatch.browsers import BrowserSpec, RunningBrowser, find, launch
from portalwatch.errors import ConfigError
from portalwatch.fibers import Fibers, OutOfTime
from portalwatch.model import BrowserInfo

log = logging.getLogger(__name__)

LAUNCH_SECONDS = 45.0  # above Playwright's own limit: reached only where the driver hangs
DOUBT_SECONDS = 4.0  # that opening a context may take; measured: under 1 on a busy machine
ANSWER_SECONDS = 4.0  # for a browser in doubt to open and close a context
CLOSE_SECONDS = 3.0


class WarmBrowsers:
    """One running browser for each name, shared by all lanes of the worker.

    ``driver_hangs`` is called where the driver does not answer; no browser can be had then.
    """

    def __init__(
        self,
        playwright: Playwright,
        fibers: Fibers,
        specs: Iterable[BrowserSpec],
        *,
        headed: bool,
        driver_hangs: Callable[[], None],
    ) -> None:
        self._playwright = playwright
        self._fibers = fibers
        self._specs = {spec.name: spec for spec in specs}
        self._headed = headed
        self._driver_hangs = driver_hangs
        self._running: dict[str, RunningBrowser] = {}
        self._launches: dict[str, asyncio.Future[RunningBrowser]] = {}
        self._infos: dict[str, BrowserInfo] = {}
        self._closed = False
        self._doubted: set[int] = set()  # ids of the browsers under examination

    @contextlib.contextmanager
    def open_context(self, name: str, **options: Any) -> Iterator[BrowserContext]:
        """A fresh context in browser ``name``.

        Raises ``BrowserMissing`` where it is not installed, ``ConfigError`` where there is
        no such browser, and Playwright's ``Error`` where it does not start.
        """
        browser = self._get(name)
        with contextlib.ExitStack() as stack:
            try:
                context = stack.enter_context(self._open(browser, options))
            except Exception:
                if browser.alive:
                    raise
                # It died since its last use, which nobody could notice before: once more.
                browser = self._get(name)
                context = stack.enter_context(self._open(browser, options))
            yield context

    def info(self, name: str) -> BrowserInfo:
        """What ran under ``name``."""
        if name in self._infos:
            return self._infos[name]
        engine = self._specs[name].engine if name in self._specs else "unknown"
        return BrowserInfo.unknown(name, engine)

    def close(self) -> None:
        """End them all, and launch none any more; whatever a browser does not do is done to it."""
        self._closed = True
        for browser in list(self._running.values()):
            self._fibers.ask(CLOSE_SECONDS, browser.close, None)
            browser.kill()

    # Launching.

    def _get(self, name: str) -> RunningBrowser:
        running = self._running.get(name)
        if running is not None and running.alive:
            return running
        if self._closed:
            raise RuntimeError("the worker ends")  # in journeys that are cut off
        if name not in self._launches:
            # In a fiber of its own: lanes that want it together wait for one launch, and
            # the end of a run that had too little time for it does not end the launch.
            self._launches[name] = self._fibers.loop.create_future()
            self._fibers.start(lambda: self._launch(name))
        return self._fibers.wait(asyncio.shield(self._launches[name]))

    def _launch(self, name: str) -> None:
        try:
            browser = self._fibers.bounded(LAUNCH_SECONDS, lambda: self._start(name))
        except OutOfTime as exc:
            self._launches.pop(name).set_exception(TimeoutError(f"{name} did not start: {exc}"))
            self._driver_hangs()
        except Exception as exc:  # for the lanes that wait
            self._launches.pop(name).set_exception(exc)
        else:
            self._launches.pop(name).set_result(browser)

    def _start(self, name: str) -> RunningBrowser:
        if name not in self._specs:
            raise ConfigError(f"there is no browser {name} in the plan (add it to 'browsers')")
        if dead := self._running.pop(name, None):
            dead.kill()  # its remains: child processes, temporary profile
        found = find(self._specs[name], headed=self._headed)
        try:
            browser = launch(self._playwright, found)
        except Exception:
            self._infos.setdefault(name, found.info())
            raise
        self._running[name] = browser
        self._infos[name] = browser.info
        return browser

    # Doubting.

    @contextlib.contextmanager
    def _open(self, browser: RunningBrowser, options: dict[str, Any]) -> Iterator[BrowserContext]:
        """A context of ``browser``, which is examined if it takes too long to open or to close."""
        alarm = self._fibers.loop.call_later(DOUBT_SECONDS, self._doubt, browser)
        try:
            with browser.open_context(**options) as context:
                alarm.cancel()
                yield context
        except OutOfTime:
            self._doubt(browser)
            raise
        finally:
            alarm.cancel()

    def _doubt(self, browser: RunningBrowser) -> None:
        if id(browser) not in self._doubted:
            self._doubted.add(id(browser))
            self._fibers.start(lambda: self._examine(browser))

    def _examine(self, browser: RunningBrowser) -> None:
        """End ``browser`` if it answers no more: its process may live and yet stand still."""
        if not self._says_anything(browser):
            log.warning("a browser that does not answer is ended: %s", browser.info.name)
            browser.kill()
            # Of one that is gone the driver says so at once, unless it was the driver all along.
            if not self._says_anything(browser):
                self._driver_hangs()
        self._doubted.discard(id(browser))

    def _says_anything(self, browser: RunningBrowser) -> bool:
        try:
            self._fibers.bounded(ANSWER_SECONDS, lambda: _open_and_close(browser))
        except OutOfTime:
            return False
        except Exception:
            return True
        return True


def _open_and_close(browser: RunningBrowser) -> None:
    with browser.open_context():
        pass
