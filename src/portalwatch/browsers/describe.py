"""A browser as one row of a listing: plain data, for a table or for JSON."""

from __future__ import annotations

from typing import Any

from portalwatch.browsers.find import Missing
from portalwatch.browsers.spec import FoundBrowser


def describe(browser: FoundBrowser | Missing) -> dict[str, Any]:
    """The row of ``browser``: the same keys for one that was found and one that is missing."""
    if isinstance(browser, Missing):
        return {
            "name": browser.name,
            "engine": browser.spec.engine,
            "installed": False,
            "version": None,
            "build": None,
            "protocol": None,
            "headless_shell": False,
            "path": None,
            "cannot": [],
            "fix": browser.fix,
        }
    return {
        "name": browser.name,
        "engine": browser.engine,
        "installed": True,
        "version": browser.version,
        "build": browser.build,
        "protocol": browser.protocol,
        "headless_shell": browser.headless_shell,
        "path": browser.path,
        "cannot": list(browser.gaps),
        "fix": None,
    }
