"""From what was seen to the cause of it: which signal outweighs which."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from portalwatch.diagnosis import Ending, PortalSays, Reach, Signals, diagnose
from portalwatch.model import Cause, FailedRequest, Outcome

URL = "https://portal.example/sign-in/"
PENDING = f"GET {URL} for 9.8 s"
SAYS = ((Cause.INVALID_CREDENTIALS, "password is incorrect"),)


def request(
    status: int | None = None, kind: str = "document", error: str = "net::ERR_CONNECTION_RESET"
) -> FailedRequest:
    return FailedRequest("GET", URL, kind, status, error, 1.0)


def seen(ending: Ending = Ending.CLAIM, **signals: Any) -> Signals:
    return Signals(ending, "what it said", **signals)


@pytest.mark.parametrize(
    ("signals", "cause", "message"),
    [
        # Without any other signal, the ending tells.
        (seen(Ending.CLAIM), Cause.CONTENT_WRONG, "what it said"),
        (seen(Ending.TIMEOUT), Cause.CONTENT_WRONG, "what it said"),
        (seen(Ending.BROWSER), Cause.SCRIPT_ERROR, "what it said"),
        (seen(Ending.SCRIPT), Cause.SCRIPT_ERROR, "what it said"),
        (seen(Ending.CONFIG), Cause.CONFIG_ERROR, "what it said"),
        (seen(Ending.DEADLINE), Cause.DEADLINE_KILLED, "what it said"),
        (seen(claim_cause=Cause.SESSION_LOST), Cause.SESSION_LOST, "what it said"),
        # Transport.
        (
            seen(Ending.BROWSER, reach=Reach.REFUSED),
            Cause.UNREACHABLE,
            "no connection to the portal (what it said)",
        ),
        (
            seen(Ending.BROWSER, reach=Reach.REFUSED, failed_requests=(request(),)),
            Cause.UNREACHABLE,
            f"no connection to the portal (GET {URL}: net::ERR_CONNECTION_RESET)",
        ),
        (
            seen(Ending.BROWSER, reach=Reach.TLS),
            Cause.TLS,
            "no secure connection to the portal (what it said)",
        ),
        (
            seen(Ending.TIMEOUT, reach=Reach.SILENT, pending_document=PENDING),
            Cause.UNREACHABLE,
            f"the portal does not answer ({PENDING})",
        ),
        (
            seen(Ending.TIMEOUT, reach=Reach.ANSWERS, pending_document=PENDING),
            Cause.SLOW,
            f"a page was not answered in time ({PENDING})",
        ),
        (
            seen(Ending.DEADLINE, reach=Reach.UNKNOWN, pending_document=PENDING),
            Cause.SLOW,
            f"a page was not answered in time ({PENDING})",
        ),
        (
            seen(Ending.BROWSER, reach=Reach.ANSWERS, failed_requests=(request(),)),
            Cause.UNREACHABLE,
            f"the connection broke (GET {URL}: net::ERR_CONNECTION_RESET)",
        ),
        (
            seen(reach=Reach.ANSWERS, error_page=True),
            Cause.UNREACHABLE,
            "the connection broke (what it said)",
        ),
        *[
            (
                seen(Ending.CLAIM, failed_requests=(request(error=error),)),
                Cause.CONTENT_WRONG,
                "what it said",
            )
            for error in ("net::ERR_ABORTED", "NS_BINDING_ABORTED", "Load request cancelled")
        ],
        # Status.
        (
            seen(failed_requests=(request(503),)),
            Cause.SERVER_ERROR,
            f"GET {URL} answered 503",
        ),
        (
            seen(failed_requests=(request(500), request(502, "xhr"))),
            Cause.SERVER_ERROR,
            f"GET {URL} answered 500",
        ),
        (
            seen(failed_requests=(request(502, "fetch"),)),
            Cause.SERVER_ERROR,
            f"GET {URL} answered 502",
        ),
        (
            seen(failed_requests=(request(404),)),
            Cause.CONTENT_WRONG,
            f"what it said (GET {URL} answered 404)",
        ),
        (seen(failed_requests=(request(404, "xhr"),)), Cause.CONTENT_WRONG, "what it said"),
        # What the portal says.
        (
            seen(portal_says=SAYS),
            Cause.INVALID_CREDENTIALS,
            "the portal says: “password is incorrect”",
        ),
        (
            seen(portal_says=SAYS, failed_requests=(request(401),)),
            Cause.INVALID_CREDENTIALS,
            "the portal says: “password is incorrect”",
        ),
        (  # a refusal counts towards a lock, whatever else a script could not get
            seen(portal_says=SAYS, failed_requests=(request(503, "xhr"),)),
            Cause.INVALID_CREDENTIALS,
            "the portal says: “password is incorrect”",
        ),
        (
            seen(
                portal_says=((Cause.MAINTENANCE, "back soon"),),
                failed_requests=(request(503, "xhr"),),
            ),
            Cause.SERVER_ERROR,
            f"GET {URL} answered 503",
        ),
        (
            seen(portal_says=SAYS, claim_cause=Cause.ACCESS_NOT_REFUSED),
            Cause.ACCESS_NOT_REFUSED,
            "what it said",
        ),
        (
            seen(
                failed_requests=(request(500, "xhr"),),
                reach=Reach.REFUSED,
                claim_cause=Cause.ACCESS_NOT_REFUSED,
            ),
            Cause.ACCESS_NOT_REFUSED,
            "what it said",
        ),
        # What the page does.
        (
            seen(Ending.BROWSER, page_crashed=True, reach=Reach.ANSWERS),
            Cause.BROWSER_CRASHED,
            "the page's process crashed (what it said)",
        ),
        (
            seen(Ending.DEADLINE, page_answers=False),
            Cause.PAGE_BROKEN,
            "a script on the page does not end (what it said)",
        ),
        (
            seen(Ending.TIMEOUT, still_loading=True),
            Cause.SLOW,
            "the page was still loading when the time was over (what it said)",
        ),
    ],
)
def test_it_names_the_cause_and_says_why(signals: Signals, cause: Cause, message: str) -> None:
    assert diagnose(signals) == (cause, message)


EVERYTHING = Signals(
    ending=Ending.CONFIG,
    message="what it said",
    claim_cause=Cause.SESSION_LOST,
    browser_alive=False,
    page_crashed=True,
    page_answers=False,
    still_loading=True,
    reach=Reach.REFUSED,
    failed_requests=(request(), request(503)),
    pending_document=PENDING,
    portal_says=SAYS,
)


def test_the_more_trusted_signal_outweighs_the_rest() -> None:
    """One signal after another is taken away, the most trusted first."""
    taken: list[dict[str, Any]] = [
        {},
        {"ending": Ending.SCRIPT},
        {"browser_alive": True},
        {"ending": Ending.CLAIM},
        {"reach": Reach.ANSWERS},
        {"pending_document": None},
        {"failed_requests": (request(503),)},
        {"failed_requests": ()},
        {"portal_says": ()},
        {"page_crashed": False},
        {"page_answers": True},
        {"still_loading": False},
        {"claim_cause": None},
    ]
    signals, causes = EVERYTHING, []
    for change in taken:
        signals = replace(signals, **change)
        causes.append(diagnose(signals)[0])
    assert causes == [
        Cause.CONFIG_ERROR,
        Cause.BROWSER_CRASHED,
        Cause.SCRIPT_ERROR,
        Cause.UNREACHABLE,  # refused
        Cause.SLOW,  # pending
        Cause.UNREACHABLE,  # broken
        Cause.SERVER_ERROR,
        Cause.INVALID_CREDENTIALS,
        Cause.BROWSER_CRASHED,  # the page
        Cause.PAGE_BROKEN,
        Cause.SLOW,  # still loading
        Cause.SESSION_LOST,
        Cause.CONTENT_WRONG,
    ]


def test_a_rule_that_is_no_regular_expression_is_refused_where_it_is_written():
    with pytest.raises(re.error):
        PortalSays("locked (for now", Cause.ACCOUNT_LOCKED)


# Two clocks.


REFUSED_CODE = ((Cause.SECOND_FACTOR_REJECTED, "That code is not right"),)


@pytest.mark.parametrize(
    ("drift", "told"),
    [(47.4, "47 s ahead of"), (-5.2, "5 s behind"), (90_000.0, "90000 s ahead of")],
)
def test_a_code_is_refused_because_our_clock_is_wrong(drift: float, told: str) -> None:
    seen = Signals(Ending.CLAIM, "no greeting", portal_says=REFUSED_CODE, clock_drift=drift)
    cause, message = diagnose(seen)
    assert cause is Cause.CLOCK_DRIFT
    assert cause.outcome is Outcome.ERROR
    assert message.startswith(f"our clock is {told} the portal's")
    assert "That code is not right" in message


@pytest.mark.parametrize("drift", [0.0, 5.0, -4.9])
def test_clocks_that_agree_excuse_no_refusal(drift: float) -> None:
    seen = Signals(Ending.CLAIM, "no greeting", portal_says=REFUSED_CODE, clock_drift=drift)
    assert diagnose(seen)[0] is Cause.SECOND_FACTOR_REJECTED


def test_a_wrong_clock_excuses_nothing_else() -> None:
    says = ((Cause.INVALID_CREDENTIALS, "User ID or password is incorrect"),)
    seen = Signals(Ending.CLAIM, "no greeting", portal_says=says, clock_drift=60.0)
    assert diagnose(seen)[0] is Cause.INVALID_CREDENTIALS
