"""The saved sign-in of an account, for the length of one journey: out of the file, and back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from portalwatch.account import origin_of
from portalwatch.sign_in_states import SignInState, SignInStates, StateKey

# Shorter values are flags such as "1" or "dark": masking them would only blank words.
SHORTEST_SECRET = 16  # characters
LONGEST_SECRET = 8192  # more is a document that a page keeps, whose parts are masked

_READ = "() => [{...localStorage}, {...sessionStorage}]"
_WRITE = """([local, session]) => {
  for (const [key, value] of Object.entries(local)) localStorage.setItem(key, value);
  for (const [key, value] of Object.entries(session)) sessionStorage.setItem(key, value);
}"""
_CLEAR = "() => { localStorage.clear(); sessionStorage.clear(); }"
_BLANK = "/portalwatch-blank"  # a page of the portal's origin that the portal is not asked for


class SavedSignIn:
    """``key``'s sign-in, which may be used again for ``within`` seconds after it was made."""

    def __init__(
        self,
        states: SignInStates,
        key: StateKey,
        *,
        within: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._states = states
        self._key = key
        self._within = within
        self._clock = clock
        self._state: SignInState | None = None
        self.secrets: set[str] = set()  # all that was ever seen of it

    @property
    def age(self) -> float:
        """Seconds since the sign-in; 0 where there is none."""
        return self._clock() - self._state.signed_in_at if self._state else 0.0

    def take(self) -> bool:
        """Take it out of its file, for this journey alone; False where there is none to use."""
        self._state = self._states.take(self._key, within=self._within)
        self._note_secrets()
        return self._state is not None

    def restore(self, page: Page) -> bool:
        """Make the fresh context of ``page`` what it was; False where the browser cannot."""
        state = self._state
        if state is None:
            return False
        try:
            if state.cookies:
                page.context.add_cookies(state.cookies)  # type: ignore[arg-type]
            if state.local or state.session:
                self._write(page, state)
        except PlaywrightError:
            return False
        return True

    def discard(self, page: Page) -> None:
        """Make the context a fresh one again: the sign-in is over."""
        self._state = None
        page.context.clear_cookies()
        if origin_of(page.url) == self._key.portal:
            page.evaluate(_CLEAR)

    def begin(self, page: Page) -> None:
        """Note what ``page`` holds: somebody has just signed in on it."""
        self._state = SignInState(self._clock(), [], {}, {})
        self.note(page)

    def note(self, page: Page) -> None:
        """Note the cookies and the storage as they are now."""
        assert self._state is not None
        cookies: list[Any] = list(page.context.cookies())
        self._state = replace(self._state, cookies=cookies)
        if (storage := self._read(page.context)) is not None:
            self._state = replace(self._state, local=storage[0], session=storage[1])
        self._note_secrets()

    def keep(self, page: Page) -> None:
        """Put it back at the end of a journey that has passed, as the portal left it.

        Not where it has lost a cookie that scripts cannot see, as by signing out.
        """
        if self._state is None:
            return
        before = _protected(self._state)
        self.note(page)
        if before <= _protected(self._state):
            self._states.keep(self._key, self._state, within=self._within)

    def _note_secrets(self) -> None:
        values = self._state.values() if self._state else ()
        self.secrets |= {v for v in values if SHORTEST_SECRET <= len(v) <= LONGEST_SECRET}

    def _write(self, page: Page, state: SignInState) -> None:
        blank = self._key.portal + _BLANK
        page.route(blank, lambda route: route.fulfill(content_type="text/html", body=""))
        try:
            page.goto(blank)
            page.evaluate(_WRITE, [state.local, state.session])
        finally:
            page.unroute(blank)

    def _read(self, context: BrowserContext) -> tuple[dict[str, str], dict[str, str]] | None:
        """The storage of the first page that is on the portal; None where none shows it."""
        for page in context.pages:
            if origin_of(page.url) == self._key.portal:
                try:
                    local, session = page.evaluate(_READ)
                except PlaywrightError:
                    continue
                return local, session
        return None


def _protected(state: SignInState) -> set[tuple[Any, ...]]:
    """The cookies that only the server reads and removes, as a session's is."""
    return {
        (cookie["name"], cookie.get("domain"), cookie.get("path"))
        for cookie in state.cookies
        if cookie.get("httpOnly")
    }
