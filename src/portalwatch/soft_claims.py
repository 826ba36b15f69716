"""Claims that a journey goes on after: gathered, and told together at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

from playwright.sync_api import APIResponse, Locator, Page, expect

from portalwatch.code_frame import frame_here
from portalwatch.errors import ClaimFailed
from portalwatch.model import Cause, UnmetClaim
from portalwatch.problems import message_of


class SoftClaims:
    """The soft claims of one attempt on the project ``root``.

    ``note`` is given each that does not hold.
    """

    def __init__(
        self, root: Path, now: Callable[[], float], note: Callable[[UnmetClaim], None]
    ) -> None:
        self._root = root
        self._now = now  # seconds of the attempt
        self._note = note

    def value(self, claim: bool, message: str, cause: Cause | None) -> None:
        """Note ``message`` unless ``claim`` holds."""
        if not claim:
            self._unmet(message, cause or Cause.CONTENT_WRONG)

    def about(self, actual: Page | Locator | APIResponse) -> SoftAssertions:
        """What Playwright's ``expect`` says of ``actual``; what is not so is noted."""
        return SoftAssertions(expect(actual), self._raised)

    def _raised(self, problem: AssertionError) -> None:
        self._unmet(message_of(problem), Cause.CONTENT_WRONG)

    def _unmet(self, message: str, cause: Cause) -> None:
        self._note(UnmetClaim(message, cause, self._now(), frame_here(self._root)))


def verdict_on(unmet: Sequence[UnmetClaim]) -> ClaimFailed:
    """What a journey with ``unmet`` claims, and no other trouble, has come to."""
    first, more = unmet[0], len(unmet) - 1
    others = f" (and {more} more {'claim' if more == 1 else 'claims'})" if more else ""
    # A claim with a cause of its own needs no other explanation.
    cause = None if first.cause is Cause.CONTENT_WRONG else first.cause
    return ClaimFailed(f"{first.message}{others}", cause=cause)


class SoftAssertions:
    """Playwright's assertions about one page, locator or response, of which none raises.

    Its methods are those of ``expect(…)``: ``to_have_text()``, ``to_be_visible()``, ….
    """

    def __init__(self, assertions: Any, note: Callable[[AssertionError], None]) -> None:
        self._assertions = assertions
        self._note = note

    def __getattr__(self, name: str) -> Callable[..., None]:
        if not name.startswith(("to_", "not_to_")):
            raise AttributeError(f"there is no assertion {name}")
        assertion = getattr(self._assertions, name)

        @wraps(assertion)
        def softly(*arguments: Any, **options: Any) -> None:
            try:
                assertion(*arguments, **options)
            except AssertionError as problem:
                self._note(problem)

        return softly
