"""Looking at the scene after an attempt failed: which signals are there for the diagnosis."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from portalwatch.account import origin_of
from portalwatch.diagnosis import Ending, PortalSays, Reach, Signals
from portalwatch.errors import (
    AccountUnavailable,
    ClaimFailed,
    ConfigError,
    Deadline,
    MailboxUnavailable,
)
from portalwatch.fibers import OutOfTime, Patience
from portalwatch.model import Cause, FailedRequest
from portalwatch.problems import message_of, said_to_pytest
from portalwatch.recorder import Recorder

ALIVE_SECONDS = 1.5  # for the browser to answer at all
PAGE_SECONDS = 2.0  # for the page; our own machine may be busy
PROBE_SECONDS = 1.5  # for the portal

# What browsers show in place of a page that they could not get.
ERROR_PAGES = ("chrome-error:", "about:neterror", "about:certerror")
# Endings that nothing on the scene could explain better.
_OURS = (Ending.SCRIPT, Ending.CONFIG, Ending.ACCOUNT, Ending.MAILBOX)


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that can still be asked of an attempt that did not pass."""

    context: BrowserContext
    page: Page
    recorder: Recorder
    base_url: str
    patience: Patience
    portal_says: Sequence[PortalSays]
    since: float  # where in the attempt the part that failed began, seconds
    expected: frozenset[Cause] = frozenset()  # what the failed step wanted the portal to say
    went_by_the_clock: bool = False  # it submitted a code of an app

    def signals(self, problem: BaseException) -> Signals:
        """What is to be seen of ``problem``, the exception that ended the attempt."""
        ending = _ending(problem)
        alive = self._browser_alive()
        failed = self._failed_requests()
        pending = self.recorder.pending_document()
        error_page = self.page.url.startswith(ERROR_PAGES)
        reach, answers, loading = Reach.UNKNOWN, True, False
        says: tuple[tuple[Cause, str], ...] = ()
        if alive and ending not in _OURS and not self.page.is_closed():
            broken = [r.url for r in failed if r.kind == "document" and r.status is None]
            # While a page is being replaced, Chromium keeps every question to it waiting.
            if not pending:
                answers, loading = self._look_at(self.page, ending)
            # An outage that the browser did not tell of shows as an action out of time.
            silent = ending in (Ending.BROWSER, Ending.TIMEOUT)
            if pending or broken or error_page or silent:
                address = pending.url if pending else broken[-1] if broken else self.base_url
                reach = self._probe(address)
            if answers and not pending:
                says = self._said(self.page)
        return Signals(
            ending=ending,
            message=message_of(problem),
            claim_cause=_claim_cause(problem),
            browser_alive=alive,
            page_crashed=self.recorder.page_crashed,
            page_answers=answers,
            still_loading=loading,
            error_page=error_page,
            reach=reach,
            clock_drift=(self.recorder.clock_drift or 0.0) if self.went_by_the_clock else 0.0,
            failed_requests=failed,
            pending_document=str(pending) if pending else None,
            portal_says=says,
        )

    def _browser_alive(self) -> bool:
        """Whether the browser answers: ``is_connected()`` alone is true until the next call."""
        browser = self.context.browser
        if browser is None or not self.patience.fibers.alive:
            return False
        try:
            self.patience.bounded(ALIVE_SECONDS, self.context.cookies)
            return True
        except OutOfTime:
            return False
        except Exception:
            if not self.recorder.closed_by_check:
                return False
        new = self.patience.ask(ALIVE_SECONDS, browser.new_context, None)
        if new is not None:
            self.patience.ask(ALIVE_SECONDS, new.close, None)
        return new is not None

    def _failed_requests(self) -> tuple[FailedRequest, ...]:
        """Those of the failed step that may explain it: third parties' failures do not."""
        portal = urlsplit(self.base_url).hostname
        return tuple(
            request
            for request in self.recorder.failed_since(self.since)
            if request.kind == "document"
            or (request.kind in ("xhr", "fetch") and urlsplit(request.url).hostname == portal)
        )

    def _look_at(self, page: Page, ending: Ending) -> tuple[bool, bool]:
        """Whether ``page`` answers, and whether it was still loading when it should not."""
        try:
            state = self.patience.bounded(
                PAGE_SECONDS, lambda: page.evaluate("document.readyState")
            )
        except OutOfTime:
            return False, False
        except PlaywrightError:
            return True, False  # it said something: navigating, closed, crashed
        # An action waits for pictures and frames where it waits for a page; a claim does not.
        return True, state == "loading" or (state == "interactive" and ending is Ending.TIMEOUT)

    def _probe(self, address: str) -> Reach:
        """Ask where ``address`` lies from outside the browser; see ``diagnosis`` for why.

        Its front page, for asking again for ``address`` itself might change something.
        """
        request = self.context.request
        front = origin_of(address) if address.startswith("http") else self.base_url
        try:
            answer = self.patience.bounded(
                PROBE_SECONDS + 0.5,
                lambda: request.get(front, timeout=PROBE_SECONDS * 1000, max_redirects=0),
            )
        except PlaywrightTimeout:
            return Reach.SILENT
        except OutOfTime:
            return Reach.UNKNOWN
        except PlaywrightError as exc:
            # Node's texts, the same under every browser.
            secure = re.search(r"certificate|self-signed|\bssl|\btls", str(exc), re.IGNORECASE)
            return Reach.TLS if secure else Reach.REFUSED
        self.patience.ask(PROBE_SECONDS, answer.dispose, None)
        return Reach.ANSWERS

    def _said(self, page: Page) -> tuple[tuple[Cause, str], ...]:
        """The project's rules that match what the page shows, in the order of the rules."""
        shown: dict[str, list[str]] = {}
        found = []
        for rule in (r for r in self.portal_says if r.cause not in self.expected):
            if rule.selector not in shown:
                texts = page.locator(rule.selector).filter(visible=True).all_inner_texts
                shown[rule.selector] = self.patience.ask(PAGE_SECONDS, texts, [])
            for text in shown[rule.selector]:
                if match := re.search(rule.text, text, re.IGNORECASE):
                    found.append((rule.cause, match.group(0)))
                    break
        return tuple(found)


def _ending(problem: BaseException) -> Ending:
    match problem:
        case Deadline():
            return Ending.DEADLINE
        case ConfigError():
            return Ending.CONFIG
        case AccountUnavailable():
            return Ending.ACCOUNT
        case MailboxUnavailable():
            return Ending.MAILBOX
        case ClaimFailed() | AssertionError():
            return Ending.CLAIM
        case PlaywrightTimeout():
            return Ending.TIMEOUT
        case PlaywrightError():
            return Ending.BROWSER
        case _ if said_to_pytest(problem) == "Failed":
            return Ending.CLAIM
        case _:
            return Ending.SCRIPT


def _claim_cause(problem: BaseException) -> Cause | None:
    if isinstance(problem, ClaimFailed) and problem.cause in set(Cause):
        return Cause(problem.cause)
    return None
