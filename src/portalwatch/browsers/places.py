"""Where browsers lie on this machine: Playwright's registry, and the system's folders.

Playwright's own builds are found by reading its list of revisions. Asking the driver
(``executable_path``, ``playwright install --dry-run``) gives the same answer and costs
half a second of Node for it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_EXECUTABLES = {
    "chromium": ("chrome-linux64/chrome", "chrome-linux-arm64/chrome"),
    "chromium-headless-shell": (
        "chrome-headless-shell-linux64/chrome-headless-shell",
        "chrome-headless-shell-linux-arm64/chrome-headless-shell",
    ),
    "firefox": ("firefox/firefox",),
    "webkit": ("pw_run.sh",),
}

# Playwright writes it last: a folder without it is a download that was cut off.
_COMPLETE = "INSTALLATION_COMPLETE"


@dataclass(frozen=True, slots=True)
class PlaywrightBuild:
    """A browser of Playwright's own that is installed here."""

    path: Path
    version: str


@dataclass(frozen=True, slots=True)
class Places:
    """The folders that are searched. Tests pass a tree of their own."""

    root: Path  # of the file system
    path: tuple[Path, ...]  # the folders of $PATH
    registry: Path  # Playwright's downloads
    driver: Path  # the folder of Playwright's driver package, with its browsers.json
    display: str | None = None  # of X or Wayland, for a window
    needs_display: bool = False  # a window needs one here: not so on macOS and Windows

    @classmethod
    def of_this_machine(cls, environ: Mapping[str, str] = os.environ) -> Places:
        """The places that ``environ`` (``PATH``, ``PLAYWRIGHT_BROWSERS_PATH``, …) points to."""
        driver = driver_package()
        return cls(
            root=Path("/"),
            path=tuple(Path(p) for p in environ.get("PATH", os.defpath).split(os.pathsep) if p),
            registry=registry(environ, driver),
            driver=driver,
            display=environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY") or None,
            needs_display=sys.platform == "linux",
        )

    def playwright_build(self, browser: str) -> PlaywrightBuild | None:
        """Playwright's own ``browser`` ("chromium-headless-shell", …), at the revision it pins."""
        entry = self._entry(browser)
        if entry is None:
            return None
        folder = self.registry / f"{browser.replace('-', '_')}-{entry['revision']}"
        if not (folder / _COMPLETE).exists():
            return None
        for executable in _EXECUTABLES[browser]:
            if is_executable(folder / executable):
                return PlaywrightBuild(folder / executable, entry["browserVersion"])
        return None

    def has_ffmpeg(self) -> bool:
        """Whether the ffmpeg is there with which Playwright records videos."""
        folder = self.registry / f"ffmpeg-{self.revision('ffmpeg')}"
        return any(is_executable(file) for file in folder.glob("ffmpeg-*"))

    def revision(self, browser: str) -> str | None:
        """The revision of ``browser`` that the installed Playwright asks for."""
        entry = self._entry(browser)
        return entry["revision"] if entry else None

    def on_path(self, *names: str) -> Iterator[Path]:
        """Executables of these names, by the order of the names, then of ``$PATH``."""
        for name in names:
            for folder in self.path:
                if is_executable(folder / name):
                    yield folder / name

    def under_root(self, *patterns: str) -> Iterator[Path]:
        """Executables that match these patterns, the newest version of each pattern first."""
        for pattern in patterns:
            yield from (
                p for p in sorted(self.root.glob(pattern), reverse=True) if is_executable(p)
            )

    def _entry(self, browser: str) -> dict[str, Any] | None:
        listing = json.loads((self.driver / "browsers.json").read_text())
        return next((entry for entry in listing["browsers"] if entry["name"] == browser), None)


def driver_package() -> Path:
    """The folder of the installed Playwright's driver package (Playwright is not imported)."""
    spec = importlib.util.find_spec("playwright")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("playwright is not installed", name="playwright")
    return Path(next(iter(spec.submodule_search_locations)), "driver", "package")


def registry(environ: Mapping[str, str], driver: Path) -> Path:
    """The folder Playwright downloads to, by the same rules as Playwright's own."""
    chosen = environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if chosen == "0":
        return driver / ".local-browsers"
    if chosen:
        return Path(environ.get("INIT_CWD") or Path.cwd(), chosen)
    return cache_folder(environ) / "ms-playwright"


def cache_folder(environ: Mapping[str, str]) -> Path:
    """The user's cache folder (XDG Base Directory Specification)."""
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def in_playwright_build(path: Path) -> bool:
    """True where ``path`` lies in a folder that Playwright unpacked."""
    return any((folder / _COMPLETE).exists() for folder in path.parents)


def is_executable(path: Path) -> bool:
    """True for a file that this user may run."""
    return path.is_file() and os.access(path, os.X_OK)
