"""What is done once a journey is over: the verdict, the evidence, the record of the attempt."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import BrowserContext, Page

from portalwatch import credentials_seen
from portalwatch.account import Account
from portalwatch.code_frame import code_frame
from portalwatch.diagnosis import PortalSays, diagnose
from portalwatch.errors import first_line
from portalwatch.evidence import EvidenceFolder
from portalwatch.fibers import Patience
from portalwatch.journey import Journey
from portalwatch.leak_scan import LeakScan
from portalwatch.model import Attempt, Cause, CodeFrame, Outcome, Step
from portalwatch.problems import detail_of, said_to_pytest
from portalwatch.record import Record
from portalwatch.recorder import Recorder
from portalwatch.redaction import Redaction
from portalwatch.scene import ERROR_PAGES, Scene
from portalwatch.short_names import ShortNames

COOKIES_SECONDS = 1.0
TOKENS_SECONDS = 1.0  # of one frame
_STORAGE = "() => ({...localStorage, ...sessionStorage})"
WITHHELD = "(withheld: a secret stands in this text)"
# Fields that people read, and no program: names of steps are labels of metrics.
_READ = frozenset({"message", "detail", "error", "text", "url"})
CLOCK_DRIFT = "clock_drift_seconds"  # the measure of how far our clock is ahead of the portal's


@dataclass(frozen=True, slots=True)
class Aftermath:
    """The end of one attempt, while its context is still open."""

    context: BrowserContext
    journey: Journey
    recorder: Recorder
    account: Account | None
    base_url: str
    portal_says: Sequence[PortalSays]
    root: Path  # of the project
    slow_after: float | None  # seconds
    trace: str  # "off", "on" or "retain-on-failure"
    folder: EvidenceFolder
    redaction: Redaction
    shown_by_others: bool  # who mask by ``redaction``: it must know all, whatever is kept here
    patience: Patience

    def attempt(self, problem: BaseException | None, *, began: float, seconds: float) -> Attempt:
        """The record of the attempt that ``problem``, if anything, ended after ``seconds``."""
        if problem is not None and said_to_pytest(problem) == "Skipped":
            self._note_secrets()
            skipped = Attempt(Outcome.SKIP, None, first_line(problem), began, seconds)
            return self._fit_to_tell(skipped)
        page = self._page_in_sight()
        cause, message, alive, answers = self._verdict(problem, page, seconds)
        if self.journey.went_by_the_clock and self.recorder.clock_drift is not None:
            self.journey.measure(CLOCK_DRIFT, self.recorder.clock_drift)
        vitals = self.recorder.finish(page, self.patience) if answers else ()
        self.recorder.close()
        self._keep_evidence(page if cause and answers else None, passed=not cause, alive=alive)
        attempt = Attempt(
            outcome=cause.outcome if cause else Outcome.PASS,
            cause=cause,
            message=message,
            started_at=began,
            seconds=seconds,
            steps=as_judged(self.journey.steps, cause),
            vitals=vitals,
            console=tuple(self.recorder.console),
            failed_requests=tuple(self.recorder.failed_requests),
            measures=tuple(self.journey.measures),
            detail=detail_of(problem) if problem else "",
            url=_address(page),
            unmet=tuple(self.journey.unmet),
            code=self._code(problem),
        )
        return dataclasses.replace(
            self._fit_to_tell(attempt),
            evidence=tuple(self.folder.kept),
            withheld=tuple(self.folder.withheld),
        )

    def _fit_to_tell(self, attempt: Attempt) -> Attempt:
        """Without secrets, and without naming whose account it was."""
        names = ShortNames(self.account)

        def fit(text: str, of: str) -> str:
            # Half of an emoji, as a page's script may cut one, is no text that a store takes.
            masked = self.redaction.said(text.encode("utf-8", "replace").decode())
            leak = LeakScan(self.redaction.forms).leak_in(masked.encode())
            if leak:
                return WITHHELD
            return names.shortened(masked) if of in _READ else masked

        return cast(Attempt, _with_texts(attempt, fit))

    def _code(self, problem: BaseException | None) -> CodeFrame | None:
        """Where it failed; soft claims that are told at the end failed where they stand."""
        if problem is None:
            return None
        unmet = self.journey.unmet
        return code_frame(problem.__traceback__, self.root) or (unmet[0].code if unmet else None)

    def _page_in_sight(self) -> Page:
        """The journey's page, or the last one open where the check has closed that."""
        if self.journey.page.is_closed() and self.context.pages:
            return self.context.pages[-1]
        return self.journey.page

    def _verdict(
        self, problem: BaseException | None, page: Page, seconds: float
    ) -> tuple[Cause | None, str, bool, bool]:
        """The cause, if it is no pass; a line about it; whether the browser, and whether the
        page can be asked more."""
        if problem is None:
            if self.slow_after is not None and seconds > self.slow_after:
                told = f"took {seconds:.2f} s, over its threshold of {self.slow_after:g} s"
                return Cause.SLOW, told, True, True
            return None, "", True, True
        scene = Scene(
            context=self.context,
            page=page,
            recorder=self.recorder,
            base_url=self.base_url,
            patience=self.patience,
            portal_says=self.portal_says,
            since=self.journey.failed_from(problem),
            expected=frozenset(self.journey.expected),
            went_by_the_clock=self.journey.went_by_the_clock,
        )
        signals = scene.signals(problem)
        answers = signals.browser_alive and signals.page_answers
        return *diagnose(signals), signals.browser_alive, answers

    def _keep_evidence(self, failed: Page | None, *, passed: bool, alive: bool) -> None:
        """What the check attached, and of a failure what ``failed`` and the other pages show."""
        journey, always = self.journey, self.trace == "on"
        self._note_secrets()
        keeps = always or journey.attachments or self.recorder.console
        if passed and not keeps and not self.shown_by_others:
            return  # nothing is kept that a cookie could stand in
        cookies = None
        if alive:  # one that is gone or stuck is not waited for once more
            cookies = self.patience.ask(COOKIES_SECONDS, self.context.cookies, None)
        self.redaction.add_seen(credentials_seen.of_cookies(cookies or ()))
        if failed is not None or passed:
            self._note_tokens()
        trace = None
        if cookies is not None and (always or (failed is not None and self.trace != "off")):
            # First of all: what it has seen is masked in everything else, too.
            trace = self.folder.end_trace(self.context, self.patience)
            self.redaction.add_seen(credentials_seen.of_trace(trace or b""))
        if cookies is None or self.redaction.too_many:
            self.recorder.withhold_console()
        if cookies is None:
            return  # without the live cookies nothing can be masked that may hold them
        for name, data, media_type in journey.attachments:
            self.folder.attachment(name, data, media_type)
        if failed is not None:
            pages = [failed, *(page for page in self.context.pages if page != failed)]
            shown = [page for page in pages if not page.url.startswith(ERROR_PAGES)]
            self.folder.pages(shown, journey.secret_fields, self.patience)
        if trace is not None:
            self.folder.trace(trace)

    def _note_secrets(self) -> None:
        """What the journey itself has typed, read in messages, or used again."""
        journey = self.journey
        self.redaction.add(journey.used_codes)
        self.redaction.add(secret.reveal() for secret in journey.typed_secrets)
        self.redaction.add(journey.sign_in_secrets)
        self.redaction.add_seen(self.recorder.tokens)

    def _note_tokens(self) -> None:
        """What the open pages hold in the fields of their forms, and in their storage."""
        frames = [frame for page in self.context.pages for frame in page.frames]
        # A browser's own pages of errors tell the portal's address in theirs.
        for frame in (frame for frame in frames if frame.url.startswith("http")):
            self.redaction.add_seen(credentials_seen.of_address(frame.url))
            markup = self.patience.ask(TOKENS_SECONDS, frame.content, "")
            self.redaction.add_seen(credentials_seen.of_page(markup))
            stored = self.patience.ask(TOKENS_SECONDS, partial(frame.evaluate, _STORAGE), None)
            self.redaction.add_seen(credentials_seen.of_storage(stored or {}))


def _address(page: Page) -> str:
    """Where ``page`` stands, without query and fragment; nowhere, where the browser shows an
    error of its own."""
    return "" if page.url.startswith(ERROR_PAGES) else page.url.partition("#")[0].partition("?")[0]


def as_judged(steps: Sequence[Step], cause: Cause | None) -> tuple[Step, ...]:
    """A step that failed through a fault of ours is an error, as the attempt is."""
    if cause is None or not cause.ours:
        return tuple(steps)
    return tuple(
        dataclasses.replace(step, outcome=Outcome.ERROR) if step.outcome is Outcome.FAIL else step
        for step in steps
    )


def _with_texts(value: Any, fit: Callable[[str, str], str], of: str = "") -> Any:
    """``value``, a record or its field ``of``, with ``fit`` done to all of its texts."""
    match value:
        case StrEnum():
            return value
        case str():
            return fit(value, of)
        case tuple():
            return tuple(_with_texts(item, fit, of) for item in value)
        case Record():
            fields = dataclasses.fields(value)  # type: ignore[arg-type]
            parts = {f.name: _with_texts(getattr(value, f.name), fit, f.name) for f in fields}
            return type(value)(**parts)
    return value
