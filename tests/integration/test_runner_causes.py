"""Every cause that a single run can have, met in real Chromium and in real Firefox."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from checks import login, two_factor
from flows.pages import PORTAL_SAYS
from portalwatch.account import Account
from portalwatch.browsers import KNOWN, BrowserSpec, RunningBrowser, find, launch
from portalwatch.diagnosis import PortalSays
from portalwatch.errors import ClaimFailed
from portalwatch.journey import Journey
from portalwatch.model import Attempt, Cause, Outcome
from portalwatch.project import StartedPortal
from portalwatch.secrets import Secret
from tests.integration.single_run import SingleRuns, account_of
from tests.integration.troubled_site import TroubledSite, refused_url

SAYS = (PortalSays(r"password is incorrect", Cause.INVALID_CREDENTIALS),)
REPEATED_SECONDS = 15.0  # for an action on the real portal, on a busy machine


@pytest.fixture(autouse=True)
def short_expectations() -> Iterator[None]:
    expect.set_options(timeout=1_000)
    yield
    expect.set_options(timeout=None)


def opens(path: str, **options: Any) -> Callable[[Journey], None]:
    def check(journey: Journey) -> None:
        with journey.step("open it"):
            journey.page.goto(path, **options)

    return check


def misses(path: str, **options: Any) -> Callable[[Journey], None]:
    """Opens ``path``, and does not find there what it wants."""

    def check(journey: Journey) -> None:
        with journey.step("open it"):
            journey.page.goto(path, **options)
            expect(journey.page.get_by_role("heading", name="What I want")).to_be_visible()

    return check


def follows(link: str) -> Callable[[Journey], None]:
    """Goes by a link, which by itself reports no trouble to the script."""

    def check(journey: Journey) -> None:
        with journey.step("arrive"):
            journey.page.goto("/links")
        with journey.step("open it"):
            journey.page.get_by_role("link", name=link, exact=True).click()
            expect(journey.page.get_by_role("heading", name="What I want")).to_be_visible()

    return check


def does(action: Callable[[Journey], Any], path: str = "/") -> Callable[[Journey], None]:
    def check(journey: Journey) -> None:
        with journey.step("arrive"):
            journey.page.goto(path)
        with journey.step("open it"):
            action(journey)

    return check


def fails(problem: BaseException) -> Callable[[Journey], None]:
    def action(_: Journey) -> None:
        raise problem

    return does(action)


@dataclass(frozen=True)
class Trouble:
    check: Callable[[Journey], None]
    cause: Cause
    message: str  # a regular expression


TROUBLES = {
    # What the portal's address does.
    "a page that hangs": Trouble(
        opens("/hang"), Cause.SLOW, r"a page was not answered in time \(GET \S+/hang for \d"
    ),
    "a link to a page that hangs": Trouble(
        follows("Hang"), Cause.SLOW, r"a page was not answered in time \(GET \S+/hang for \d"
    ),
    "a reset": Trouble(opens("/reset"), Cause.UNREACHABLE, r"the connection broke \(GET \S+/reset"),
    "a link to a reset": Trouble(follows("Reset"), Cause.UNREACHABLE, r"the connection broke"),
    "a reset within the page": Trouble(opens("/cut"), Cause.UNREACHABLE, r"the connection broke"),
    "a link nobody serves": Trouble(follows("Refused"), Cause.UNREACHABLE, r"broke|no connection"),
    "an error 500": Trouble(misses("/500"), Cause.SERVER_ERROR, r"GET \S+/500 answered 500"),
    "a link to an error 503": Trouble(follows("Busy"), Cause.SERVER_ERROR, r"/503 answered 503"),
    "a script's request answered 503": Trouble(
        misses("/background"), Cause.SERVER_ERROR, r"GET \S+/503 answered 503"
    ),
    "a page that comes in half": Trouble(opens("/half"), Cause.SLOW, r"still loading .*/half"),
    "a picture that never comes": Trouble(opens("/picture"), Cause.SLOW, r"still loading"),
    "an endless script": Trouble(
        does(lambda j: j.page.get_by_role("button").click(), "/endless"),
        Cause.PAGE_BROKEN,
        r"a script on the page does not end",
    ),
    # What is no fault of the page that was asked for.
    "a frame that hangs": Trouble(
        misses("/frame", wait_until="domcontentloaded"), Cause.CONTENT_WRONG, r"What I want"
    ),
    "a frame with an error 503": Trouble(
        misses("/broken-frame"), Cause.CONTENT_WRONG, r"What I want"
    ),
    "a third party's error 503": Trouble(
        misses("/third-party"), Cause.CONTENT_WRONG, r"What I want"
    ),
    "a missing stylesheet": Trouble(misses("/unstyled"), Cause.CONTENT_WRONG, r"What I want"),
    "a broken script": Trouble(misses("/throws"), Cause.CONTENT_WRONG, r"What I want"),
    "an earlier page that hung": Trouble(
        does(lambda j: (_leave_in_vain(j), misses("/next")(j))), Cause.CONTENT_WRONG, r"What I want"
    ),
    # What the page says and shows.
    "a page that is missing": Trouble(
        misses("/nowhere"), Cause.CONTENT_WRONG, r"What I want.*\(GET \S+/nowhere answered 404\)"
    ),
    "another content": Trouble(
        misses("/"),
        Cause.CONTENT_WRONG,
        r"expected to be visible.* \(waiting for get_by_role\(.heading., name=.What I want.\)\)",
    ),
    "a button that is not there": Trouble(
        does(lambda j: j.page.get_by_role("button", name="Sign in").click()),
        Cause.CONTENT_WRONG,
        r"Locator\.click: Timeout 2000ms exceeded \(waiting for get_by_role",
    ),
    "an alert": Trouble(
        misses("/alert"), Cause.INVALID_CREDENTIALS, r"the portal says: “password is incorrect”"
    ),
    "a hidden alert": Trouble(misses("/hidden-alert"), Cause.CONTENT_WRONG, r"What I want"),
    "a page that the check closed": Trouble(
        does(lambda j: (j.page.close(), j.page.goto("/next"))), Cause.SCRIPT_ERROR, r"closed"
    ),
    "a context that the check closed": Trouble(
        does(lambda j: (j.page.context.close(), j.page.goto("/next"))),
        Cause.SCRIPT_ERROR,
        r"closed",
    ),
    "an address without a page": Trouble(opens("/no-content"), Cause.SCRIPT_ERROR, r"^Page\.goto"),
}

# What no browser has a part in: one is enough.
WORDS_OF_THE_SCRIPT = {
    "a claim": Trouble(
        does(lambda j: j.require(False, "no greeting")), Cause.CONTENT_WRONG, r"^no greeting$"
    ),
    "a claim with a cause": Trouble(
        does(lambda j: j.require(False, "let in", cause=Cause.ACCESS_NOT_REFUSED), "/alert"),
        Cause.ACCESS_NOT_REFUSED,
        r"^let in$",
    ),
    "a claim with a cause that there is not": Trouble(
        fails(ClaimFailed("no greeting", cause="bad_weather")),
        Cause.CONTENT_WRONG,
        r"^no greeting$",
    ),
    "a plain assertion": Trouble(
        fails(AssertionError("the sum is 3")), Cause.CONTENT_WRONG, r"^the sum is 3 \(.+\.py:\d+\)$"
    ),
    "an exception": Trouble(
        fails(KeyError("total")),
        Cause.SCRIPT_ERROR,
        r"^KeyError: 'total' \(test_runner_causes.py:\d+\)$",
    ),
    "an exception without a text": Trouble(
        fails(ValueError()), Cause.SCRIPT_ERROR, r"^ValueError \("
    ),
    "an exception of many lines": Trouble(
        fails(ValueError("one\ntwo")), Cause.SCRIPT_ERROR, r"^ValueError: one \("
    ),
    "an exit": Trouble(does(lambda j: sys.exit(3)), Cause.SCRIPT_ERROR, r"^SystemExit: 3 \("),
    "a locator of two elements": Trouble(
        does(lambda j: j.page.get_by_role("link").click(), "/links"),
        Cause.SCRIPT_ERROR,
        r"strict mode violation",
    ),
    "a locator that is none": Trouble(
        does(lambda j: j.page.locator("!!").click()), Cause.SCRIPT_ERROR, r"^Locator\.click: "
    ),
    "an account that is not configured": Trouble(
        does(lambda j: j.account), Cause.CONFIG_ERROR, r"names none \(add 'account: NAME'\)"
    ),
}


def _leave_in_vain(journey: Journey) -> None:
    with pytest.raises(Exception, match="Timeout"):
        journey.page.goto("/hang", timeout=300)


@pytest.mark.parametrize("name", TROUBLES)
def test_it_names_the_cause_of(
    name: str, browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    attempt = runs.attempt(TROUBLES[name].check, browser_under_test, site.url, portal_says=SAYS)
    assert_named(attempt, TROUBLES[name])


@pytest.mark.parametrize("name", WORDS_OF_THE_SCRIPT)
def test_it_takes_the_word_of_a_script_for(
    name: str, chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    trouble = WORDS_OF_THE_SCRIPT[name]
    attempt = runs.attempt(trouble.check, chromium, site.url, portal_says=SAYS)
    assert_named(attempt, trouble)


def assert_named(attempt: Attempt, trouble: Trouble) -> None:
    assert (attempt.cause, attempt.outcome) == (trouble.cause, trouble.cause.outcome), attempt
    assert re.search(trouble.message, attempt.message), attempt.message
    assert len(attempt.message.splitlines()) == 1
    assert attempt.failed_step is not None
    assert attempt.failed_step.name == "open it"
    assert attempt.failed_step.outcome is trouble.cause.outcome
    assert attempt.code is not None
    assert attempt.code.file == "tests/integration/test_runner_causes.py"
    assert "test_runner_causes.py" in attempt.detail


def test_a_portal_that_refuses_connections_is_unreachable(
    browser_under_test: RunningBrowser, runs: SingleRuns
) -> None:
    attempt = runs.attempt(opens("/"), browser_under_test, refused_url())
    assert attempt.cause is Cause.UNREACHABLE
    assert re.match(
        r"no connection to the portal \(GET http://127\.0\.0\.1:\d+/: ", attempt.message
    )


@pytest.mark.parametrize("way", ["link", "address"])
def test_a_portal_that_goes_away_in_mid_run_is_unreachable(
    way: str, browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        with journey.step("arrive"):
            journey.page.goto("/")
        site.stop()
        with journey.step("go on"):
            if way == "link":
                journey.page.get_by_role("link", name="Go on").click()
                expect(journey.page.get_by_role("heading", name="The next page")).to_be_visible()
            else:
                journey.page.goto("/next")

    attempt = runs.attempt(check, browser_under_test, site.url)
    assert attempt.cause is Cause.UNREACHABLE
    assert attempt.message.startswith("no connection to the portal (GET ")
    assert [step.outcome for step in attempt.steps] == [Outcome.PASS, Outcome.FAIL]


def test_a_portal_that_answers_nothing_at_all_is_unreachable(
    browser_under_test: RunningBrowser, runs: SingleRuns
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # the system accepts, nobody reads
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        attempt = runs.attempt(opens("/"), browser_under_test, url)
    assert attempt.cause is Cause.UNREACHABLE
    assert attempt.message.startswith("the portal does not answer (GET ")


def test_a_failed_handshake_is_tls(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    secure = site.url.replace("http:", "https:")
    attempt = runs.attempt(opens("/"), browser_under_test, secure)
    assert attempt.cause is Cause.TLS
    assert attempt.message.startswith("no secure connection to the portal (")


def test_a_run_that_takes_longer_than_its_threshold_is_slow(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    attempt = runs.attempt(opens("/slow"), browser_under_test, site.url, slow_after=0.3)
    assert (attempt.cause, attempt.outcome) == (Cause.SLOW, Outcome.FAIL)
    assert re.fullmatch(r"took \d+\.\d\d s, over its threshold of 0\.3 s", attempt.message)
    assert attempt.failed_step is None


@pytest.fixture
def sign_in_in_vain(
    browser_under_test: RunningBrowser, runs: SingleRuns, portal: StartedPortal
) -> Callable[..., Attempt]:
    """Signs in at the bundled portal by a check of its project, with ``account``: refused."""

    def attempt(check: Callable[[Journey], None], account: Account) -> Attempt:
        refused = runs.attempt(
            check,
            browser_under_test,
            portal.url,
            account=account,
            portal_says=PORTAL_SAYS,
            timeout=REPEATED_SECONDS,
            deadline=90.0,
        )
        assert refused.outcome is Outcome.FAIL
        assert refused.failed_step is not None
        assert refused.failed_step.name == "reach the dashboard"
        return refused

    return attempt


def test_a_wrong_password_is_invalid_credentials(
    sign_in_in_vain: Callable[..., Attempt], portal: StartedPortal
) -> None:
    account = account_of(portal, "basic", password=Secret("wrong-for-everybody"))
    attempt = sign_in_in_vain(login.check_provider_signs_in_and_out, account)
    assert attempt.cause is Cause.INVALID_CREDENTIALS
    assert attempt.message == "the portal says: “User ID or password is incorrect”"


def test_codes_of_another_secret_are_a_second_factor_rejected(
    sign_in_in_vain: Callable[..., Attempt], portal: StartedPortal
) -> None:
    other = account_of(portal, "parallel-040").totp_secret
    account = account_of(portal, "parallel-001", totp_secret=other)
    attempt = sign_in_in_vain(two_factor.check_provider_signs_in_with_totp, account)
    assert attempt.cause is Cause.SECOND_FACTOR_REJECTED
    assert attempt.message == "the portal says: “code is not right”"


def test_a_browser_that_is_not_installed_is_missing_with_its_remedy(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def open_context() -> Any:
        spec = BrowserSpec("firefox", "firefox", executable="/opt/nowhere/firefox")
        return launch(None, find(spec))  # type: ignore[arg-type]

    attempts = runs.attempts(opens("/"), chromium, site.url, open_context=open_context)
    (attempt,) = attempts
    assert (attempt.cause, attempt.outcome) == (Cause.BROWSER_MISSING, Outcome.ERROR)
    assert "/opt/nowhere/firefox" in attempt.message
    assert "(fix: " in attempt.message


def test_a_browser_that_dies_in_mid_run_has_crashed_and_gets_a_second_chance(
    browser_under_test: RunningBrowser, playwright: Any, runs: SingleRuns, site: TroubledSite
) -> None:
    mortal = launch(playwright, find(KNOWN[browser_under_test.info.name]))

    def open_context() -> Any:
        browser = mortal if mortal.alive else browser_under_test
        return browser.open_context(base_url=site.url)

    def check(journey: Journey) -> None:
        with journey.step("arrive"):
            journey.page.goto("/", timeout=15_000)
        with journey.step("go on"):
            for pid in mortal.pids:
                os.killpg(pid, signal.SIGKILL)
            journey.page.goto("/next", timeout=15_000)

    first, second = runs.attempts(check, mortal, site.url, open_context=open_context)
    assert (first.cause, first.outcome) == (Cause.BROWSER_CRASHED, Outcome.ERROR)
    assert first.message.startswith("our browser died or hangs (Page.goto: ")
    assert [step.outcome for step in first.steps] == [Outcome.PASS, Outcome.ERROR]
    assert second.outcome is Outcome.PASS, second.message
    mortal.close()


def test_a_page_whose_process_crashes_is_our_fault_even_twice(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    # Only Chromium: in Firefox the browser goes with its content processes.
    attempts = runs.attempts(
        does(lambda j: j.page.goto("chrome://crash")), chromium, site.url, confirm=True
    )
    assert [(a.cause, a.outcome) for a in attempts] == [
        (Cause.BROWSER_CRASHED, Outcome.ERROR),
        (Cause.BROWSER_CRASHED, Outcome.ERROR),
    ]
    assert attempts[0].message.startswith("the page's process crashed (")
