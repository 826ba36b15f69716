"""A browser as a plan asks for it (``BrowserSpec``) and as it was found (``FoundBrowser``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portalwatch.browsers.gaps import gaps_of
from portalwatch.browsers.version import read_version
from portalwatch.model import BrowserInfo
from portalwatch.record import Record

_BRANDED_CHANNELS = ("chrome", "msedge", "moz-firefox")

# Without it, back and forward time out in stock Firefox: pages restored from the
# cache of the parent process send no navigation event over BiDi.
_STOCK_FIREFOX_PREFS: dict[str, str | float | bool] = {"fission.bfcacheInParent": False}


@dataclass(frozen=True, slots=True)
class BrowserSpec(Record):
    """A browser as a plan asks for it; its JSON form travels to the workers.

    ``channel`` takes Playwright's names: "chrome", "msedge", "chromium" (the full
    browser also where a headless shell is installed), "chromium-headless-shell",
    "moz-firefox" (stock Firefox over WebDriver BiDi).
    """

    name: str  # the plan's name of it
    engine: str  # "chromium", "firefox" or "webkit"
    channel: str | None = None
    executable: str | None = None  # an absolute path pins it: nothing else is tried
    args: tuple[str, ...] = ()


KNOWN: dict[str, BrowserSpec] = {
    spec.name: spec
    for spec in (
        BrowserSpec("chromium", "chromium"),
        BrowserSpec("headless-shell", "chromium", channel="chromium-headless-shell"),
        BrowserSpec("chrome", "chromium", channel="chrome"),
        BrowserSpec("edge", "chromium", channel="msedge"),
        BrowserSpec("firefox", "firefox"),
        BrowserSpec("webkit", "webkit"),
    )
}
"""The browsers that a plan may name without describing them."""


@dataclass(frozen=True, slots=True)
class FoundBrowser:
    """A browser that is installed here, and how it is driven."""

    spec: BrowserSpec
    path: str
    build: str  # "playwright" or "system"
    protocol: str  # "cdp", "juggler", "bidi" or "webkit-inspector"
    headless_shell: bool = False
    headed: bool = False
    released_as: str | None = None  # the version, where it is known without asking the browser

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def engine(self) -> str:
        return self.spec.engine

    @property
    def minibrowser(self) -> bool:
        """True for WebKitGTK's MiniBrowser: a process per context, and many gaps."""
        return self.engine == "webkit" and self.build == "system"

    @property
    def version(self) -> str | None:
        """What ``--version`` says, None where it says nothing in time; cached per file."""
        return self.released_as or read_version(self.path)

    @property
    def gaps(self) -> tuple[str, ...]:
        """What this browser cannot do under Playwright, in short phrases."""
        return gaps_of(
            self.engine,
            build=self.build,
            protocol=self.protocol,
            headless_shell=self.headless_shell,
        )

    def info(self) -> BrowserInfo:
        """The record that results carry."""
        return BrowserInfo(
            name=self.name,
            engine=self.engine,
            version=self.version or "unknown",
            build=self.build,
            protocol=self.protocol,
            headless_shell=self.headless_shell,
        )

    def launch_options(self) -> dict[str, Any]:
        """Keyword arguments for Playwright's ``BrowserType.launch``, also pytest-playwright's.

        Signals are left to us: a worker that is told to stop finishes its journeys
        first. Not for MiniBrowser, which Playwright does not launch: see ``launch``.
        """
        options: dict[str, Any] = {
            "executable_path": self.path,
            "headless": not self.headed,
            "args": list(self.spec.args),
            "handle_sigint": False,
            "handle_sigterm": False,
            "handle_sighup": False,
        }
        if self.engine == "chromium":
            # Chromium's sandbox refuses to run as root and in most containers; the
            # portals watched are the operator's own.
            options["chromium_sandbox"] = False
        if self.protocol == "bidi":
            options["channel"] = "moz-firefox"
            options["firefox_user_prefs"] = dict(_STOCK_FIREFOX_PREFS)
        elif self.spec.channel and self.spec.channel.startswith(_BRANDED_CHANNELS):
            options["channel"] = self.spec.channel
        return options
