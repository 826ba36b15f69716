"""What every part of portalwatch exchanges: the words of a verdict, and the frozen records.

Times are POSIX timestamps in seconds (UTC); durations are seconds; sizes are bytes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from enum import StrEnum

from portalwatch.record import Record


class Outcome(StrEnum):
    """What came of a run, an attempt or a step."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"  # the claim is false: the portal's doing
    ERROR = "error"  # our doing: browser, script, account, configuration
    SKIP = "skip"  # not done: a step after a failure, no account free, a maintenance window


class Cause(StrEnum):
    """Why a run did not pass: a closed list. See ``words`` and ``ours``."""

    INVALID_CREDENTIALS = "invalid_credentials"
    ACCOUNT_LOCKED = "account_locked"
    ACCOUNT_SUSPENDED = "account_suspended"
    SECOND_FACTOR_REJECTED = "second_factor_rejected"
    CODE_NOT_DELIVERED = "code_not_delivered"
    RECOVERY_BROKEN = "recovery_broken"
    SESSION_LOST = "session_lost"
    BROWSER_UNSUPPORTED = "browser_unsupported"
    MAINTENANCE = "maintenance"
    SERVER_ERROR = "server_error"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    SLOW = "slow"
    PAGE_BROKEN = "page_broken"
    CONTENT_WRONG = "content_wrong"
    ACCESS_NOT_REFUSED = "access_not_refused"

    BROWSER_CRASHED = "browser_crashed"
    BROWSER_MISSING = "browser_missing"
    OUT_OF_MEMORY = "out_of_memory"
    SCRIPT_ERROR = "script_error"
    CONFIG_ERROR = "config_error"
    ACCOUNT_UNAVAILABLE = "account_unavailable"
    CLOCK_DRIFT = "clock_drift"
    MAILBOX_UNAVAILABLE = "mailbox_unavailable"
    DEADLINE_KILLED = "deadline_killed"
    MONITOR_RESTARTED = "monitor_restarted"
    WORKER_CRASHED = "worker_crashed"
    ENGINE_FAULT = "engine_fault"

    @property
    def ours(self) -> bool:
        """True where the fault is the monitor's side, not the portal's."""
        return self in _OURS

    @property
    def outcome(self) -> Outcome:
        """The outcome that a run with this cause has."""
        return Outcome.ERROR if self.ours else Outcome.FAIL

    @property
    def words(self) -> str:
        """The cause as a reader of a report sees it."""
        return _WORDS[self]


_OURS = frozenset(
    {
        Cause.BROWSER_CRASHED,
        Cause.BROWSER_MISSING,
        Cause.OUT_OF_MEMORY,
        Cause.SCRIPT_ERROR,
        Cause.CONFIG_ERROR,
        Cause.ACCOUNT_UNAVAILABLE,
        Cause.CLOCK_DRIFT,
        Cause.MAILBOX_UNAVAILABLE,
        Cause.DEADLINE_KILLED,
        Cause.MONITOR_RESTARTED,
        Cause.WORKER_CRASHED,
        Cause.ENGINE_FAULT,
    }
)

_WORDS = {
    Cause.INVALID_CREDENTIALS: "The portal refused the credentials",
    Cause.ACCOUNT_LOCKED: "The account is locked",
    Cause.ACCOUNT_SUSPENDED: "The account is suspended",
    Cause.SECOND_FACTOR_REJECTED: "The portal refused the second factor",
    Cause.CODE_NOT_DELIVERED: "The one-time code never arrived",
    Cause.RECOVERY_BROKEN: "Account recovery does not work",
    Cause.SESSION_LOST: "The portal lost the session",
    Cause.BROWSER_UNSUPPORTED: "The portal turned the browser away",
    Cause.MAINTENANCE: "The portal is under maintenance",
    Cause.SERVER_ERROR: "The portal answered with a server error",
    Cause.UNREACHABLE: "The portal cannot be reached",
    Cause.TLS: "The portal's TLS certificate or handshake is broken",
    Cause.SLOW: "The portal is too slow",
    Cause.PAGE_BROKEN: "A page of the portal is broken",
    Cause.CONTENT_WRONG: "A page does not show what it should",
    Cause.ACCESS_NOT_REFUSED: "The portal allowed what it must refuse",
    Cause.BROWSER_CRASHED: "Our browser crashed",
    Cause.BROWSER_MISSING: "The browser is not installed here",
    Cause.OUT_OF_MEMORY: "Our machine ran out of memory",
    Cause.SCRIPT_ERROR: "The check's own script is at fault",
    Cause.CONFIG_ERROR: "Our configuration is at fault",
    Cause.ACCOUNT_UNAVAILABLE: "No test account could be used",
    Cause.CLOCK_DRIFT: "Our machine's clock is wrong",
    Cause.MAILBOX_UNAVAILABLE: "The mailbox cannot be read",
    Cause.DEADLINE_KILLED: "The run was ended at its deadline",
    Cause.MONITOR_RESTARTED: "The monitor was stopped in the middle",
    Cause.WORKER_CRASHED: "Our worker process died",
    Cause.ENGINE_FAULT: "Portalwatch itself is at fault",
}


CHANNELS: dict[str, tuple[str, ...]] = {
    "chromium": (
        *("chromium", "chromium-headless-shell"),
        *("chrome", "chrome-beta", "chrome-dev", "msedge", "msedge-beta", "msedge-dev"),
    ),
    "firefox": ("moz-firefox",),
    "webkit": (),
}
"""The channels that each engine has: Playwright's names. Any other is refused, or a check
would pass on another browser than the one it names."""


@dataclass(frozen=True, slots=True)
class BrowserInfo(Record):
    """A browser as it was found or as it ran."""

    name: str  # the plan's name of it: "chromium", "firefox", "edge"
    engine: str  # "chromium", "firefox" or "webkit"
    version: str  # "156.0.8078.73"
    build: str  # "playwright" or "system"
    protocol: str  # "cdp", "juggler", "bidi" or "webkit-inspector"
    headless_shell: bool = False

    @classmethod
    def unknown(cls, name: str, engine: str = "unknown") -> BrowserInfo:
        """What is to be said of a browser that was asked for and never seen."""
        return cls(name, engine, "unknown", "unknown", "unknown")


@dataclass(frozen=True, slots=True)
class Step(Record):
    """A named, timed part of an attempt; nested ones follow their parent, one level deeper."""

    name: str
    outcome: Outcome
    offset: float  # seconds from the attempt's start
    seconds: float
    level: int = 0  # nesting depth: 0 is outermost
    error: str | None = None


@dataclass(frozen=True, slots=True)
class PageVitals(Record):
    """Web vitals of one document; a value that the browser does not give is None."""

    url: str
    ttfb: float | None = None  # time to first byte, seconds
    fcp: float | None = None  # first contentful paint, seconds
    lcp: float | None = None  # largest contentful paint, seconds
    cls: float | None = None  # cumulative layout shift, no unit
    inp: float | None = None  # interaction to next paint, seconds


@dataclass(frozen=True, slots=True)
class ConsoleEntry(Record):
    """An error or warning on the page's console, or an uncaught exception."""

    level: str  # "error", "warning" or "exception"
    text: str
    url: str
    offset: float


@dataclass(frozen=True, slots=True)
class FailedRequest(Record):
    """A request that got no answer (``status`` None) or an error status."""

    method: str
    url: str
    kind: str  # Playwright's resource type: "document", "xhr", "stylesheet", …; or "iframe"
    status: int | None
    error: str
    offset: float


@dataclass(frozen=True, slots=True)
class Measure(Record):
    """A number that a check took by ``journey.measure()``."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Evidence(Record):
    """A file kept of a failing attempt; ``path`` is relative to the evidence folder."""

    kind: str  # "screenshot", "trace", "page_text", "attachment"
    name: str
    path: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class CodeFrame(Record):
    """The lines of a project's file around the one where something failed."""

    file: str  # relative to the project's root
    line: int  # the one that failed, from 1 on
    first: int  # the number of the first line of ``source``
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnmetClaim(Record):
    """A soft claim that does not hold: the journey went on after it."""

    message: str
    cause: Cause
    offset: float  # seconds from the attempt's start
    code: CodeFrame | None = None


@dataclass(frozen=True, slots=True)
class Attempt(Record):
    """One try at a run's check."""

    outcome: Outcome
    cause: Cause | None
    message: str  # one line for people; empty on a pass
    started_at: float
    seconds: float
    steps: tuple[Step, ...] = ()
    vitals: tuple[PageVitals, ...] = ()
    console: tuple[ConsoleEntry, ...] = ()
    failed_requests: tuple[FailedRequest, ...] = ()
    measures: tuple[Measure, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    detail: str = ""  # traceback or call log, redacted
    url: str = ""  # where the page stood at the end
    unmet: tuple[UnmetClaim, ...] = ()  # the soft claims that do not hold
    code: CodeFrame | None = None  # where in the project it failed
    worker: str = ""  # who carried it out: "gw0" of pytest-xdist, "worker 2" of a pool
    withheld: tuple[str, ...] = ()  # names of evidence that may hold a secret after masking

    @classmethod
    def without_journey(
        cls,
        cause: Cause,
        message: str,
        began: float,
        *,
        ended: float | None = None,
        detail: str = "",
        outcome: Outcome | None = None,
    ) -> Attempt:
        """The record of an attempt of which no more is known than when it began and its end.

        ``ended`` is now, and ``outcome`` the cause's own, unless they are given.
        """
        return cls(
            outcome=outcome or cause.outcome,
            cause=cause,
            message=message,
            started_at=began,
            # A clock may be set back meanwhile.
            seconds=max(0.0, (time.time() if ended is None else ended) - began),
            detail=detail,
        )

    @property
    def failed_step(self) -> Step | None:
        """The innermost step of the one that ended the attempt, if one did.

        A step that failed before and was caught by the check is not it: it is the last one
        that failed with all the steps around it.
        """
        ending, failed = None, list[bool]()  # the step before and those around it, by level
        for step in self.steps:
            failed[step.level :] = [step.outcome in (Outcome.FAIL, Outcome.ERROR)]
            if all(failed):
                ending = step
        return ending


@dataclass(frozen=True, slots=True)
class Result(Record):
    """The record of a run: one check, one browser, one account, one or more attempts.

    The last attempt gives the verdict. Every metric, report and alert is a view of this.
    """

    run_id: str
    check: str  # "login.provider_signs_in"
    title: str  # the first line of the check's docstring
    browser: BrowserInfo
    account: str | None  # the plan's name of it, never a user id
    scheduled_at: float
    attempts: tuple[Attempt, ...]
    queue_seconds: float = 0.0  # from due to started
    tags: tuple[str, ...] = ()
    versions: tuple[tuple[str, ...], ...] = field(default=())  # (("portalwatch", "0.1.0"), …)
    node: str = ""  # pytest's id of it, where pytest ran it
    base_url: str = ""  # that was asked for instead of the plan's portal

    def __post_init__(self) -> None:
        if not self.attempts:
            raise ValueError("a result has at least one attempt")

    @property
    def last(self) -> Attempt:
        """The attempt that gives the verdict."""
        return self.attempts[-1]

    @property
    def outcome(self) -> Outcome:
        return self.last.outcome

    @property
    def cause(self) -> Cause | None:
        return self.last.cause

    @property
    def message(self) -> str:
        return self.last.message

    @property
    def started_at(self) -> float:
        return self.attempts[0].started_at

    @property
    def ended_at(self) -> float:
        return self.last.started_at + self.last.seconds

    @property
    def seconds(self) -> float:
        """Duration of the last attempt: what the journey took, without reruns before it."""
        return self.last.seconds

    @property
    def flaky(self) -> bool:
        """True where a failed attempt was followed by one that passed."""
        return self.outcome is Outcome.PASS and any(
            a.outcome is Outcome.FAIL for a in self.attempts
        )

    def after(self, earlier: Result) -> Result:
        """The one run of which this was tried after ``earlier``."""
        known = self if self.browser.version != "unknown" else earlier
        return replace(
            self,
            browser=known.browser,
            account=known.account,
            attempts=(*earlier.attempts, *self.attempts),
            scheduled_at=earlier.scheduled_at,
            queue_seconds=earlier.queue_seconds,
        )
