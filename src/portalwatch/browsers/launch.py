"""Start a found browser, open contexts in it, and end it whatever state it is in.

Two kinds of browser hide behind ``RunningBrowser``: those that Playwright launches,
which hold any number of contexts, and WebKitGTK's MiniBrowser, which is one process
per context (``minibrowser``).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from portalwatch.browsers.minibrowser import MiniBrowsers
from portalwatch.browsers.process import BrowserProcess, find_process
from portalwatch.browsers.spec import FoundBrowser
from portalwatch.errors import OperatorError
from portalwatch.model import BrowserInfo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright


class RunningBrowser(Protocol):
    """A browser that runs, until ``close()`` or ``kill()``.

    Only ``open_context`` and ``close`` speak to the browser, and may hang with it.
    """

    @property
    def info(self) -> BrowserInfo:
        """What runs, with the version that the browser itself reported."""

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that lead a process group of this browser's; empty once it is gone."""

    @property
    def alive(self) -> bool:
        """False once the browser's process is gone, or its connection to the driver."""

    def open_context(self, **options: Any) -> AbstractContextManager[BrowserContext]:
        """A context that shares nothing with another; closed at the end of the block.

        ``options`` are those of Playwright's ``Browser.new_context``. Raises
        ``OperatorError`` for an option that this browser cannot honour.
        """

    def close(self) -> None:
        """End it in good order; then as ``kill()`` does, whatever is left."""

    def kill(self) -> None:
        """End its process groups at once, and remove the temporary profiles."""


def launch(playwright: Playwright, found: FoundBrowser) -> RunningBrowser:
    """Start ``found`` on the driver ``playwright``.

    Raises Playwright's ``Error`` where the browser does not start. A MiniBrowser is
    started by ``open_context``, one for each context.
    """
    if found.minibrowser:
        return MiniBrowsers(playwright, found)
    # A folder of its own for what it and its driver put aside: a browser that is killed
    # leaves that behind. The folder also tells its processes from those of others. A
    # short name: Chromium keeps a socket in it, whose path may have 107 bytes.
    folder = tempfile.mkdtemp(prefix="pw-")
    try:
        browser = getattr(playwright, found.engine).launch(
            **found.launch_options(),
            env={**os.environ, "TMPDIR": folder},
            artifacts_dir=folder,
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return LaunchedBrowser(browser, found, find_process(folder), folder=folder)


def open_page(context: BrowserContext) -> Page:
    """A page to work on: a new one, or the one that a MiniBrowser's context comes with.

    Raises ``OperatorError`` where a video is wanted of it and cannot be made here.
    """
    try:
        return context.pages[0] if context.pages else context.new_page()
    except Exception as exc:
        if "ffmpeg" not in str(exc):
            raise
        fix = "playwright install ffmpeg"
        raise OperatorError(f"a video needs Playwright's ffmpeg (fix: {fix})") from exc


class LaunchedBrowser:
    """A browser that Playwright launched. See ``RunningBrowser``."""

    def __init__(
        self,
        browser: Browser,
        found: FoundBrowser,
        process: BrowserProcess | None,
        *,
        folder: str,
    ) -> None:
        self.browser = browser
        self._found = found
        self._process = process
        self._folder = folder

    @property
    def info(self) -> BrowserInfo:
        released_as = self.browser.version
        return replace(self._found, released_as=released_as).info()

    @property
    def pids(self) -> tuple[int, ...]:
        return (self._process.pid,) if self._process and self._process.alive else ()

    @property
    def alive(self) -> bool:
        # Playwright notices a death only at the next call: ask the system as well.
        runs = self._process is None or self._process.alive
        return runs and self.browser.is_connected()

    @contextlib.contextmanager
    def open_context(self, **options: Any) -> Iterator[BrowserContext]:
        context = self.browser.new_context(**options)
        try:
            yield context
        finally:
            # Where browser or driver has died there is nothing left to close, and the
            # block's own exception says more. A dead driver raises a plain Exception.
            with contextlib.suppress(Exception):
                context.close()

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.browser.close()
        self.kill()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
