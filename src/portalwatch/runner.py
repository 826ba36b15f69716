"""From an order to its attempts: a fresh context, the check, the verdict. The heart of it all.

Nothing here raises for a fault of the portal, the browser or the check: what came of
an attempt is said in its record.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from portalwatch.account import Account
from portalwatch.browsers import open_page
from portalwatch.code_ledger import CodeLedger
from portalwatch.diagnosis import PortalSays, diagnose
from portalwatch.errors import BrowserMissing, ConfigError, Deadline
from portalwatch.evidence import EvidenceFolder
from portalwatch.fibers import DeadlineTimer, Fibers, OutOfTime
from portalwatch.journey import Journey
from portalwatch.model import Attempt, Cause, ConsoleEntry, Outcome, Record, Step
from portalwatch.recorder import Recorder
from portalwatch.scene import Scene, first_line

OPEN_SECONDS = 40.0  # for a context, the launch of its browser on a busy machine included
CLOSE_SECONDS = 2.0
CONFIRM_BEFORE = 0.5  # of the deadline: after that no time is left to confirm a failure in

OpenContext = Callable[[], AbstractContextManager[BrowserContext]]


@dataclass(frozen=True, slots=True)
class Order(Record):
    """What to run: one check on one browser, with everything a worker must know of the plan."""

    run_id: str
    check: str
    title: str
    browser: str  # the plan's name of it
    base_url: str
    scheduled_at: float
    deadline: float  # seconds for the whole run
    timeout: float  # seconds for one action
    slow_after: float | None = None  # seconds after which a pass is a failure
    confirm: bool = True  # try a failing run once more at once
    trace: str = "on-retry"  # "off", "on" or "on-retry"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every attempt of a process stands on besides its order."""

    fibers: Fibers
    ledger: CodeLedger
    evidence: Path
    portal_says: Sequence[PortalSays] = ()


def run(
    order: Order,
    function: Callable[[Journey], Any],
    account: Account | None,
    open_context: OpenContext,
    on: Surroundings,
) -> tuple[Attempt, ...]:
    """The attempts at ``order``: one, and a second where the first needs confirming.

    A failure is confirmed at once, with a trace, so that one hiccup wakes nobody up;
    a browser that crashed gets a second chance, for it was not the portal's fault.
    """
    with on.fibers.deadline(order.deadline) as deadline:
        return _attempts(order, function, account, open_context, on, deadline)


def _attempts(
    order: Order,
    function: Callable[[Journey], Any],
    account: Account | None,
    open_context: OpenContext,
    on: Surroundings,
    deadline: DeadlineTimer,
) -> tuple[Attempt, ...]:
    began = time.monotonic()
    trace = order.trace == "on"
    first = attempt(order, function, account, open_context, on, deadline, trace=trace)
    crashed = first.cause is Cause.BROWSER_CRASHED
    doubtful = first.outcome is Outcome.FAIL and order.confirm
    if not (crashed or doubtful) or time.monotonic() - began > order.deadline * CONFIRM_BEFORE:
        return (first,)
    trace = trace or (order.trace == "on-retry" and doubtful)
    second = attempt(order, function, account, open_context, on, deadline, 2, trace)
    if doubtful and second.outcome is Outcome.ERROR:
        return (second, first)  # our own trouble confirms nothing: the first verdict stands
    return (first, second)


def attempt(
    order: Order,
    function: Callable[[Journey], Any],
    account: Account | None,
    open_context: OpenContext,
    on: Surroundings,
    deadline: DeadlineTimer,
    number: int = 1,
    trace: bool = False,
) -> Attempt:
    """Run ``function`` once, in a context from ``open_context``, and say what came of it.

    The duration is the journey's own: without opening and closing the context, and
    without the wait for a fresh one-time code.
    """
    began = time.time()
    with ExitStack() as stack:
        try:
            with deadline.may_strike():
                context = on.fibers.bounded(
                    OPEN_SECONDS, lambda: stack.enter_context(open_context())
                )
            # Where its browser is gone or stuck, closing is given up: the worker sees to it.
            closing = stack.pop_all()
            stack.callback(on.fibers.ask, CLOSE_SECONDS, closing.close, None)
        except BrowserMissing as exc:
            return _stillborn(began, Cause.BROWSER_MISSING, str(exc))
        except ConfigError as exc:
            return _stillborn(began, Cause.CONFIG_ERROR, str(exc))
        except (OutOfTime, Deadline):
            return _stillborn(began, Cause.BROWSER_CRASHED, "the browser opened no page in time")
        except Exception as exc:
            return _stillborn(began, Cause.BROWSER_CRASHED, first_line(exc))
        secrets = account.secrets() if account else ()
        folder = EvidenceFolder(on.evidence, order.run_id, number, secrets)
        return _Try(context, order, account, on, folder, trace).carry_out(function, deadline, began)


class _Try:
    """One attempt in an open context."""

    def __init__(
        self,
        context: BrowserContext,
        order: Order,
        account: Account | None,
        on: Surroundings,
        folder: EvidenceFolder,
        trace: bool,
    ) -> None:
        self.context = context
        self.order = order
        self.account = account
        self.on = on
        self.folder = folder
        self.trace = trace
        self.started = time.perf_counter()
        self.recorder = Recorder(context, lambda: time.perf_counter() - self.started)
        self.page: Page | None = None
        self.journey: Journey | None = None
        self.answers = True  # False once the browser or the page was found hanging

    def carry_out(
        self, function: Callable[[Journey], Any], deadline: DeadlineTimer, began: float
    ) -> Attempt:
        problem: BaseException | None = None
        try:
            with deadline.may_strike():
                self._prepare()
                function(self._begin())
        except (Exception, Deadline) as exc:
            problem = exc
        elapsed = self.journey.elapsed if self.journey else time.perf_counter() - self.started
        cause, message = self._verdict(problem, elapsed)
        asks = self.page if self.answers else None
        vitals = self.recorder.finish(asks, self.on.fibers) if asks else ()
        self._keep_evidence(failed=cause is not None)
        redacted = self.folder.redacted
        return Attempt(
            outcome=cause.outcome if cause else Outcome.PASS,
            cause=cause,
            message=redacted(message),
            started_at=began,
            seconds=elapsed,
            steps=_redacted_steps(self.journey.steps if self.journey else (), redacted),
            vitals=vitals,
            console=_redacted_console(self.recorder.console, redacted),
            failed_requests=tuple(self.recorder.failed_requests),
            measures=tuple(self.journey.measures) if self.journey else (),
            evidence=tuple(self.folder.kept),
            detail=redacted(_detail(problem)) if problem else "",
            url=self.page.url.partition("?")[0] if self.page else "",
        )

    def _prepare(self) -> None:
        self.context.set_default_timeout(self.order.timeout * 1000)
        if self.trace:
            # Firefox over BiDi pays dearly for the trace's own screenshots.
            browser = self.context.browser
            shots = browser is not None and browser.browser_type.name == "chromium"
            self.context.tracing.start(screenshots=shots, snapshots=True)

    def _begin(self) -> Journey:
        self.page = open_page(self.context)
        self.journey = Journey(
            page=self.page,
            account=self.account,
            base_url=self.order.base_url,
            ledger=self.on.ledger,
            fibers=self.on.fibers,
        )
        return self.journey

    def _verdict(self, problem: BaseException | None, elapsed: float) -> tuple[Cause | None, str]:
        if problem is not None:
            journey, on = self.journey, self.on
            scene = Scene(
                page=self.page,
                recorder=self.recorder,
                base_url=self.order.base_url,
                fibers=on.fibers,
                portal_says=on.portal_says,
                since=journey.failed_step_offset if journey else 0.0,
                expected=frozenset(journey.expected) if journey else frozenset(),
            )
            signals = scene.signals(problem)
            self.answers = signals.browser_alive and signals.page_answers
            return diagnose(signals)
        slow_after = self.order.slow_after
        if slow_after is not None and elapsed > slow_after:
            return Cause.SLOW, f"took {elapsed:.2f} s, over its threshold of {slow_after:g} s"
        return None, ""

    def _keep_evidence(self, *, failed: bool) -> None:
        folder, fibers = self.folder, self.on.fibers
        if self.journey:
            folder.add_secrets(self.journey.used_codes)
            for name, data, media_type in self.journey.attachments:
                folder.attachment(name, data, media_type)
        if failed and self.page and self.answers:
            folder.add_secrets(_cookie_values(self.context, fibers))
            folder.page(self.page, fibers)
            if self.trace:
                folder.trace(self.context, fibers)


def _detail(problem: BaseException) -> str:
    """The exception with its traceback, without the frames of this engine."""
    told = traceback.TracebackException.from_exception(problem)
    engine = str(Path(__file__).parent)
    told.stack = traceback.StackSummary.from_list(
        [frame for frame in told.stack if not frame.filename.startswith(engine)]
    )
    return "".join(told.format())


def _cookie_values(context: BrowserContext, fibers: Fibers) -> list[str]:
    """Live cookies, so that they are masked in the evidence like any other secret."""
    cookies = fibers.ask(CLOSE_SECONDS, context.cookies, [])
    # Short values are flags such as "1" or "dark": masking them would only blank words.
    return [value for cookie in cookies if len(value := cookie.get("value", "")) >= 16]


def _redacted_steps(steps: Sequence[Step], redacted: Callable[[str], str]) -> tuple[Step, ...]:
    return tuple(
        Step(s.name, s.outcome, s.offset, s.seconds, s.level, redacted(s.error)) if s.error else s
        for s in steps
    )


def _redacted_console(
    entries: Sequence[ConsoleEntry], redacted: Callable[[str], str]
) -> tuple[ConsoleEntry, ...]:
    return tuple(ConsoleEntry(e.level, redacted(e.text), e.url, e.offset) for e in entries)


def _stillborn(began: float, cause: Cause, message: str) -> Attempt:
    """The record of an attempt that never got as far as a page."""
    return Attempt(
        outcome=cause.outcome,
        cause=cause,
        message=message,
        started_at=began,
        seconds=max(0.0, time.time() - began),
    )
