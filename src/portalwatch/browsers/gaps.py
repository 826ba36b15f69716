"""What each browser cannot do under Playwright 1.64: measured with 70 probes a browser."""

from __future__ import annotations

_HEADLESS_SHELL = ("notification permission is always denied",)

_FIREFOX_OVER_BIDI = (
    "request bodies are not seen",
    "no WebSocket events",
    "video only at the size of the viewport",
    "colour scheme and reduced motion are ignored",
    "no print media",
    "JavaScript cannot be switched off",
    "no touch, no mobile emulation",
    "no double click, no drag",
    "clipboard permission is refused",
    "failed resources are not on the console",
)

_MINIBROWSER = (
    "one context and one page a process",
    "storage state cannot be loaded or saved",
    "viewport is fixed",
    "no downloads, no file chooser",
    "no video, no HAR",
    "no offline mode, no HTTP credentials",
    "no permissions, no locale",
    "traces have no screenshots",
    "input is synthetic: Tab does not move the focus",
    "popups are not seen",
    "a refused connection shows as a time-out",
)


def gaps_of(engine: str, *, build: str, protocol: str, headless_shell: bool) -> tuple[str, ...]:
    """Short phrases for what such a browser cannot do; empty where nothing is known to lack."""
    if protocol == "bidi":
        return _FIREFOX_OVER_BIDI
    if engine == "webkit" and build == "system":
        return _MINIBROWSER
    return _HEADLESS_SHELL if headless_shell else ()
