"""From what was seen when an attempt ended to the cause of it: pure functions.

Signals are trusted in this order: the end of our own browser, transport errors,
HTTP status of documents and of scripts' requests, what the portal says, what the
page did, the failed claim. Why a connection failed is not read from the browser's
error text, which differs by engine and version ("browsingContext.navigate: unknown
error" is all that Firefox says of many): it comes from a probe of the address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from portalwatch.model import Cause, FailedRequest

# Of two clocks, beyond which a code of an app is refused for no fault of the portal's.
DRIFT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PortalSays:
    """A rule of the project: a text that the portal shows, and the cause it stands for.

    ``text`` is a regular expression, searched without regard to case in the visible
    elements that ``selector`` finds.
    """

    text: str
    cause: Cause
    selector: str = "[role=alert]"

    def __post_init__(self) -> None:
        re.compile(self.text)  # where the rule is written, not in the middle of an outage


class Ending(StrEnum):
    """How an attempt that did not pass came to its end."""

    CLAIM = "claim"  # an expectation or a require() was not met
    TIMEOUT = "timeout"  # an action of the browser ran out of time
    BROWSER = "browser"  # any other error that the browser reported
    ACCOUNT = "account"  # the test account must not be tried
    MAILBOX = "mailbox"  # mail or texts could not be read where they arrive
    CONFIG = "config"  # something that the check needs is not configured
    SCRIPT = "script"  # an exception of the check's own code
    DEADLINE = "deadline"  # the run's time was over


class Reach(StrEnum):
    """What a probe of the portal's address found after a failure."""

    ANSWERS = "answers"
    REFUSED = "refused"  # no connection: DNS, refused, reset
    SILENT = "silent"  # a connection, and no answer on it
    TLS = "tls"
    UNKNOWN = "unknown"  # not probed, or our own side could not


@dataclass(frozen=True, slots=True)
class Signals:
    """What was seen when an attempt ended."""

    ending: Ending
    message: str  # one line: what the claim, the action or the exception said
    claim_cause: Cause | None = None  # the cause that the check itself gave
    browser_alive: bool = True
    page_crashed: bool = False
    page_answers: bool = True  # False where its script does not let go of the page
    still_loading: bool = False  # its document had come in part when the time was over
    error_page: bool = False  # the browser shows a page of its own, for want of the portal's
    reach: Reach = Reach.UNKNOWN
    clock_drift: float = 0.0  # seconds that our clock is ahead of the portal's, where it matters
    # Of the failed step: documents, and what their scripts asked of the portal itself.
    failed_requests: tuple[FailedRequest, ...] = ()
    pending_document: str | None = None  # "GET https://… for 9.8 s": asked for, not answered
    portal_says: tuple[tuple[Cause, str], ...] = ()  # rules that matched, with the text seen


def diagnose(seen: Signals) -> tuple[Cause, str]:
    """The cause of an ending, and one line about it for people."""
    if seen.ending is Ending.CONFIG:
        return Cause.CONFIG_ERROR, seen.message
    if seen.ending is Ending.ACCOUNT:
        return Cause.ACCOUNT_UNAVAILABLE, seen.message
    if seen.ending is Ending.MAILBOX:
        return Cause.MAILBOX_UNAVAILABLE, seen.message
    if not seen.browser_alive:
        return Cause.BROWSER_CRASHED, f"our browser died or hangs ({seen.message})"
    if seen.ending is Ending.SCRIPT:
        return Cause.SCRIPT_ERROR, seen.message
    if seen.claim_cause is Cause.ACCESS_NOT_REFUSED:
        return seen.claim_cause, seen.message  # nothing that went wrong beside it excuses that
    return (
        _transport(seen)
        or _status(seen, "document")
        or _refused(seen)
        or _status(seen, "xhr", "fetch")
        or _said(seen)
        or _page(seen)
        or _fallback(seen)
    )


def _transport(seen: Signals) -> tuple[Cause, str] | None:
    broken = [r for r in seen.failed_requests if r.kind == "document" and r.status is None]
    broken = [r for r in broken if not _replaced(r)]
    if seen.pending_document:
        what = seen.pending_document
    elif broken:
        what = f"{broken[-1].method} {broken[-1].url}: {broken[-1].error}"
    else:
        what = seen.message
    match seen.reach:
        case Reach.REFUSED:
            return Cause.UNREACHABLE, f"no connection to the portal ({what})"
        case Reach.TLS:
            return Cause.TLS, f"no secure connection to the portal ({what})"
        case Reach.SILENT:
            return Cause.UNREACHABLE, f"the portal does not answer ({what})"
    if seen.pending_document:
        return Cause.SLOW, f"a page was not answered in time ({what})"
    if broken or seen.error_page:
        return Cause.UNREACHABLE, f"the connection broke ({what})"
    return None


def _replaced(request: FailedRequest) -> bool:
    """Whether the next navigation took its place, or a download: that is no failure."""
    return bool(re.search(r"ERR_ABORTED|NS_BINDING_ABORTED|cancel", request.error, re.IGNORECASE))


def _status(seen: Signals, *kinds: str) -> tuple[Cause, str] | None:
    for request in reversed(seen.failed_requests):
        if request.kind in kinds and request.status is not None and request.status >= 500:
            return Cause.SERVER_ERROR, _answer(request)
    return None


def _answer(request: FailedRequest) -> str:
    return f"{request.method} {request.url} answered {request.status}"


def _refused(seen: Signals) -> tuple[Cause, str] | None:
    """What is said of credentials: whatever else a script could not get, they count as tried."""
    refusals = (Cause.INVALID_CREDENTIALS, Cause.SECOND_FACTOR_REJECTED)
    said = seen.portal_says
    return _said(seen) if said and said[0][0] in refusals else None


def _said(seen: Signals) -> tuple[Cause, str] | None:
    if not seen.portal_says:
        return None
    cause, text = seen.portal_says[0]
    if cause is Cause.SECOND_FACTOR_REJECTED and abs(seen.clock_drift) > DRIFT_SECONDS:
        way = "ahead of" if seen.clock_drift > 0 else "behind"
        return Cause.CLOCK_DRIFT, (
            f"our clock is {abs(seen.clock_drift):.0f} s {way} the portal's, and its codes go by"
            f" the clock (set this machine's by NTP; the portal says: “{text}”)"
        )
    return cause, f"the portal says: “{text}”"


def _page(seen: Signals) -> tuple[Cause, str] | None:
    if seen.page_crashed:
        # Ours, however often it happens: what ends a renderer is mostly a machine short of
        # memory, and calling a fault of ours a failure of the portal is the worse mistake.
        return Cause.BROWSER_CRASHED, f"the page's process crashed ({seen.message})"
    if not seen.page_answers:
        return Cause.PAGE_BROKEN, f"a script on the page does not end ({seen.message})"
    if seen.still_loading:
        return Cause.SLOW, f"the page was still loading when the time was over ({seen.message})"
    return None


def _fallback(seen: Signals) -> tuple[Cause, str]:
    match seen.ending:
        case Ending.DEADLINE:
            return Cause.DEADLINE_KILLED, seen.message
        case Ending.BROWSER:
            return Cause.SCRIPT_ERROR, seen.message
    refused = [r for r in seen.failed_requests if r.kind == "document" and r.status is not None]
    status = f" ({_answer(refused[-1])})" if refused else ""
    return seen.claim_cause or Cause.CONTENT_WRONG, seen.message + status
