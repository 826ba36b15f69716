"""Find the executable of a browser: the pinned one, its channel's, Playwright's, the system's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from portalwatch.browsers.places import Places, in_playwright_build, is_executable
from portalwatch.browsers.spec import KNOWN, BrowserSpec, FoundBrowser
from portalwatch.browsers.version import read_version
from portalwatch.errors import BrowserMissing, OperatorError
from portalwatch.model import CHANNELS

# Vendors' packages install to fixed places; Playwright looks for them there too.
_BRANDED = {
    "chrome": "opt/google/chrome/chrome",
    "chrome-beta": "opt/google/chrome-beta/chrome",
    "chrome-dev": "opt/google/chrome-unstable/chrome",
    "msedge": "opt/microsoft/msedge/msedge",
    "msedge-beta": "opt/microsoft/msedge-beta/msedge",
    "msedge-dev": "opt/microsoft/msedge-dev/msedge",
}

# The binaries themselves where a distribution puts a script before them: Debian's for
# the headless shell does not exec, so that killing it leaves the browser running.
_SYSTEM_SHELLS = ("usr/lib/chromium/chromium-headless-shell",)
_SYSTEM_CHROMIUMS = ("usr/lib/chromium/chromium",)
_MINIBROWSERS = (
    "usr/lib/*/webkit2gtk-4.*/MiniBrowser",  # Debian, Ubuntu
    "usr/libexec/webkit2gtk-4.*/MiniBrowser",  # Fedora
)

_PROTOCOLS = {"chromium": "cdp", "firefox": "juggler", "webkit": "webkit-inspector"}
# Measured: 140 refuses network.addDataCollector, which Playwright sends first of all, and 143
# is the first release with it.
_OLDEST_STOCK_FIREFOX = 143

_HEAD_OF_SCRIPT = 4096  # bytes: Ubuntu's stubs are shorter than this


@dataclass(frozen=True, slots=True)
class Missing:
    """A well-known browser that is not installed here, and the command that installs it."""

    spec: BrowserSpec
    fix: str

    @property
    def name(self) -> str:
        return self.spec.name


def find(spec: BrowserSpec, *, headed: bool = False, places: Places | None = None) -> FoundBrowser:
    """The browser that ``spec`` asks for, as it is installed here.

    Raises ``BrowserMissing`` with the command that installs it, and ``OperatorError``
    where ``spec`` contradicts itself.
    """
    places = places or Places.of_this_machine()
    if spec.engine not in _PROTOCOLS:
        raise OperatorError(
            f"browser {spec.name}: no such engine: {spec.engine!r} (chromium, firefox or webkit)"
        )
    if spec.channel not in (None, *CHANNELS[spec.engine]):
        raise OperatorError(
            f"browser {spec.name}: {spec.engine} has no channel {spec.channel!r}"
            f" (choose from {', '.join(CHANNELS[spec.engine]) or 'none'})"
        )
    if spec.channel == "chromium-headless-shell" and headed:
        raise OperatorError(f"browser {spec.name}: a headless shell has no window; use chromium")
    if headed and places.needs_display and not places.display:
        raise OperatorError(
            f"browser {spec.name}: a window needs a display, and DISPLAY is not set"
            " (run it without --headed, or under xvfb-run)"
        )
    if spec.executable is not None:
        return _pinned(spec, Path(spec.executable), headed)
    candidates = list(_candidates(spec, headed, places))
    found = next((found for found in candidates if not _is_too_old(found)), None)
    if found is None:
        why = _too_old(candidates[0]) if candidates else " is not installed here"
        raise BrowserMissing(f"browser {spec.name}{why}", fix=_fix(spec))
    if found.minibrowser and not _has_display(headed, places):
        raise BrowserMissing(
            f"browser {spec.name}: {found.path} needs "
            + ("a display, and DISPLAY is not set" if headed else "Xvfb, which is not installed"),
            fix="run it without --headed" if headed else _fix(spec),
        )
    return found


def find_all(
    specs: Iterable[BrowserSpec] = tuple(KNOWN.values()), *, places: Places | None = None
) -> list[FoundBrowser | Missing]:
    """Each of ``specs`` as it was found, or as missing; for a listing."""
    places = places or Places.of_this_machine()
    return [_found_or_missing(spec, places) for spec in specs]


def _found_or_missing(spec: BrowserSpec, places: Places) -> FoundBrowser | Missing:
    try:
        return find(spec, places=places)
    except BrowserMissing as missing:
        return Missing(spec, missing.fix)


def _pinned(spec: BrowserSpec, path: Path, headed: bool) -> FoundBrowser:
    if not is_executable(path):
        raise BrowserMissing(
            f"browser {spec.name}: its executable {path} is not a file that can be run",
            fix=f"correct the executable of {spec.name}, or leave it out",
        )
    build = "playwright" if in_playwright_build(path) else "system"
    found = _found(spec, path, build, headed)
    if _is_too_old(found):
        raise BrowserMissing(
            f"browser {spec.name}{_too_old(found)}",
            fix=f"name a newer executable of {spec.name}, or leave it out",
        )
    return found


def _candidates(spec: BrowserSpec, headed: bool, places: Places) -> Iterator[FoundBrowser]:
    if spec.channel in _BRANDED:
        for path in places.under_root(_BRANDED[spec.channel]):
            yield _found(spec, path, "system", headed)
    elif spec.engine == "chromium":
        yield from _chromiums(spec, headed, places)
    elif spec.engine == "firefox":
        if spec.channel is None:
            yield from _playwrights(spec, "firefox", headed, places)
        yield from _systems(spec, places.on_path("firefox-esr", "firefox"), headed)
    else:
        yield from _playwrights(spec, "webkit", headed, places)
        yield from _systems(spec, places.under_root(*_MINIBROWSERS), headed)


def _chromiums(spec: BrowserSpec, headed: bool, places: Places) -> Iterator[FoundBrowser]:
    # The shell costs a third of the full browser's CPU: first, unless something asks
    # for a window or names the full browser.
    if not headed and spec.channel != "chromium":
        yield from _playwrights(spec, "chromium-headless-shell", headed, places)
        yield from _systems(spec, places.under_root(*_SYSTEM_SHELLS), headed)
    if spec.channel != "chromium-headless-shell":
        yield from _playwrights(spec, "chromium", headed, places)
        yield from _systems(spec, places.under_root(*_SYSTEM_CHROMIUMS), headed)
        named = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
        yield from _systems(spec, places.on_path(*named), headed)


def _playwrights(
    spec: BrowserSpec, browser: str, headed: bool, places: Places
) -> Iterator[FoundBrowser]:
    build = places.playwright_build(browser)
    if build is not None:
        yield _found(spec, build.path, "playwright", headed, released_as=build.version)


def _systems(spec: BrowserSpec, paths: Iterable[Path], headed: bool) -> Iterator[FoundBrowser]:
    for path in paths:
        # A stub that only names the snap to install is no browser. One that answers is.
        if not _leads_to_snap(path) or read_version(str(path)) is not None:
            yield _found(spec, path, "system", headed)


def _found(
    spec: BrowserSpec, path: Path, build: str, headed: bool, released_as: str | None = None
) -> FoundBrowser:
    stock_firefox = spec.engine == "firefox" and build == "system"
    return FoundBrowser(
        spec=spec,
        path=str(path),
        build=build,
        protocol="bidi" if stock_firefox else _PROTOCOLS[spec.engine],
        headless_shell=path.name.replace("_", "-").endswith("headless-shell"),
        headed=headed,
        released_as=released_as,
    )


def _leads_to_snap(path: Path) -> bool:
    if path.resolve().name == "snap":
        return True
    with path.open("rb") as file:
        head = file.read(_HEAD_OF_SCRIPT)
    return head.startswith(b"#!") and b"snap" in head


def _is_too_old(found: FoundBrowser) -> bool:
    if found.protocol != "bidi" or found.version is None:
        return False
    return int(found.version.partition(".")[0]) < _OLDEST_STOCK_FIREFOX


def _too_old(found: FoundBrowser) -> str:
    return (
        f": {found.path} is Firefox {found.version}, and Playwright can drive a system's"
        f" Firefox from {_OLDEST_STOCK_FIREFOX} on"
    )


def _has_display(headed: bool, places: Places) -> bool:
    return bool(places.display) if headed else any(places.on_path("Xvfb"))


def _fix(spec: BrowserSpec) -> str:
    names = {"chrome": "chrome", "msedge": "edge"}
    wanted = names.get((spec.channel or "").partition("-")[0], spec.engine)
    return f"portalwatch browsers install {wanted}"
