"""What a check can do with its journey, on real pages."""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from checks import two_factor
from flows.pages import PORTAL_SAYS
from portalwatch.account import Account
from portalwatch.browsers import RunningBrowser
from portalwatch.diagnosis import PortalSays
from portalwatch.journey import CODE_WAIT, Journey
from portalwatch.model import Attempt, Cause, Outcome
from portalwatch.secrets import Secret
from tests.integration.single_run import SingleRuns, account_of
from tests.integration.troubled_site import TroubledSite

PASSWORD = "Harbor-Lantern-27"
ACCOUNT = Account("basic", "amara", "Dr. Amara", password=Secret(PASSWORD))
LOOK_ALIKE = frozenset({"localhost"})  # its host: may be driven, and gets no secret all the same


def types_password(path: str, field: Callable[[Any], Any]) -> Callable[[Journey], None]:
    def check(journey: Journey) -> None:
        journey.page.goto(path)
        journey.enter_secret(field(journey.page), journey.account.password)

    return check


def password(page: Any) -> Any:
    return page.get_by_label("Password", exact=True)


def test_it_types_a_secret_on_the_portals_own_origin(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        types_password("/form", password)(journey)
        expect(password(journey.page)).to_have_value(PASSWORD)

    attempt = runs.attempt(check, browser_under_test, site.url, account=ACCOUNT)
    assert attempt.outcome is Outcome.PASS, attempt.message


def test_it_types_nothing_on_a_look_alike(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    seen = []

    def check(journey: Journey) -> None:
        try:
            types_password("/look-alike", password)(journey)
        finally:
            seen.append(password(journey.page).input_value())

    attempt = runs.attempt(
        check, browser_under_test, site.url, account=ACCOUNT, allowed_hosts=LOOK_ALIKE
    )
    assert (attempt.cause, attempt.outcome) == (Cause.CONFIG_ERROR, Outcome.ERROR)
    assert attempt.message == (
        f"accounts.basic: refused to type a secret on {site.look_alike}"
        f" (allowed: {site.url}; add it to the account's origins if it is right)"
    )
    assert seen == [""]


def test_it_types_nothing_into_a_frame_of_a_look_alike(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def field(page: Any) -> Any:
        return password(page.frame_locator("iframe"))

    attempt = runs.attempt(
        types_password("/framed-form", field), browser_under_test, site.url, account=ACCOUNT
    )
    assert attempt.cause is Cause.CONFIG_ERROR
    assert f"refused to type a secret on {site.look_alike} " in attempt.message


def test_it_types_nothing_on_a_page_that_came_while_it_waited_for_the_field(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    # The first page, of the right origin, has no such field; a script leads on from it.
    attempt = runs.attempt(
        types_password("/leads-on", password),
        browser_under_test,
        site.url,
        account=ACCOUNT,
        allowed_hosts=LOOK_ALIKE,
    )
    assert attempt.cause is Cause.CONFIG_ERROR
    assert f"refused to type a secret on {site.look_alike} " in attempt.message


def test_it_types_where_the_account_allows_it(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    allowed = Account(
        "basic", "amara", "Dr. Amara", password=Secret(PASSWORD), origins=(site.look_alike,)
    )
    attempt = runs.attempt(
        types_password("/look-alike", password), browser_under_test, site.url, account=allowed
    )
    assert attempt.outcome is Outcome.PASS, attempt.message


def goes_elsewhere(journey: Journey) -> None:
    page = journey.page
    page.goto("/look-alike")
    page.get_by_role("heading").wait_for()


def goes_on_elsewhere(journey: Journey) -> None:
    goes_elsewhere(journey)
    with journey.step("go on"):
        pytest.fail("it went on")


@pytest.mark.parametrize("check", [goes_elsewhere, goes_on_elsewhere])
def test_a_journey_that_is_led_to_a_host_that_the_plan_does_not_name_is_in_error(
    check: Any, browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    attempt = runs.attempt(check, browser_under_test, site.url)
    assert attempt.cause is Cause.CONFIG_ERROR
    assert attempt.message.startswith("the journey was led to localhost, and only the portal's own")
    assert "portal.allowed_hosts" in attempt.message


def test_nothing_is_done_on_a_page_of_such_a_host(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    reached = []

    def check(journey: Journey) -> None:
        journey.page.goto("/look-alike")
        reached.append(journey.page.url)
        journey.page.get_by_label("Password").fill("anything")

    attempt = runs.attempt(check, browser_under_test, site.url)
    assert (attempt.cause, reached) == (Cause.CONFIG_ERROR, [])


def test_a_window_that_opens_elsewhere_costs_no_verdict(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        journey.page.goto("/form")
        with journey.page.expect_popup() as opened:
            journey.page.evaluate("url => { window.open(url) }", f"{site.look_alike}/look-alike")
        opened.value.wait_for_load_state()
        opened.value.close()
        journey.require(False, "the claim is false")

    attempt = runs.attempt(check, chromium, site.url)
    assert (attempt.cause, attempt.message) == (Cause.CONTENT_WRONG, "the claim is false")


def test_what_a_check_does_about_it_is_not_ended_as_well(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    cleaned = []

    def check(journey: Journey) -> None:
        try:
            journey.page.goto(f"{site.look_alike}/leads-on")
        finally:
            password(journey.page).wait_for()  # of the page that it leads on to, elsewhere again
            cleaned.append(journey.page.url)

    attempt = runs.attempt(check, chromium, site.url)
    assert (attempt.cause, len(cleaned)) == (Cause.CONFIG_ERROR, 1), attempt.message


def test_a_host_that_the_plan_names_may_be_gone_to(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    attempt = runs.attempt(goes_elsewhere, chromium, site.url, allowed_hosts=LOOK_ALIKE)
    assert (attempt.outcome, attempt.message) == (Outcome.PASS, "")


def test_it_types_nothing_into_a_field_that_nobody_can_see(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    seen = []

    def check(journey: Journey) -> None:
        try:
            types_password("/form", lambda page: page.get_by_label("Hidden"))(journey)
        finally:
            seen.append(journey.page.locator("[name=hidden]").input_value())

    attempt = runs.attempt(check, browser_under_test, site.url, account=ACCOUNT)
    assert attempt.outcome is Outcome.FAIL
    assert "Timeout" in attempt.message
    assert seen == [""]


def test_a_secret_that_is_not_configured_is_said_so(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    attempt = runs.attempt(
        types_password("/form", password),
        chromium,
        site.url,
        account=Account("basic", "amara", "Dr. Amara"),
    )
    assert attempt.cause is Cause.CONFIG_ERROR
    assert attempt.message == "accounts.basic: the secret to type is not configured"


def test_steps_are_nested_and_failures_within_them_found(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        with journey.step("first"):
            journey.page.goto("/500")  # seen, and no reason for what fails later
        with journey.step("second"):
            with journey.step("second, a part"):
                journey.page.goto("/")
            with journey.step("second, another"):
                journey.require(False, "no greeting")
        with journey.step("never"):
            pass

    attempt = runs.attempt(check, chromium, site.url)
    assert [(s.name, s.outcome, s.level) for s in attempt.steps] == [
        ("first", Outcome.PASS, 0),
        ("second", Outcome.FAIL, 0),
        ("second, a part", Outcome.PASS, 1),
        ("second, another", Outcome.FAIL, 1),
    ]
    assert (attempt.cause, attempt.message) == (Cause.CONTENT_WRONG, "no greeting")
    first, second, part, another = attempt.steps
    assert first.offset <= second.offset <= part.offset <= another.offset
    assert second.seconds >= part.seconds + another.seconds
    assert attempt.seconds >= second.offset + second.seconds


def test_what_failed_after_the_steps_is_not_explained_by_them(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        with journey.step("arrive"):
            journey.page.goto("/500")
        journey.require(False, "no greeting")

    assert runs.attempt(check, chromium, site.url).message == "no greeting"


@pytest.mark.parametrize(
    ("expected", "cause"),
    [
        (Cause.INVALID_CREDENTIALS, Cause.CONTENT_WRONG),
        (None, Cause.INVALID_CREDENTIALS),
    ],
)
def test_a_refusal_that_is_the_point_does_not_explain_the_failure(
    expected: Cause | None,
    cause: Cause,
    chromium: RunningBrowser,
    runs: SingleRuns,
    site: TroubledSite,
) -> None:
    def check(journey: Journey) -> None:
        journey.page.goto("/alert")
        with journey.step("be refused", expects=expected):
            expect(journey.page.get_by_role("alert")).to_contain_text("locked", timeout=500)

    says = (PortalSays("password is incorrect", Cause.INVALID_CREDENTIALS),)
    assert runs.attempt(check, chromium, site.url, portal_says=says).cause is cause


def test_measures_and_attachments_are_kept_of_a_pass_too(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        journey.measure("delivery", 1.5)
        journey.measure("rows", 12, "rows")
        journey.attach("notes.txt", f"signed in with {PASSWORD}")

    attempt = runs.attempt(check, chromium, site.url, account=ACCOUNT)
    assert [(m.name, m.value, m.unit) for m in attempt.measures] == [
        ("delivery", 1.5, "seconds"),
        ("rows", 12, "rows"),
    ]
    (piece,) = attempt.evidence
    assert (piece.kind, piece.name) == ("attachment", "1-notes.txt")
    told = (runs.evidence / piece.path).read_text()
    assert told == "signed in with " + "*" * len(PASSWORD)


def test_a_check_may_say_it_in_pytests_words(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def fails(journey: Journey) -> None:
        journey.page.goto("/")
        pytest.fail("no greeting")

    failed = runs.attempt(fails, chromium, site.url)
    assert (failed.outcome, failed.cause) == (Outcome.FAIL, Cause.CONTENT_WRONG)
    assert failed.message.startswith("no greeting")
    skipped = runs.attempt(lambda journey: pytest.skip("not on Sundays"), chromium, site.url)
    assert (skipped.outcome, skipped.cause) == (Outcome.SKIP, None)
    assert skipped.message == "not on Sundays"


def test_a_measure_is_a_number_that_can_be_kept(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    kept = runs.attempt(lambda journey: journey.measure("rows", Decimal(3)), chromium, site.url)
    assert [measure.value for measure in kept.measures] == [3.0]
    refused = runs.attempt(lambda j: j.measure("rows", float("nan")), chromium, site.url)
    assert refused.cause is Cause.SCRIPT_ERROR
    assert "rows: nan is not a number to keep" in refused.message


def test_another_secret_that_a_check_has_typed_is_masked_too(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    fresh = Secret("Quiet-Meadow-93")

    def check(journey: Journey) -> None:
        journey.page.goto("/form")
        journey.enter_secret(password(journey.page), fresh)
        journey.attach("notes.txt", f"changed to {fresh.reveal()}")
        journey.require(False, f"the portal said {fresh.reveal()}")

    attempt = runs.attempt(check, chromium, site.url, account=ACCOUNT, trace="on")
    assert fresh.reveal() not in attempt.message
    assert {piece.kind for piece in attempt.evidence} >= {"attachment", "trace"}
    for piece in attempt.evidence:
        content = (runs.evidence / piece.path).read_bytes()
        if piece.kind == "trace":
            with zipfile.ZipFile(runs.evidence / piece.path) as trace:
                content = b"".join(trace.read(name) for name in trace.namelist())
        assert fresh.reveal().encode() not in content, piece.name


def test_half_an_emoji_on_the_console_costs_no_verdict(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        journey.page.goto("/")
        journey.page.evaluate("console.error('cut \\ud83d off')")
        journey.page.evaluate("localStorage.setItem('x', 'as long as a token \\ud83d')")

    attempt = runs.attempt(check, chromium, site.url, account=ACCOUNT)
    assert attempt.outcome is Outcome.PASS
    texts = [entry.text for entry in attempt.console]
    assert any(text.startswith("cut ") and text.encode() for text in texts)


def test_a_fresh_code_is_waited_for_and_the_wait_is_nobodys_latency(
    chromium: RunningBrowser, runs: SingleRuns, portal: Any
) -> None:
    account = account_of(portal, "parallel-002")
    attempts: list[Attempt] = []
    began = time.monotonic()
    while not any(m.name == CODE_WAIT for a in attempts for m in a.measures):
        attempts.append(
            runs.attempt(
                two_factor.check_provider_signs_in_with_totp,
                chromium,
                portal.url,
                account=account,
                portal_says=PORTAL_SAYS,
                timeout=15.0,
                deadline=90.0,
            )
        )
        assert attempts[-1].outcome is Outcome.PASS, attempts[-1].message
    took = time.monotonic() - began
    waited = sum(m.value for a in attempts for m in a.measures if m.name == CODE_WAIT)
    assert 0 < waited <= took
    assert sum(attempt.seconds for attempt in attempts) <= took - waited
    last = attempts[-1]
    assert last.steps[-1].offset + last.steps[-1].seconds <= last.seconds


def test_soft_claims_let_the_journey_go_on_and_fail_it_at_its_end(
    browser_under_test: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    reached = []

    def check(journey: Journey) -> None:
        with journey.step("read the form"):
            journey.page.goto("/form")
            journey.expect_that(password(journey.page)).to_be_visible()
            journey.expect_that(password(journey.page)).to_have_value("other", timeout=200)
            journey.expect_that(1 + 1 == 3, "the sums are right")
        with journey.step("go on"):
            journey.expect_that(2 + 2 == 4, "these are")
            journey.expect_that(journey.page).to_have_url(re.compile("/form$"))
            reached.append("the end")

    attempt = runs.attempt(check, browser_under_test, site.url)
    assert reached == ["the end"]
    assert (attempt.outcome, attempt.cause) == (Outcome.FAIL, Cause.CONTENT_WRONG)
    assert attempt.message.startswith("Locator expected to have Value 'other'")
    assert attempt.message.endswith("(and 1 more claim)")
    assert [claim.message for claim in attempt.unmet][1:] == ["the sums are right"]
    lines = [claim.code.source[claim.code.line - claim.code.first] for claim in attempt.unmet]
    assert "to_have_value" in lines[0]
    assert "1 + 1 == 3" in lines[1]
    assert attempt.code == attempt.unmet[0].code
    assert [step.outcome for step in attempt.steps] == [Outcome.FAIL, Outcome.PASS]
    assert attempt.failed_step == attempt.steps[0]
    assert {item.kind for item in attempt.evidence} == {"screenshot", "page_text"}


def test_what_explains_a_soft_claim_is_its_cause(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        with journey.step("open it"):
            journey.page.goto("/500")
            journey.expect_that(journey.page).to_have_title("Welcome", timeout=100)
        with journey.step("go on"):
            pass

    attempt = runs.attempt(check, chromium, site.url)
    assert attempt.cause is Cause.SERVER_ERROR, attempt.message


def test_a_soft_claim_of_a_cause_keeps_it(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        journey.expect_that(False, "it is refused", cause=Cause.ACCESS_NOT_REFUSED)

    assert runs.attempt(check, chromium, site.url).cause is Cause.ACCESS_NOT_REFUSED


def test_a_hard_failure_outweighs_soft_ones_which_are_kept(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        journey.expect_that(False, "softly")
        journey.require(False, "hard")

    attempt = runs.attempt(check, chromium, site.url)
    assert attempt.message == "hard"
    assert [claim.message for claim in attempt.unmet] == ["softly"]


def test_soft_claims_that_use_up_the_time_are_the_portals_failure(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        journey.page.goto("/")
        for _ in range(100):
            journey.expect_that(journey.page).to_have_title("Nonsense", timeout=500)

    attempt = runs.attempt(check, chromium, site.url, deadline=2.0)
    assert (attempt.outcome, attempt.cause) == (Outcome.FAIL, Cause.CONTENT_WRONG), attempt
    assert len(attempt.unmet) > 1


def test_a_check_that_skips_the_rest_has_made_its_soft_claims(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    def check(journey: Journey) -> None:
        journey.expect_that(False, "it is so")
        pytest.skip("enough")

    assert runs.attempt(check, chromium, site.url).message == "it is so"


def test_a_claim_without_words_is_a_mistake_of_the_script(
    chromium: RunningBrowser, runs: SingleRuns, site: TroubledSite
) -> None:
    attempt = runs.attempt(lambda journey: journey.expect_that(True, ""), chromium, site.url)
    assert attempt.cause is Cause.SCRIPT_ERROR
