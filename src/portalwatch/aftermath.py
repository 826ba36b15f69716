"""What is done once a journey is over: the verdict, the evidence, the record of the attempt."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from portalwatch.code_frame import code_frame
from portalwatch.diagnosis import PortalSays, diagnose
from portalwatch.errors import first_line
from portalwatch.evidence import EvidenceFolder
from portalwatch.fibers import Patience
from portalwatch.journey import Journey
from portalwatch.model import Attempt, Cause, CodeFrame, Outcome, Step
from portalwatch.problems import detail_of, said_to_pytest
from portalwatch.record import Record
from portalwatch.recorder import Recorder
from portalwatch.redaction import Redaction
from portalwatch.saved_sign_in import SHORTEST_SECRET
from portalwatch.scene import ERROR_PAGES, Scene

COOKIES_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Aftermath:
    """The end of one attempt, while its context is still open."""

    context: BrowserContext
    journey: Journey
    recorder: Recorder
    base_url: str
    portal_says: Sequence[PortalSays]
    root: Path  # of the project
    slow_after: float | None  # seconds
    trace: str  # "off", "on" or "retain-on-failure"
    folder: EvidenceFolder
    redaction: Redaction
    patience: Patience

    def attempt(self, problem: BaseException | None, *, began: float, seconds: float) -> Attempt:
        """The record of the attempt that ``problem``, if anything, ended after ``seconds``."""
        if problem is not None and said_to_pytest(problem) == "Skipped":
            self.redaction.add(self.journey.used_codes)
            told = self.redaction.text(first_line(problem))
            return Attempt(Outcome.SKIP, None, told, began, seconds)
        page = self._page_in_sight()
        cause, message, answers = self._verdict(problem, page, seconds)
        vitals = self.recorder.finish(page, self.patience) if answers else ()
        self.recorder.close()
        self._keep_evidence(page if cause and answers else None)
        attempt = Attempt(
            outcome=cause.outcome if cause else Outcome.PASS,
            cause=cause,
            message=message,
            started_at=began,
            seconds=seconds,
            steps=_as_judged(self.journey.steps, cause),
            vitals=vitals,
            console=tuple(self.recorder.console),
            failed_requests=tuple(self.recorder.failed_requests),
            measures=tuple(self.journey.measures),
            detail=detail_of(problem) if problem else "",
            url=_address(page),
            unmet=tuple(self.journey.unmet),
            code=self._code(problem),
        )
        redacted: Attempt = _redacted(attempt, self.redaction)
        return dataclasses.replace(redacted, evidence=tuple(self.folder.kept))

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
    ) -> tuple[Cause | None, str, bool]:
        """The cause, if it is no pass; a line about it; whether the page can be asked more."""
        if problem is None:
            if self.slow_after is not None and seconds > self.slow_after:
                told = f"took {seconds:.2f} s, over its threshold of {self.slow_after:g} s"
                return Cause.SLOW, told, True
            return None, "", True
        scene = Scene(
            context=self.context,
            page=page,
            recorder=self.recorder,
            base_url=self.base_url,
            patience=self.patience,
            portal_says=self.portal_says,
            since=self.journey.failed_from(problem),
            expected=frozenset(self.journey.expected),
        )
        signals = scene.signals(problem)
        return *diagnose(signals), signals.browser_alive and signals.page_answers

    def _keep_evidence(self, failed: Page | None) -> None:
        """What the check attached, and of a failure what ``failed`` and the other pages show."""
        journey, always = self.journey, self.trace == "on"
        self.redaction.add(journey.used_codes)
        self.redaction.add(secret.reveal() for secret in journey.typed_secrets)
        self.redaction.add(journey.sign_in_secrets)
        if not (failed or always or journey.attachments or self.recorder.console):
            return  # nothing is kept that a cookie could stand in
        cookies = self.patience.ask(COOKIES_SECONDS, self.context.cookies, None)
        values = [cookie.get("value", "") for cookie in cookies or ()]
        self.redaction.add(value for value in values if len(value) >= SHORTEST_SECRET)
        for name, data, media_type in journey.attachments:
            self.folder.attachment(name, data, media_type)
        if cookies is None:
            return  # without the live cookies nothing can be masked that may hold them
        if failed is not None:
            pages = [failed, *(page for page in self.context.pages if page != failed)]
            shown = [page for page in pages if not page.url.startswith(ERROR_PAGES)]
            self.folder.pages(shown, journey.secret_fields, self.patience)
        if always or (failed is not None and self.trace != "off"):
            self.folder.trace(self.context, self.patience)


def _address(page: Page) -> str:
    """Where ``page`` stands, without query and fragment; nowhere, where the browser shows an
    error of its own."""
    return "" if page.url.startswith(ERROR_PAGES) else page.url.partition("#")[0].partition("?")[0]


def _as_judged(steps: Sequence[Step], cause: Cause | None) -> tuple[Step, ...]:
    """A step that failed through a fault of ours is an error, as the attempt is."""
    if cause is None or not cause.ours:
        return tuple(steps)
    return tuple(
        dataclasses.replace(step, outcome=Outcome.ERROR) if step.outcome is Outcome.FAIL else step
        for step in steps
    )


def _redacted(value: Any, redaction: Redaction) -> Any:
    """``value``, a record or a part of one, with the secrets masked in all of its texts."""
    match value:
        case StrEnum():
            return value
        case str():
            # Half of an emoji, as a page's script may cut one, is no text that a store takes.
            return redaction.text(value).encode("utf-8", "replace").decode()
        case tuple():
            return tuple(_redacted(item, redaction) for item in value)
        case Record():
            fields = dataclasses.fields(value)  # type: ignore[arg-type]
            parts = {f.name: _redacted(getattr(value, f.name), redaction) for f in fields}
            return type(value)(**parts)
    return value
