"""From what was seen when an attempt ended to the cause of it: pure functions.

Signals are trusted in this order: the end of our own browser, transport errors,
HTTP status of documents and of scripts' requests, what the portal says, what the
page did, the failed claim. Texts of browsers' errors are never matched on: they
differ by engine ("browsingContext.navigate: unknown error" is all that Firefox
says of a refused connection), so reachability comes from a probe of the address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from portalwatch.model import Cause, FailedRequest


@dataclass(frozen=True, slots=True)
class PortalSays:
    """A rule of the project: a text that the portal shows, and the cause it stands for.

    ``text`` is a regular expression, searched without regard to case in the visible
    elements that ``selector`` finds.
    """

    text: str
    cause: Cause
    selector: str = "[role=alert]"


class Ending(StrEnum):
    """How an attempt that did not pass came to its end."""

    CLAIM = "claim"  # an expectation or a require() was not met
    TIMEOUT = "timeout"  # an action of the browser ran out of time
    BROWSER = "browser"  # any other error that the browser reported
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
    reach: Reach = Reach.UNKNOWN
    failed_requests: tuple[FailedRequest, ...] = ()  # of the failed step
    pending_document: str | None = None  # "GET https://… for 9.8 s": asked for, not answered
    portal_says: tuple[tuple[Cause, str], ...] = ()  # rules that matched, with the text seen


def diagnose(seen: Signals) -> tuple[Cause, str]:
    """The cause of an ending, and one line about it for people."""
    if seen.ending is Ending.CONFIG:
        return Cause.CONFIG_ERROR, seen.message
    if not seen.browser_alive:
        return Cause.BROWSER_CRASHED, f"the browser ended in the middle of the run: {seen.message}"
    if seen.ending is Ending.SCRIPT:
        return Cause.SCRIPT_ERROR, seen.message
    return (
        _transport(seen)
        or _status(seen)
        or _said(seen)
        or _page(seen)
        or (seen.claim_cause or _default(seen), seen.message)
    )


def _transport(seen: Signals) -> tuple[Cause, str] | None:
    broken = [r for r in seen.failed_requests if r.kind == "document" and r.status is None]
    if seen.pending_document:
        what = seen.pending_document
    elif broken:
        what = f"{broken[-1].method} {broken[-1].url}: {broken[-1].error}"
    else:
        what = seen.message  # Firefox over BiDi tells of no request that was refused
    match seen.reach:
        case Reach.REFUSED:
            return Cause.UNREACHABLE, f"no connection to the portal ({what})"
        case Reach.TLS:
            return Cause.TLS, f"no secure connection to the portal ({what})"
        case Reach.SILENT:
            return Cause.UNREACHABLE, f"the portal does not answer ({what})"
    if seen.pending_document:
        return Cause.SLOW, f"a page was not answered in time ({what})"
    if broken and not _aborted_by_us(broken[-1]):
        return Cause.UNREACHABLE, f"the connection broke ({what})"
    return None


def _aborted_by_us(request: FailedRequest) -> bool:
    # A navigation replaced by the next one, or turned into a download, is no failure.
    return bool(re.search(r"ERR_ABORTED|NS_BINDING_ABORTED|cancel", request.error, re.IGNORECASE))


def _status(seen: Signals) -> tuple[Cause, str] | None:
    order: Sequence[tuple[str, ...]] = (("document",), ("xhr", "fetch"))
    for kinds in order:
        for request in reversed(seen.failed_requests):
            if request.kind in kinds and request.status is not None and request.status >= 500:
                line = f"{request.method} {request.url} answered {request.status}"
                return Cause.SERVER_ERROR, line
    return None


def _said(seen: Signals) -> tuple[Cause, str] | None:
    # That something was allowed which must be refused outweighs any text beside it.
    if not seen.portal_says or seen.claim_cause is Cause.ACCESS_NOT_REFUSED:
        return None
    cause, text = seen.portal_says[0]
    return cause, f"the portal says: “{text}”"


def _page(seen: Signals) -> tuple[Cause, str] | None:
    if seen.page_crashed:
        # The renderer died, the browser lives: on a machine of ours, so our trouble
        # until another run shows the same page crash again.
        return Cause.BROWSER_CRASHED, "the page's process crashed"
    if not seen.page_answers:
        return Cause.PAGE_BROKEN, "the page does not react: a script on it does not end"
    return None


def _default(seen: Signals) -> Cause:
    match seen.ending:
        case Ending.DEADLINE:
            return Cause.DEADLINE_KILLED
        case Ending.BROWSER:
            return Cause.SCRIPT_ERROR
        case _:
            return Cause.CONTENT_WRONG
