"""A journey ends soon after its browser has.

Playwright answers most calls to a browser that is gone with an error at once. What was
opening a page meanwhile waits for ever (measured: in 23 of 80 Chromiums that were killed
in that moment), and the run's whole deadline would be spent on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from playwright.sync_api import BrowserContext, Error

from portalwatch.fibers import DeadlineTimer

GRACE = 1.0  # seconds for Playwright to say so itself, call by call


@contextmanager
def ends_with_its_browser(context: BrowserContext, timer: DeadlineTimer) -> Iterator[None]:
    """What the deadline of ``timer`` may end is also ended where the context's browser dies.

    It is thrown Playwright's ``Error``, as by any call to a browser that is gone.
    """
    browser = context.browser
    if browser is None:
        yield
        return

    with ExitStack() as stack:

        def gone(_: object = None) -> None:
            end = timer.end_after(GRACE, Error("the browser has ended"))
            stack.callback(end.cancel)

        browser.on("disconnected", gone)
        stack.callback(browser.remove_listener, "disconnected", gone)
        if not browser.is_connected():
            gone()
        yield
