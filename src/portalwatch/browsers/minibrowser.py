"""WebKitGTK's MiniBrowser under Playwright: a process of its own for each context.

MiniBrowser serves WebKit's inspector protocol, which Playwright speaks through
``webkit.connect_over_cdp``. What is missing between them (a display, a profile, a
list of targets at ``/json``, an end in good order) is done by a host process
(``minibrowser_host``), so that it is done also when this process is killed.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from portalwatch.browsers.process import kill_group
from portalwatch.browsers.spec import FoundBrowser
from portalwatch.errors import OperatorError
from portalwatch.model import BrowserInfo

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Playwright, Response

START_SECONDS = 30.0  # measured: 0.8 s on an idle machine
END_SECONDS = 5.0  # measured: under 0.1 s; then it is killed

OPTIONS = ("base_url", "extra_http_headers", "ignore_https_errors", "user_agent")
"""The options of ``Browser.new_context`` that a MiniBrowser honours."""


class MiniBrowsers:
    """The MiniBrowsers of one launch. See ``launch.RunningBrowser``."""

    def __init__(self, playwright: Playwright, found: FoundBrowser) -> None:
        self._playwright = playwright
        self._found = found
        self._hosts: list[_Host] = []

    @property
    def info(self) -> BrowserInfo:
        return replace(self._found, released_as=self._found.version).info()

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(host.pid for host in self._hosts if host.alive)

    @property
    def alive(self) -> bool:
        # Each context has a process of its own: the next one can always be opened.
        return True

    @contextlib.contextmanager
    def open_context(self, **options: Any) -> Iterator[BrowserContext]:
        refused = sorted(
            name for name in options.keys() - set(OPTIONS) if options[name] is not None
        )
        if refused:
            raise OperatorError(
                f"browser {self._found.name}: MiniBrowser has no {', '.join(refused)}"
                f" (it takes {', '.join(OPTIONS)})"
            )
        host = _Host(self._found, _arguments(options))
        self._hosts.append(host)
        try:
            browser = self._playwright.webkit.connect_over_cdp(
                host.endpoint, timeout=START_SECONDS * 1000, artifacts_dir=host.folder
            )
            try:
                context = browser.contexts[0]
                if options.get("base_url"):
                    _set_base_url(context, options["base_url"])
                if options.get("extra_http_headers"):
                    context.set_extra_http_headers(options["extra_http_headers"])
                yield context
            finally:
                with contextlib.suppress(Exception):
                    browser.close()
        finally:
            host.end()
            self._hosts.remove(host)

    def close(self) -> None:
        for host in self._hosts:
            host.end()

    def kill(self) -> None:
        for host in self._hosts:
            host.kill()


class _Host:
    """A host process: leader of the group of its MiniBrowser and its Xvfb.

    It answers at ``endpoint`` as soon as MiniBrowser is ready. The socket is bound
    here, so that the address is known without waiting: the waiting is done by
    Playwright's call, which lets other lanes go on.
    """

    def __init__(self, found: FoundBrowser, arguments: list[str]) -> None:
        self.folder = tempfile.mkdtemp(prefix="portalwatch-webkit-")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "portalwatch.browsers.minibrowser_host"),
                    *("--listen", str(listener.fileno()), "--folder", self.folder),
                    *(["--headed"] if found.headed else []),
                    *("--", found.path, *arguments, *found.spec.args),
                ],
                stdin=subprocess.PIPE,  # it ends with us: a closed pipe ends it
                stdout=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Have it end what it started; kill them all where that takes too long."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End the whole group at once, and remove the profile."""
        if self.alive:
            kill_group(self.pid)
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _set_base_url(context: BrowserContext, base_url: str) -> None:
    """Have ``context`` and its page take relative addresses.

    Playwright fixes the base when it makes a context, and this one was there before.
    ``expect(page).to_have_url``, ``wait_for_url`` and ``route`` read the private
    attribute; ``goto`` is resolved by the driver, so it is given the whole address.
    """
    context._impl_obj._base_url = base_url
    page = context.pages[0]
    goto = page.goto

    def goto_from_base(url: str, **options: Any) -> Response | None:
        return goto(urljoin(base_url, url), **options)

    page.goto = goto_from_base  # type: ignore[method-assign]


def _arguments(options: dict[str, Any]) -> list[str]:
    arguments = []
    if options.get("user_agent"):
        arguments.append(f"--user-agent={options['user_agent']}")
    if options.get("ignore_https_errors"):
        arguments.append("--ignore-tls-errors")
    return arguments
