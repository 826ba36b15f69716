"""Playwright's own downloads, with a memory of the ones that were refused.

On a machine without a way to Playwright's servers every attempt costs seconds. A
refused one is not tried again for a day, or until Playwright asks for another revision.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from portalwatch.browsers.command import succeeds
from portalwatch.browsers.places import Places, cache_folder

# The names by which Playwright's installer and its registry know an engine's builds.
INSTALLS = {"chromium": "chromium", "firefox": "firefox", "webkit": "webkit"}
BRANDED = {"chrome": "chrome", "edge": "msedge"}

DOWNLOAD_SECONDS = 900.0
_CONNECT_MILLISECONDS = "10000"
_RETRY_AFTER_SECONDS = 24 * 3600.0


class Downloads:
    """What ``python -m playwright install`` can get here."""

    def __init__(self, places: Places, environ: Mapping[str, str] = os.environ) -> None:
        self._places = places
        self._memory = cache_folder(environ) / "portalwatch" / "refused-downloads"

    def get(self, engine: str) -> bool:
        """Download Playwright's own build of ``engine``; False where that fails or has failed."""
        refusal = self._memory / f"{engine}-{self._places.revision(INSTALLS[engine])}"
        if _younger_than(refusal, _RETRY_AFTER_SECONDS):
            return False
        # Its status tells nothing: it is a failure where only ffmpeg could not be had.
        _playwright("install", INSTALLS[engine])
        if self._places.playwright_build(INSTALLS[engine]) is not None:
            refusal.unlink(missing_ok=True)
            return True
        refusal.parent.mkdir(parents=True, exist_ok=True)
        refusal.touch()
        return False

    def get_branded(self, name: str) -> bool:
        """Install the vendor's package of "chrome" or "edge"; needs root."""
        return _playwright("install", BRANDED[name])

    def add_libraries(self, engine: str) -> bool:
        """Install the system libraries that Playwright's own build of ``engine`` needs."""
        return _playwright("install-deps", INSTALLS[engine])


def _younger_than(file: Path, seconds: float) -> bool:
    try:
        return time.time() - file.stat().st_mtime < seconds
    except OSError:
        return False


def _playwright(*arguments: str) -> bool:
    return succeeds(
        [sys.executable, "-m", "playwright", *arguments],
        seconds=DOWNLOAD_SECONDS,
        extra_environ={"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": _CONNECT_MILLISECONDS},
    )
