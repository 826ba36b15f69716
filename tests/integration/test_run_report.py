"""The run report as a reader has it: a file opened from disk in a real headless Chromium."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from portalwatch.model import Cause
from portalwatch.render import Pages
from tests.unit.reports.records import (
    NOW,
    TITLES,
    TOTP,
    WRONG_CODE,
    keep_evidence,
    result,
)

REPORTS = Path(__file__).parents[2] / "reports"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The address of a report of every check on both browsers, one run of them failed."""
    folder = tmp_path_factory.mktemp("report")
    evidence = folder / "var"
    passed = [
        result(check, browser, ended_at=NOW - 30, run_id=f"{check}-{browser}")
        for check in TITLES
        for browser in ("chromium", "firefox")
    ]
    others = [
        result(
            TOTP,
            "firefox",
            cause=Cause.SECOND_FACTOR_REJECTED,
            message="“That code is not right.”",
            run_id="totp-failed",
            evidence=keep_evidence(evidence, "totp-failed"),
        ),
        result(WRONG_CODE, cause=Cause.BROWSER_CRASHED, message="It is gone", run_id="crash"),
        result(skipped=True, message="A maintenance window is on", run_id="skipped"),
        result(attempts=2, run_id="flaky"),
    ]
    index = Pages(REPORTS).write_report(
        folder / "report",
        passed + others,
        evidence_roots=[evidence],
        title="nightly",
        started_at=NOW - 94,
        ended_at=NOW,
    )
    return index.as_uri()


def rows(page):
    return page.locator("details.run:visible")


def test_it_opens_a_failing_run_at_its_failed_step_first_of_all(report, visit):
    page = visit(report)
    expect(page.get_by_role("heading", level=1)).to_have_text("1 of 16 runs failed")
    first = rows(page).first
    expect(first).to_have_attribute("open", "")
    expect(first.locator(".failed-here")).to_contain_text("enter the code")
    expect(first.locator(".step-error")).to_have_text("“That code is not right.”")
    expect(first.locator(".error")).to_contain_text("The portal refused the second factor")
    expect(first.get_by_role("img", name="Screenshot")).to_be_visible()
    page.wait_for_function("document.querySelector('.shot img').naturalWidth === 64")


def test_it_leaves_a_passed_run_closed_until_it_is_asked_for(report, visit):
    page = visit(report)
    last = rows(page).last
    expect(last.get_by_text("open the portal")).to_be_hidden()
    last.locator("> summary").focus()
    page.keyboard.press("Enter")
    expect(last.get_by_text("open the portal")).to_be_visible()


@pytest.mark.parametrize(
    ("button", "count"),
    [("1 Failed", 1), ("1 Errors", 1), ("1 Skipped", 1), ("13 Passed", 13), ("1 Flaky", 1)],
)
def test_it_filters_by_its_counters(report, visit, button, count):
    page = visit(report)
    expect(rows(page)).to_have_count(16)
    page.get_by_role("button", name=button).click()
    expect(rows(page)).to_have_count(count)
    expect(page.get_by_role("status")).to_have_text(f"{count} of 16 runs shown")
    page.get_by_role("button", name="16 All").click()
    expect(rows(page)).to_have_count(16)


@pytest.mark.parametrize(
    ("words", "count"),
    [("REFUSED second", 1), ("two_factor", 6), ("firefox", 7), ("it is gone", 1)],
)
def test_it_searches_titles_checks_browsers_causes_and_messages(report, visit, words, count):
    page = visit(report)
    page.keyboard.press("/")
    page.keyboard.type(words)
    expect(rows(page)).to_have_count(count)


def test_it_says_when_no_run_matches(report, visit):
    page = visit(report)
    page.get_by_role("searchbox").fill("no such words")
    expect(page.get_by_text("No run matches.")).to_be_visible()


def test_it_keeps_filter_and_search_in_its_address(report, visit):
    page = visit(report)
    page.get_by_role("button", name="Passed").click()
    page.get_by_role("searchbox").fill("firefox login")
    expect(rows(page)).to_have_count(4)
    again = visit(page.url)
    expect(rows(again)).to_have_count(4)
    expect(again.get_by_role("searchbox")).to_have_value("firefox login")
    expect(again.get_by_role("button", name="Passed")).to_have_attribute("aria-pressed", "true")


def test_it_opens_the_run_that_a_link_names(report, visit):
    page = visit(f"{report}#run-flaky")
    expect(page.locator("details:has(> #run-flaky)")).to_have_attribute("open", "")
    expect(page.locator("#run-flaky")).to_be_in_viewport()
    expect(page.locator("#run-flaky")).to_be_focused()


def test_it_shows_a_linked_run_that_a_filter_had_hidden(report, visit):
    page = visit(f"{report}#show=fail")
    expect(rows(page)).to_have_count(1)
    page.evaluate("location.hash = '#run-flaky'")
    expect(page.locator("#run-flaky")).to_be_in_viewport()


@pytest.mark.parametrize("hash_", ["#show=nonsense", "#run-none", "#run-%E0%A4%A", "#%%%"])
def test_it_opens_whatever_its_address_ends_on(report, visit, hash_):
    expect(rows(visit(report + hash_))).to_have_count(16)


def test_it_hides_nothing_without_javascript(report, visit):
    page = visit(report, java_script_enabled=False)
    expect(rows(page)).to_have_count(16)
    expect(page.locator("#tools")).to_be_hidden()
    expect(page.locator(".counts", has_text="Failed: 1")).to_be_visible()
    rows(page).last.locator("> summary").click()
    expect(rows(page).last.get_by_text("open the portal")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_has_no_accessibility_violation(report, visit, scheme):
    found = Axe().run(visit(f"{report}#run-flaky", color_scheme=scheme))
    assert found.violations_count == 0, found.generate_report()


def test_it_fits_a_narrow_phone(report, visit):
    page = visit(report, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
