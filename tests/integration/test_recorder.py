"""What is seen of the pages of an attempt, in real Chromium and in real Firefox."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from portalwatch.browsers import RunningBrowser
from portalwatch.fibers import Fibers, Patience
from portalwatch.recorder import KEEP, TEXT_LIMIT, Recorder
from tests.integration.troubled_site import TroubledSite


@pytest.fixture
def opened(browser_under_test: RunningBrowser, site: TroubledSite) -> Iterator[BrowserContext]:
    with browser_under_test.open_context(base_url=site.url) as context:
        context.set_default_timeout(10_000)
        yield context


@pytest.fixture
def recorder(opened: BrowserContext) -> Recorder:
    began = time.perf_counter()
    return Recorder(opened, lambda: time.perf_counter() - began)


@pytest.fixture
def recorded(recorder: Recorder, opened: BrowserContext) -> Page:
    """A page that ``recorder`` watches from its beginning."""
    return opened.new_page()


def settle(page: Page, happened: Any) -> None:
    """Wait until ``happened()``; the events come with the page's own answers."""
    give_up = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < give_up
        page.evaluate("new Promise(requestAnimationFrame)")


def finish(recorder: Recorder, page: Page, playwright: Any) -> tuple[Any, ...]:
    return recorder.finish(page, Patience(Fibers(playwright), 5))


def test_it_measures_every_document_the_open_one_included(
    recorder: Recorder, recorded: Page, site: TroubledSite, playwright: Any
) -> None:
    recorded.goto("/?token=secret#part")
    recorded.get_by_role("link", name="Go on").click()
    expect(recorded.get_by_role("heading", name="The next page")).to_be_visible()
    first, second = finish(recorder, recorded, playwright)
    assert [first.url, second.url] == [f"{site.url}/", f"{site.url}/next"]
    for vitals in (first, second):
        assert 0 < vitals.ttfb < 10
    assert 0 < second.fcp < 10


BUSY_BUTTON = """() => {
  const button = document.createElement('button');
  button.textContent = 'Work';
  button.onclick = () => { for (const end = performance.now() + 60; performance.now() < end;); };
  document.body.prepend(button);
}"""


def test_it_measures_what_is_painted_what_shifts_and_how_long_a_click_takes(
    recorder: Recorder, recorded: Page, playwright: Any, browser_under_test: RunningBrowser
) -> None:
    recorded.goto("/")
    settle(recorded, lambda: finish(recorder, recorded, playwright)[0].lcp)
    recorded.evaluate(BUSY_BUTTON)  # pushes down what was painted
    recorded.get_by_role("button", name="Work").click()
    settle(recorded, lambda: finish(recorder, recorded, playwright)[0].inp)
    (vitals,) = finish(recorder, recorded, playwright)
    assert 0 < vitals.lcp < 10
    assert 0.05 < vitals.inp < 10
    if browser_under_test.info.engine == "chromium":
        assert 0 < vitals.cls < 10
    else:
        assert vitals.cls is None


def test_a_page_of_strange_scripts_has_no_vitals_and_costs_no_verdict(
    recorder: Recorder, recorded: Page, playwright: Any
) -> None:
    recorded.goto("/")
    recorded.evaluate("window.CustomEvent = null")
    assert finish(recorder, recorded, playwright) == ()


def test_a_slow_answer_shows_as_time_to_first_byte(
    recorder: Recorder, recorded: Page, playwright: Any
) -> None:
    recorded.goto("/slow")
    (vitals,) = finish(recorder, recorded, playwright)
    assert 0.5 < vitals.ttfb < 10


def test_it_keeps_errors_warnings_and_uncaught_exceptions_of_the_page(
    recorder: Recorder, recorded: Page, site: TroubledSite
) -> None:
    recorded.goto("/throws?token=secret")
    recorded.evaluate("console.warn('careful'); console.error('wrong'); console.log('chatter')")
    settle(recorded, lambda: len(recorder.console) == 3)
    levels = {entry.level: entry for entry in recorder.console}
    assert set(levels) == {"exception", "warning", "error"}
    assert "the script is broken" in levels["exception"].text
    assert levels["exception"].url == f"{site.url}/throws"
    assert (levels["warning"].text, levels["error"].text) == ("careful", "wrong")


def test_it_keeps_failed_requests_without_what_may_be_a_token(
    recorder: Recorder, recorded: Page, site: TroubledSite
) -> None:
    recorded.goto("/unstyled")
    recorded.goto("/500?token=secret")
    recorded.evaluate("fetch('/reset').catch(() => 0)")
    settle(recorded, lambda: any(r.status is None for r in recorder.failed_requests))
    kept = {(r.method, r.kind, r.url, r.status) for r in recorder.failed_requests}
    assert ("GET", "stylesheet", f"{site.url}/missing.css", 404) in kept
    assert ("GET", "document", f"{site.url}/500", 500) in kept
    assert ("GET", "fetch", f"{site.url}/reset", None) in kept
    assert recorder.failed_since(3_600) == ()


def test_a_document_of_a_frame_is_only_a_part_of_the_page(
    recorder: Recorder, recorded: Page
) -> None:
    recorded.goto("/broken-frame")
    assert [(r.kind, r.status) for r in recorder.failed_requests] == [("iframe", 503)]
    recorded.goto("/frame", wait_until="domcontentloaded")
    assert recorder.pending_document() is None


def test_it_knows_what_a_page_still_waits_for(
    recorder: Recorder, recorded: Page, site: TroubledSite
) -> None:
    recorded.goto("/")
    assert recorder.pending_document() is None
    with pytest.raises(Exception, match="Timeout"):
        recorded.goto("/hang?token=secret", timeout=300)
    pending = recorder.pending_document()
    assert pending is not None
    assert (pending.method, pending.url) == ("GET", f"{site.url}/hang")
    assert 0 < pending.seconds < 10
    assert str(pending) == f"GET {site.url}/hang for {pending.seconds:.1f} s"


@pytest.mark.parametrize("path", ["/next", "/redirect", "/no-content"])
def test_what_another_navigation_replaced_is_not_waited_for(
    path: str, recorder: Recorder, recorded: Page
) -> None:
    with pytest.raises(Exception, match="Timeout"):
        recorded.goto("/hang", timeout=300)
    try:
        recorded.goto(path)
    except Exception:
        assert path == "/no-content"
    settle(recorded, lambda: recorder.pending_document() is None)


def test_what_a_closed_page_asked_for_is_not_waited_for(
    recorder: Recorder, opened: BrowserContext, recorded: Page
) -> None:
    other = opened.new_page()
    with pytest.raises(Exception, match="Timeout"):
        other.goto("/hang", timeout=300)
    assert recorder.pending_document() is not None
    other.close()
    assert recorder.pending_document() is None


def test_a_page_that_complains_without_end_does_not_fill_our_memory(
    recorder: Recorder, recorded: Page
) -> None:
    recorded.goto("/")
    recorded.evaluate(f"for (let i = 0; i < {KEEP + 50}; i++) console.error('x'.repeat(5000))")
    settle(recorded, lambda: len(recorder.console) == KEEP)
    assert len(recorder.console[0].text) == TEXT_LIMIT


def test_failed_pictures_without_end_do_not_hide_what_became_of_the_page(
    recorder: Recorder, recorded: Page
) -> None:
    recorded.goto("/")
    recorded.evaluate(
        "count => Promise.all([...Array(count).keys()].map(n => fetch('/nowhere/' + n)))",
        KEEP + 10,
    )
    settle(recorded, lambda: len(recorder.failed_requests) == KEEP)
    recorded.goto("/503")
    assert (recorder.failed_requests[-1].kind, recorder.failed_requests[-1].status) == (
        "document",
        503,
    )


def test_a_page_that_is_closed_has_nothing_more_to_tell(
    recorder: Recorder, recorded: Page, playwright: Any
) -> None:
    recorded.close()
    assert finish(recorder, recorded, playwright) == ()


@pytest.mark.parametrize("off", [0.0, 90.0, -90.0])
def test_it_compares_our_clock_with_the_portals(
    recorder: Recorder, recorded: Page, off: float
) -> None:
    def answered(route: Any) -> None:
        date = formatdate(time.time() - off, usegmt=True)
        route.fulfill(body="<h1>Here</h1>", content_type="text/html", headers={"date": date})

    recorded.route("**/*", answered)
    recorded.goto("/")
    settle(recorded, lambda: recorder.clock_drift is not None)
    assert recorder.clock_drift == pytest.approx(off, abs=4)


def test_an_answer_out_of_a_cache_does_not_hide_that_our_clock_is_behind(
    recorder: Recorder, recorded: Page
) -> None:
    def answered(route: Any) -> None:
        age = 88 if "old" in route.request.url else 0
        date = formatdate(time.time() + 90 - age, usegmt=True)
        route.fulfill(body="<h1>Here</h1>", content_type="text/html", headers={"date": date})

    recorded.route("**/*", answered)
    for path in ("/old", "/now", "/old"):
        recorded.goto(path)
    settle(recorded, lambda: recorder.clock_drift == pytest.approx(-90, abs=4))


def test_an_answer_out_of_a_cache_tells_no_time(recorder: Recorder, recorded: Page) -> None:
    def answered(route: Any) -> None:
        stale = "Wed, 21 Oct 2015 07:28:00 GMT" if "old" in route.request.url else "no time at all"
        if "now" in route.request.url:
            stale = formatdate(usegmt=True)
        route.fulfill(body="<h1>Here</h1>", content_type="text/html", headers={"date": stale})

    recorded.route("**/*", answered)
    recorded.goto("/none")
    assert recorder.clock_drift is None
    for path in ("/old", "/now", "/old"):
        recorded.goto(path)
    settle(recorded, lambda: abs(recorder.clock_drift or 1e9) < 4)
