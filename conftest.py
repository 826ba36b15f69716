"""pytest wiring of this project: the browsers that its checks run on."""

from __future__ import annotations

from typing import Any

import pytest

from portalwatch.browsers import FoundBrowser


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], portalwatch_browser: FoundBrowser
) -> dict[str, Any]:
    """The browser found on this machine; what the command line says has the last word."""
    return {**portalwatch_browser.launch_options(), **browser_type_launch_args}
