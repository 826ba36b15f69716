"""The warm browsers of one worker: launched when first needed, again when they have died."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from playwright.sync_api import BrowserContext, Playwright

from portalwatch.browsers import BrowserSpec, RunningBrowser, find, launch
from portalwatch.fibers import Fibers
from portalwatch.model import BrowserInfo


class WarmBrowsers:
    """One running browser for each name, shared by all lanes of the worker."""

    def __init__(
        self, playwright: Playwright, fibers: Fibers, specs: Iterable[BrowserSpec], *, headed: bool
    ) -> None:
        self._playwright = playwright
        self._fibers = fibers
        self._specs = {spec.name: spec for spec in specs}
        self._headed = headed
        self._running: dict[str, RunningBrowser] = {}
        self._launching: dict[str, asyncio.Future[None]] = {}
        self._infos: dict[str, BrowserInfo] = {}

    @contextlib.contextmanager
    def open_context(self, name: str, **options: Any) -> Iterator[BrowserContext]:
        """A fresh context in browser ``name``.

        Raises ``BrowserMissing`` where it is not installed, and Playwright's ``Error``
        where it does not start.
        """
        with contextlib.ExitStack() as stack:
            try:
                context = stack.enter_context(self._get(name).open_context(**options))
            except Exception:
                if self._running[name].alive:
                    raise
                # It died since its last use, which nobody could notice before: once more.
                context = stack.enter_context(self._get(name).open_context(**options))
            yield context

    def info(self, name: str) -> BrowserInfo:
        """What ran, or would have run, under ``name``."""
        if name in self._infos:
            return self._infos[name]
        return BrowserInfo(name, self._specs[name].engine, "unknown", "unknown", "unknown")

    def close(self) -> None:
        """End them all; whatever a browser does not do itself is done to it."""
        for browser in self._running.values():
            self._fibers.ask(3.0, browser.close, None)
            browser.kill()
        self._running.clear()

    def _get(self, name: str) -> RunningBrowser:
        # Lanes that find it missing together must not launch it together.
        while launching := self._launching.get(name):
            self._fibers.wait(asyncio.shield(launching))
        running = self._running.get(name)
        if running is not None and running.alive:
            return running
        self._launching[name] = self._fibers.loop.create_future()
        try:
            if running is not None:
                running.kill()  # its remains: child processes, temporary profile
            found = find(self._specs[name], headed=self._headed)
            self._infos[name] = found.info()
            self._running[name] = launch(self._playwright, found)
            self._infos[name] = self._running[name].info
            return self._running[name]
        finally:
            self._launching.pop(name).set_result(None)
