"""The site over a real store, asked by HTTP and read in a real headless Chromium."""

import asyncio
import socket
import threading
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from portalwatch.errors import OperatorError
from portalwatch.model import BrowserInfo, Cause, Result
from portalwatch.plan_values import Address
from portalwatch.render import Pages
from portalwatch.server import allowed_hosts
from portalwatch.store import Store
from portalwatch.web import create_app
from tests.unit.reports.records import (
    NOW,
    SIGNS_IN,
    TOTP,
    WRONG_PASSWORD,
    every_state,
    facts,
    result,
)

REPORTS = Path(__file__).parents[2] / "reports"
TOTP_PAGE = f"/checks/{TOTP}/chromium"


class Changes:
    """A stream of changes for each reader, fed from the test's own thread."""

    def __init__(self):
        self.followed = threading.Event()
        self._queues = {}

    async def follow(self):
        queue = asyncio.Queue()
        self._queues[queue] = asyncio.get_running_loop()
        self.followed.set()
        try:
            while True:
                yield await queue.get()
        finally:
            del self._queues[queue]

    def announce(self, text):
        for queue, loop in self._queues.items():
            loop.call_soon_threadsafe(queue.put_nowait, text)


@pytest.fixture(scope="module")
def pages():
    return Pages(REPORTS)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "portalwatch.sqlite3") as store:
        yield store


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """A store and evidence with every state, shared by the tests that only read."""
    folder = tmp_path_factory.mktemp("crowded")
    with Store(folder / "portalwatch.sqlite3") as store:
        every_state(store, folder / "evidence")
        yield store, folder / "evidence"


def app(store, pages, evidence=Path("evidence"), **changes):
    parts = {
        "facts": facts,
        "metrics": lambda accept: (b"portalwatch_lanes 8.0\n", "text/plain; version=1.0.0"),
        "readiness": lambda: (True, "ready"),
        "changes": Changes().follow,
        "clock": lambda: NOW,
    }
    return create_app(store, pages=pages, evidence=evidence, **{**parts, **changes})


@contextmanager
def served(application):
    """The application under a real server on a free loopback port; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(
            uvicorn.Config(application, log_level="warning", timeout_graceful_shutdown=2)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def asked(application):
    """A client of the application, through a real server."""
    with served(application) as url, httpx.Client(base_url=url) as client:
        yield client


@pytest.fixture(scope="module")
def site(crowded, pages):
    store, evidence = crowded
    with asked(app(store, pages, evidence)) as client:
        yield client


@pytest.fixture(scope="module")
def address(crowded, pages):
    store, evidence = crowded
    banner = "portalwatch.yaml:14: checks[2].every: '5x' is not a duration (try '5m')"
    paused = "account 'basic' is paused since 2026-03-15 11:40 UTC: the portal refused the"
    told = facts(plan_problem=banner, paused=(f"{paused} credentials, 2 times in a row",))
    with served(app(store, pages, evidence, facts=lambda: told)) as url:
        yield url


# -- pages over HTTP ---------------------------------------------------------------


def test_it_shows_every_check_with_state_cause_and_uptime(site):
    html = site.get("/").text
    for text in (
        "1 check is down",
        "The portal refused the second factor",
        "Our browser crashed",
        "The portal is too slow",
        "not run yet",
        "is up again after 3 min",
        "156.0.8078.73",
        "next run",
    ):
        assert text in html


def test_it_shows_an_empty_monitor(store, pages):
    with asked(app(store, pages, facts=lambda: facts(checks=()))) as client:
        answer = client.get("/")
    assert answer.status_code == 200
    assert "No checks are planned" in answer.text


def test_it_shows_a_single_run_as_the_only_one(store, pages):
    store.add(result(ended_at=NOW - 60, seconds=0.9))
    with asked(app(store, pages)) as client:
        overview, of_check = client.get("/").text, client.get(f"/checks/{SIGNS_IN}/chromium").text
    assert 'aria-label="One run to show: passed, it took 900 ms"' in overview
    assert "One run to show: passed, it took 900 ms. The table below" in of_check
    assert "one run to show" in of_check


def test_it_shows_why_the_plan_was_not_reloaded(store, pages):
    told = facts(plan_problem="portalwatch.yaml:3: <b>unknown key</b>")
    with asked(app(store, pages, facts=lambda: told)) as client:
        html = client.get("/").text
    assert "The plan could not be reloaded" in html
    assert "portalwatch.yaml:3: &lt;b&gt;unknown key" in html


def test_it_names_the_accounts_that_are_paused(store, pages):
    told = facts(paused=("account 'basic' is paused <b>", "account 'totp' is paused"))
    with asked(app(store, pages, facts=lambda: told)) as client:
        html = client.get("/").text
    assert "Test accounts are paused: no run uses them until somebody has seen to it" in html
    assert "account &#39;basic&#39; is paused &lt;b&gt;\naccount &#39;totp&#39; is paused" in html
    with asked(app(store, pages)) as client:
        assert "paused" not in client.get("/").text


def test_on_loopback_it_answers_to_its_own_names_alone(store, pages):
    site = app(store, pages, hosts=allowed_hosts(Address("127.0.0.1", 9464)))
    with served(site) as url:
        for path in ("/", "/metrics", "/api/status"):
            led_here = httpx.get(url + path, headers={"host": "attacker.example"})
            assert (led_here.status_code, led_here.text) == (400, "Invalid host header")
            assert httpx.get(url + path).status_code == 200


def test_it_pages_through_the_runs_of_a_check(site):
    newest = site.get(TOTP_PAGE)
    assert "“That code is not right." in newest.text
    assert newest.text.count('class="row"') == 25
    older = newest.text.partition("?before=")[2].partition('"')[0]
    second = site.get(TOTP_PAGE, params={"before": older})
    assert "Earlier runs" in second.text
    assert second.text.count('class="row"') == 25
    assert "Older runs" not in second.text


@pytest.mark.parametrize("before", ["yesterday", "nan", "inf", ""])
def test_it_refuses_a_page_before_no_point_in_time(site, before):
    answer = site.get(TOTP_PAGE, params={"before": before})
    assert answer.status_code == 400
    assert "is not a point in time" in answer.text


def test_it_still_shows_a_check_that_has_left_the_plan(store, pages):
    store.add(result(ended_at=NOW - 60))
    with asked(app(store, pages, facts=lambda: facts(checks=()))) as client:
        assert client.get(f"/checks/{SIGNS_IN}/chromium").status_code == 200


def test_it_shows_a_run_with_steps_evidence_and_tables(site):
    html = site.get("/runs/totp-1").text
    for text in (
        "enter the code",
        "playwright show-trace trace.zip",
        "/evidence/totp-1/1/screenshot.png",
        "Refused to load /app.css",
        "flows/two_factor.py:31",
        "214 ms",
        "12 rows",
    ):
        assert text in html


def test_it_shows_a_run_of_which_next_to_nothing_is_known(store, pages):
    store.open_run("lost", SIGNS_IN, "chromium", NOW - 60)
    store.close_interrupted(NOW)
    with asked(app(store, pages)) as client:
        html = client.get("/runs/lost").text
    assert "The monitor was stopped in the middle" in html


@pytest.mark.parametrize(
    "path", ["/nothing", "/runs/none", "/checks/none/none", "/static/none", "/evidence/none"]
)
def test_it_answers_an_unknown_path_in_its_own_look(site, path):
    answer = site.get(path)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert "/static/style.css" in answer.text


def test_it_changes_nothing_on_request(site):
    assert site.post("/").status_code == 405


def test_it_says_when_the_store_cannot_be_read(store, pages):
    def broken():
        raise OperatorError("var/portalwatch.sqlite3: the disk is full")

    store.statuses = broken
    with asked(app(store, pages)) as client:
        answer = client.get("/")
    assert answer.status_code == 503
    assert "the disk is full" in answer.text


def test_it_keeps_an_unforeseen_failure_to_its_log(store, pages):
    store.statuses = lambda: 1 / 0
    with asked(app(store, pages)) as client:
        answer = client.get("/")
    assert answer.status_code == 500
    assert "division" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


# -- headers and evidence ----------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", TOTP_PAGE, "/runs/totp-1", "/nothing", "/static/live.js", "/healthz"]
)
def test_it_allows_no_inline_code_and_sets_no_cookie(site, path):
    headers = site.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    ("name", "content_type", "disposition"),
    [
        ("screenshot.png", "image/png", "inline"),
        ("page.txt", "text/plain; charset=utf-8", "inline"),
        ("trace.zip", "application/octet-stream", "attachment"),
        ("page.html", "application/octet-stream", "attachment"),
        ("drawing.svg", "application/octet-stream", "attachment"),
    ],
)
def test_it_serves_evidence_without_letting_it_act(
    store, pages, tmp_path, name, content_type, disposition
):
    (tmp_path / "run" / "1").mkdir(parents=True)
    (tmp_path / "run" / "1" / name).write_bytes(b"evidence")
    with asked(app(store, pages, tmp_path)) as client:
        answer = client.get(f"/evidence/run/1/{name}")
    assert answer.content == b"evidence"
    assert answer.headers["content-type"] == content_type
    assert answer.headers["content-disposition"].startswith(disposition)
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "%2e%2e/secret",
        "run/%2e%2e/%2e%2e/secret",
        "%2fetc/hostname",
        "link",
        "run",
        "",
    ],
)
def test_it_serves_nothing_outside_the_evidence(store, pages, tmp_path, path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "evidence/run").mkdir(parents=True)
    (tmp_path / "evidence/link").symlink_to(tmp_path / "secret")
    with asked(app(store, pages, tmp_path / "evidence")) as client:
        assert client.get(f"/evidence/{path}").status_code == 404


# -- JSON, metrics, health ---------------------------------------------------------


def test_it_gives_statuses_and_uptime_as_json(site):
    data = site.get("/api/status").json()
    assert data["verdict"]["sentence"] == "1 check is down"
    states = {(s["check"], s["browser"]): s["state"] for s in data["statuses"]}
    assert len(states) == 12
    assert states[TOTP, "chromium"] == "down"
    assert states[WRONG_PASSWORD, "firefox"] == "failing"
    up = next(s for s in data["statuses"] if s["check"] == SIGNS_IN and s["browser"] == "chromium")
    assert up["uptime"]["24h"] == 1.0


def test_it_gives_a_run_as_json_that_reads_back(site, crowded):
    data = site.get("/api/runs/totp-1").json()
    assert (data["outcome"], data["cause"]) == ("fail", "second_factor_rejected")
    assert Result.from_json(data) == crowded[0].result("totp-1")
    assert site.get("/api/runs/none").status_code == 404


def test_it_exposes_the_metrics_as_they_are_given(site):
    answer = site.get("/metrics")
    assert answer.content == b"portalwatch_lanes 8.0\n"
    assert answer.headers["content-type"] == "text/plain; version=1.0.0"


@pytest.mark.parametrize(
    ("readiness", "status"),
    [((True, "ready"), 200), ((False, "no browser has been found yet"), 503)],
)
def test_it_says_whether_the_monitor_is_ready_and_why_not(store, pages, readiness, status):
    with asked(app(store, pages, readiness=lambda: readiness)) as client:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.text) == (status, f"{readiness[1]}\n")
        assert client.get("/healthz").status_code == 200


# -- in a browser ------------------------------------------------------------------


def test_it_updates_a_page_without_reloading_it(store, pages, visit):
    changes = Changes()
    store.add(result(ended_at=NOW - 60))
    only = facts(checks=facts().checks[:1])
    application = app(store, pages, facts=lambda: only, changes=changes.follow)
    with served(application) as url:
        page = visit(url)
        expect(page.get_by_role("status")).to_have_text("Live")
        assert changes.followed.wait(10)
        link = page.get_by_role("link", name="on Chromium")
        link.focus()
        page.evaluate("window.neverReloaded = true")

        for seconds in (30, 20):
            failed = result(cause=Cause.UNREACHABLE, message="refused", ended_at=NOW - seconds)
            store.add(failed)
            changes.announce(failed.run_id)

        expect(page.get_by_role("heading", level=1)).to_have_text("1 check is down")
        expect(page).to_have_title("1 check is down · Northfield Provider Portal")
        expect(page.locator(".line .browser").first).to_be_focused()
        assert page.evaluate("window.neverReloaded")
        page.context.close()


def test_it_keeps_what_a_reader_has_opened(store, pages, visit):
    changes = Changes()
    store.add(result(ended_at=NOW - 60))
    with served(app(store, pages, changes=changes.follow)) as url:
        page = visit(f"{url}/checks/{SIGNS_IN}/chromium")
        expect(page.get_by_role("status")).to_have_text("Live")
        assert changes.followed.wait(10)
        page.get_by_text("The numbers as a table").click()
        expect(page.locator("#numbers tbody tr")).to_have_count(1)

        store.add(result(ended_at=NOW - 30))
        changes.announce("run")

        expect(page.locator("#numbers tbody tr")).to_have_count(2)
        expect(page.locator("#numbers tbody tr").first).to_be_visible()
        page.context.close()


def test_it_says_when_the_monitor_is_gone(store, pages, chromium):
    context = chromium.browser.new_context()
    page = context.new_page()
    changes = Changes()
    with served(app(store, pages, changes=changes.follow)) as url:
        page.goto(url)
        expect(page.get_by_role("status")).to_have_text("Live")
    expect(page.get_by_role("status")).to_have_text("Connection lost: showing old data")
    context.close()


def test_it_shows_everything_without_javascript(address, visit):
    page = visit(address, java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("1 check is down")
    page.locator(".card").get_by_role("link", name="See the run").first.click()
    expect(page.get_by_role("img", name="Screenshot")).to_be_visible()
    page.get_by_text("Detail").click()
    expect(page.get_by_text("flows/two_factor.py:31")).to_be_visible()


def test_it_shows_the_screenshot_of_a_failed_run(address, visit):
    page = visit(f"{address}/runs/totp-1")
    picture = page.get_by_role("img", name="Screenshot")
    picture.scroll_into_view_if_needed()
    expect(page.locator(".shot img").first).to_have_js_property("naturalWidth", 64)


HOSTILE = "</p><script>window.pwned=1</script><img src=x onerror=window.pwned=1>"


def test_it_runs_nothing_that_a_portal_wrote(store, pages, visit):
    run_id = 'a"><svg onload=window.pwned=1>'
    failed = result(cause=Cause.SLOW, message=HOSTILE, run_id=run_id, account=HOSTILE)
    attempt = failed.last
    object.__setattr__(attempt, "url", "javascript:window.pwned=1")
    object.__setattr__(attempt, "detail", HOSTILE)
    object.__setattr__(failed, "browser", BrowserInfo("chromium", HOSTILE, HOSTILE, "x", "y"))
    store.add(failed)
    with served(app(store, pages)) as url:
        page = visit(url)
        page.locator(".card").get_by_role("link", name="See the run").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(failed.title)
        expect(page.locator(".error")).to_contain_text(HOSTILE)
        assert page.evaluate("window.pwned") is None
        assert page.locator("a[href^='javascript']").count() == 0
        page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", TOTP_PAGE, "/runs/totp-1", "/runs/flaky-run", "/nothing"])
def test_it_has_no_accessibility_violation(address, visit, path, scheme):
    page = visit(address + path, color_scheme=scheme)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", ["/", TOTP_PAGE, "/runs/totp-1"])
def test_it_fits_a_narrow_phone(address, visit, path):
    page = visit(address + path, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
