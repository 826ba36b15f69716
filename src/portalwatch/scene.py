"""Looking at the scene after an attempt failed: which signals are there for the diagnosis."""

from __future__ import annotations

import re
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from portalwatch.diagnosis import Ending, PortalSays, Reach, Signals
from portalwatch.errors import ClaimFailed, ConfigError, Deadline
from portalwatch.fibers import Fibers, OutOfTime
from portalwatch.model import Cause
from portalwatch.recorder import Recorder

PROBE_SECONDS = 1.5  # for each question to the portal's address, the browser or the page


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that can still be asked. ``since``: where in the attempt the failed step began."""

    page: Page | None
    recorder: Recorder
    base_url: str
    fibers: Fibers
    portal_says: Sequence[PortalSays]
    since: float
    expected: frozenset[Cause] = frozenset()  # what the failed step wanted the portal to say

    def signals(self, problem: BaseException) -> Signals:
        """What is to be seen of ``problem``, the exception that ended the attempt."""
        pending = self.recorder.pending_document()
        failed = self.recorder.failed_since(self.since)
        alive = self._browser_alive()
        reach, answers = Reach.UNKNOWN, True
        says: tuple[tuple[Cause, str], ...] = ()
        if self.page is not None and alive:
            broken = any(r.kind == "document" and r.status is None for r in failed)
            if pending or broken or _ending(problem) is Ending.BROWSER:
                reach = self._probe(self.page)
            elif isinstance(problem, PlaywrightTimeout | Deadline | AssertionError):
                answers = self._page_answers(self.page)
            if answers and not self.recorder.page_crashed:
                says = self._said(self.page)
        return Signals(
            ending=_ending(problem),
            message=message_of(problem),
            claim_cause=_claim_cause(problem),
            browser_alive=alive,
            page_crashed=self.recorder.page_crashed,
            page_answers=answers,
            reach=reach,
            failed_requests=failed,
            pending_document=pending,
            portal_says=says,
        )

    def _browser_alive(self) -> bool:
        """Whether the browser still answers: is_connected() alone is true until the next call."""
        browser = self.page.context.browser if self.page else None
        if self.page is None or browser is None or not self.fibers.alive:
            return False
        answer = self.fibers.ask(PROBE_SECONDS, self.page.context.cookies, None)
        return answer is not None and browser.is_connected()

    def _page_answers(self, page: Page) -> bool:
        try:
            self.fibers.bounded(PROBE_SECONDS, lambda: page.evaluate("1"))
        except OutOfTime:
            return False
        except PlaywrightError:
            return True  # it said something: navigating, closed, crashed
        return True

    def _probe(self, page: Page) -> Reach:
        """Ask the portal's address from outside the browser, whose error texts differ by engine."""
        request = page.context.request
        try:
            answer = self.fibers.bounded(
                PROBE_SECONDS + 0.5,
                lambda: request.get(self.base_url, timeout=PROBE_SECONDS * 1000, max_redirects=0),
            )
        except PlaywrightTimeout:
            return Reach.SILENT
        except OutOfTime:
            return Reach.UNKNOWN
        except PlaywrightError as exc:
            # Node's texts, the same under every browser.
            secure = re.search(r"certificate|self-signed|\bssl|\btls", str(exc), re.IGNORECASE)
            return Reach.TLS if secure else Reach.REFUSED
        self.fibers.ask(PROBE_SECONDS, answer.dispose, None)
        return Reach.ANSWERS

    def _said(self, page: Page) -> tuple[tuple[Cause, str], ...]:
        """The project's rules that match what the page shows, in the order of the rules."""
        shown: dict[str, list[str]] = {}
        found = []
        for rule in (r for r in self.portal_says if r.cause not in self.expected):
            if rule.selector not in shown:
                texts = page.locator(rule.selector).all_inner_texts
                shown[rule.selector] = self.fibers.ask(PROBE_SECONDS, texts, [])
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
        case ClaimFailed() | AssertionError():
            return Ending.CLAIM
        case PlaywrightTimeout():
            return Ending.TIMEOUT
        case PlaywrightError():
            return Ending.BROWSER
        case _:
            return Ending.SCRIPT


def _claim_cause(problem: BaseException) -> Cause | None:
    if isinstance(problem, ClaimFailed) and problem.cause is not None:
        return Cause(problem.cause)
    return None


def message_of(problem: BaseException) -> str:
    """One line for people. An exception of the script's own names its place."""
    match problem:
        case Deadline():
            return first_line(problem)
        case ConfigError() | ClaimFailed() | PlaywrightError():
            return first_line(problem)
        case AssertionError():
            return _expectation(problem)
    frames = traceback.extract_tb(problem.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(problem).__name__}: {first_line(problem)}{where}"


def first_line(problem: BaseException) -> str:
    """The first line of the exception's text, or its type's name where it has none."""
    text = str(problem).strip()
    return text.splitlines()[0] if text else type(problem).__name__


def _expectation(problem: AssertionError) -> str:
    """What Playwright's expect() wanted and what was there, without its call log."""
    lines = [line.strip() for line in str(problem).strip().splitlines()]
    if not lines:
        return "an assertion of the check is false"
    told = (line for line in lines[1:] if re.match(r"(Expected|Received|Actual|Error)\b", line))
    return "; ".join([lines[0], *told])
