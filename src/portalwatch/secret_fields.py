"""Typing a secret on pages of the right origin only, whatever page comes meanwhile.

The origin is asked of the very document that is typed into, at the moment of typing, by
a selector engine of ours: the address of the page that was there a moment ago says
nothing, and a handle to the element would cost 30 ms of each journey.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Playwright

from portalwatch.account import origin_of

_ENGINE = "portalwatch-origin"
_REFUSED = "portalwatch refuses the origin "
# Raises rather than finds nothing: Playwright would go on looking until its time-out.
_SCRIPT = """({
  queryAll(field, allowed) {
    const origin = field.ownerDocument.defaultView.location.origin;
    if (!allowed.split(' ').includes(origin)) throw new Error('REFUSED' + origin + ' ');
    return [field];
  },
  query(field, allowed) { return this.queryAll(field, allowed)[0]; },
})""".replace("REFUSED", _REFUSED)


class WrongOrigin(Exception):
    """The field is on a page of an origin that is not allowed; ``str()`` of it is the origin."""


def teach_origins(playwright: Playwright) -> None:
    """Make ``fill_on`` work on every page of ``playwright``. A second call changes nothing."""
    try:
        # A content script's world is out of the page's reach.
        playwright.selectors.register(_ENGINE, _SCRIPT, content_script=True)
    except PlaywrightError as exc:
        if "already registered" not in str(exc):
            raise


def fill_on(origins: Sequence[str], locator: Locator, value: str) -> None:
    """Fill the field at ``locator`` with ``value`` if its document is of one of ``origins``.

    Raises ``WrongOrigin``, with nothing typed, where it is not; Playwright's errors else.
    """
    try:
        locator.locator(f"{_ENGINE}={' '.join(origins)}").fill(value)
    except PlaywrightError as exc:
        if refused := re.search(f"{_REFUSED}(.+?) ", str(exc)):
            raise WrongOrigin(refused[1]) from exc
        if "Unknown engine" not in str(exc):
            raise
        _fill_element(origins, locator, value)


def _fill_element(origins: Sequence[str], locator: Locator, value: str) -> None:
    """``fill_on`` where no engine can be had: in a MiniBrowser, whose context was there first."""
    field = locator.element_handle()
    frame = field.owner_frame()
    origin = origin_of(frame.url) if frame else "a page that is gone"
    if origin not in origins:
        raise WrongOrigin(origin)
    field.fill(value)
