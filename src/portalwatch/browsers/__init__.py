"""Browsers: which there are, where they lie, what each cannot do, and how one is started.

    spec = KNOWN["firefox"]
    found = find(spec)                       # BrowserMissing names the command that installs it
    running = launch(playwright, found)
    with running.open_context() as context:  # a context that shares nothing with any other
        page = open_page(context)

Nothing here imports Playwright: it is passed in, so that listing browsers and
starting helper processes stay quick.
"""

from portalwatch.browsers.find import Missing, find, find_all
from portalwatch.browsers.install import install
from portalwatch.browsers.launch import RunningBrowser, launch, open_page
from portalwatch.browsers.places import Places
from portalwatch.browsers.spec import KNOWN, BrowserSpec, FoundBrowser

__all__ = [
    "KNOWN",
    "BrowserSpec",
    "FoundBrowser",
    "Missing",
    "Places",
    "RunningBrowser",
    "find",
    "find_all",
    "install",
    "launch",
    "open_page",
]
