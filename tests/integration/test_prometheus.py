"""A real Prometheus scrapes our metrics and answers questions about them."""

import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portalwatch import __version__
from portalwatch.metrics import Metrics
from portalwatch.model import Outcome, PageVitals
from portalwatch.status import Status, advance
from tests.integration.prometheus import missing, scraping
from tests.records import CHROMIUM, FIREFOX, SIGNS_IN, result

pytestmark = pytest.mark.skipif(missing(), reason="no prometheus is installed here")


class Monitor:
    """Results as a monitor would record them, and its /metrics over real HTTP."""

    def __init__(self):
        self.metrics = Metrics()
        self.asked_for = []
        self._statuses = {}
        monitor = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                monitor.asked_for.append((self.path, self.headers.get("Accept", "")))
                body, content_type = monitor.metrics.render(self.headers.get("Accept", ""))
                self.send_response(200)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def record(self, *verdicts):
        for verdict in verdicts:
            pair = (verdict.check, verdict.browser.name)
            old = self._statuses.get(pair, Status(*pair))
            self._statuses[pair], _ = advance(old, verdict)
            self.metrics.record(verdict, self._statuses[pair])


@pytest.fixture
def monitor():
    with Monitor() as running:
        yield running


@pytest.fixture
def prometheus(monitor, tmp_path):
    with scraping(monitor.address, tmp_path) as running:
        yield running


def test_it_answers_what_on_call_asks(monitor, prometheus):
    page = PageVitals("https://portal.test/", ttfb=0.3, lcp=1.5)
    passed = result("r1", at=1_000.0, seconds=2.0)
    monitor.record(replace(passed, attempts=(replace(passed.last, vitals=(page,)),)))
    monitor.record(
        result("r2", Outcome.FAIL, at=1_060.0, seconds=4.0, browser=FIREFOX),
        result("r3", Outcome.FAIL, at=1_120.0, seconds=4.0, browser=FIREFOX),
    )
    monitor.metrics.browser(CHROMIUM)
    monitor.metrics.lanes(busy=3, total=8)
    # Set last: a scrape that has it has all the rest.
    prometheus.wait_for("portalwatch_lanes - portalwatch_lanes_busy", {(): 5})

    chromium, firefox = ("chromium", SIGNS_IN), ("firefox", SIGNS_IN)
    ask = prometheus.query
    assert ask("portalwatch_check_up") == {chromium: 1, firefox: 0}
    assert ask("sum by (browser, outcome) (portalwatch_runs_total)") == {
        ("chromium", "pass"): 1,
        ("firefox", "fail"): 2,
    }
    # Without a cause, the label is as if it were not there.
    assert ask('count by (outcome) (portalwatch_runs_total{cause=""})') == {("pass",): 1}
    assert ask("portalwatch_last_run_timestamp_seconds") == {chromium: 1_000, firefox: 1_120}
    assert ask("portalwatch_last_pass_timestamp_seconds") == {chromium: 1_000}
    assert ask("portalwatch_run_duration_seconds_sum") == {
        (*chromium, "pass"): 2,
        (*firefox, "fail"): 8,
    }
    slowest = "histogram_quantile(1, portalwatch_run_duration_seconds_bucket)"
    assert ask(slowest) == {(*chromium, "pass"): 2, (*firefox, "fail"): 5}
    assert ask('portalwatch_step_duration_seconds_count{step="sign in"}') == {
        (*chromium, "pass", "sign in"): 1,
        (*firefox, "pass", "sign in"): 2,
    }
    assert ask("portalwatch_page_vital_seconds_sum") == {
        (*chromium, "ttfb"): 0.3,
        (*chromium, "lcp"): 1.5,
    }
    assert ask("portalwatch_build_info") == {(__version__,): 1}
    assert ask("count(portalwatch_browser_info)") == {(): 1}


def test_it_asks_for_openmetrics_and_understands_what_it_gets(monitor, prometheus):
    monitor.record(result("r1"))
    prometheus.wait_until_scraped()
    path, accept = monitor.asked_for[0]
    assert path == "/metrics"
    assert "application/openmetrics-text" in accept
    (target,) = prometheus.targets()
    assert target["lastError"] == ""


def test_it_sees_a_recovery_and_a_check_that_left_the_plan(monitor, prometheus):
    pair = ("chromium", SIGNS_IN)
    monitor.record(result("r1", Outcome.FAIL), result("r2", Outcome.FAIL))
    prometheus.wait_for("portalwatch_check_up", {pair: 0})
    monitor.record(result("r3"))
    prometheus.wait_for("portalwatch_check_up", {pair: 1})
    monitor.metrics.forget(SIGNS_IN, "chromium")
    prometheus.wait_for("portalwatch_check_up", {})
    assert prometheus.query("up") == {(): 1}
