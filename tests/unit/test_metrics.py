"""What Prometheus scrapes."""

import shutil
import subprocess
from dataclasses import replace

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from portalwatch import __version__
from portalwatch.metrics import STEP_NAMES, Metrics
from portalwatch.model import ConsoleEntry, FailedRequest, Outcome, PageVitals, Step
from portalwatch.status import State, Status, advance
from tests.records import CHROMIUM, FIREFOX, SIGNS_IN, attempt, result

PASS, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP
PAIR = {"check": SIGNS_IN, "browser": "chromium"}


@pytest.fixture
def metrics():
    return Metrics()


def samples(metrics, name):
    """The samples of one name as {labels without check and browser: value}."""
    text = metrics.render()[0].decode()
    return {
        tuple(v for k, v in sorted(sample.labels.items()) if k not in PAIR): sample.value
        for family in plain_text(text)
        for sample in family.samples
        if sample.name == name
    }


def record(metrics, *verdicts):
    status = Status(**PAIR)
    for verdict in verdicts:
        status, _ = advance(status, verdict)
        metrics.record(verdict, status)


def test_it_counts_runs_by_outcome_and_cause(metrics):
    record(metrics, result("r1"), result("r2"), result("r3", FAIL), result("r4", ERROR))
    assert samples(metrics, "portalwatch_runs_total") == {
        ("", "pass"): 2,
        ("content_wrong", "fail"): 1,
        ("browser_crashed", "error"): 1,
    }


def test_it_counts_every_attempt_of_a_run(metrics):
    tries = (attempt(FAIL, at=990.0), attempt(PASS, at=1_000.0))
    record(metrics, replace(result("r1"), attempts=tries))
    assert samples(metrics, "portalwatch_attempts_total") == {("fail",): 1, ("pass",): 1}
    assert samples(metrics, "portalwatch_runs_total") == {("", "pass"): 1}


def test_it_times_failures_apart_from_passes_and_skipped_runs_not_at_all(metrics):
    record(
        metrics,
        result("r1", PASS, seconds=2.0),
        result("r2", FAIL, seconds=30.0),
        result("r3", SKIP, seconds=0.0),
    )
    assert samples(metrics, "portalwatch_run_duration_seconds_sum") == {
        ("pass",): 2.0,
        ("fail",): 30.0,
    }


def test_it_times_each_step_that_was_done(metrics):
    steps = (
        Step("sign in", PASS, offset=0.0, seconds=0.5),
        Step("enter the code", FAIL, offset=0.5, seconds=4.0),
        Step("sign out", SKIP, offset=4.5, seconds=0.0),
    )
    failed = result("r1", FAIL)
    record(metrics, replace(failed, attempts=(replace(failed.last, steps=steps),)))
    assert samples(metrics, "portalwatch_step_duration_seconds_sum") == {
        ("pass", "sign in"): 0.5,
        ("fail", "enter the code"): 4.0,
    }


def test_step_names_without_end_share_one_label(metrics):
    steps = tuple(Step(f"open claim {n}", PASS, 0.0, 0.1) for n in range(STEP_NAMES + 7))
    verdict = result("r1")
    verdict = replace(verdict, attempts=(replace(verdict.last, steps=steps),))
    record(metrics, verdict, replace(verdict, run_id="r2"))
    counts = samples(metrics, "portalwatch_step_duration_seconds_count")
    assert len(counts) == STEP_NAMES + 1
    assert counts["pass", "other"] == 2 * 7
    assert counts["pass", "open claim 0"] == 2


def test_it_observes_the_vitals_that_the_browser_gives(metrics):
    pages = (
        PageVitals("https://portal.test/", ttfb=0.1, fcp=0.2, lcp=0.3, cls=0.02, inp=0.05),
        PageVitals("https://portal.test/home", ttfb=0.4),
    )
    verdict = result("r1")
    record(metrics, replace(verdict, attempts=(replace(verdict.last, vitals=pages),)))
    assert samples(metrics, "portalwatch_page_vital_seconds_sum") == {
        ("ttfb",): 0.5,
        ("fcp",): 0.2,
        ("lcp",): 0.3,
        ("inp",): 0.05,
    }
    assert samples(metrics, "portalwatch_layout_shift_count") == {(): 1}


def test_it_counts_console_errors_and_failed_requests_from_zero(metrics):
    record(metrics, result("r1"))
    assert samples(metrics, "portalwatch_console_errors_total") == {(): 0}
    assert samples(metrics, "portalwatch_failed_requests_total") == {(): 0}
    console = tuple(
        ConsoleEntry(level, "text", "https://portal.test/", 0.1)
        for level in ("warning", "error", "exception")
    )
    failed = FailedRequest("GET", "https://portal.test/a.js", "script", 404, "Not Found", 0.1)
    verdict = result("r2")
    page = replace(verdict.last, console=console, failed_requests=(failed,))
    record(metrics, replace(verdict, attempts=(page,)))
    assert samples(metrics, "portalwatch_console_errors_total") == {(): 2}
    assert samples(metrics, "portalwatch_failed_requests_total") == {(): 1}


@pytest.mark.parametrize(
    ("state", "up"),
    [
        (State.UP, {(): 1}),
        (State.FAILING, {(): 1}),
        (State.DOWN, {(): 0}),
        (State.PENDING, {}),
        (State.UNKNOWN, {}),
    ],
)
def test_up_says_only_what_is_confirmed(metrics, state, up):
    metrics.restore([Status(**PAIR, state=State.UP), Status(**PAIR, state=state)])
    assert samples(metrics, "portalwatch_check_up") == up
    states = samples(metrics, "portalwatch_check_state")
    assert [name for (name,), value in states.items() if value == 1] == [state]
    assert len(states) == len(State)


def test_it_shows_after_a_restart_what_was_known_before(metrics):
    metrics.restore([Status(**PAIR, state=State.DOWN, last_run_at=1_234.5)])
    assert samples(metrics, "portalwatch_check_up") == {(): 0}
    assert samples(metrics, "portalwatch_last_run_timestamp_seconds") == {(): 1_234.5}
    assert samples(metrics, "portalwatch_last_pass_timestamp_seconds") == {}
    assert samples(metrics, "portalwatch_missed_runs_total") == {(): 0}


def test_it_tells_the_last_run_from_the_last_pass(metrics):
    record(metrics, result("r1", PASS, at=100.0), result("r2", FAIL, at=200.0))
    assert samples(metrics, "portalwatch_last_run_timestamp_seconds") == {(): 200.0}
    assert samples(metrics, "portalwatch_last_pass_timestamp_seconds") == {(): 100.0}


def test_a_check_that_left_the_plan_leaves_no_series(metrics):
    fill(metrics)
    metrics.forget(SIGNS_IN, "chromium")
    text = metrics.render()[0].decode()
    assert 'browser="chromium",check=' not in text
    assert 'browser="firefox",check=' in text


def test_it_shows_the_monitor_itself(metrics):
    metrics.missed(SIGNS_IN, "chromium", 2)
    metrics.missed(SIGNS_IN, "chromium")
    metrics.queue_delay(0.25)
    metrics.lanes(busy=3, total=8)
    metrics.worker_restarted("memory")
    assert samples(metrics, "portalwatch_missed_runs_total") == {(): 3}
    assert samples(metrics, "portalwatch_queue_delay_seconds_sum") == {(): 0.25}
    assert samples(metrics, "portalwatch_lanes") == {(): 8}
    assert samples(metrics, "portalwatch_lanes_busy") == {(): 3}
    assert samples(metrics, "portalwatch_worker_restarts_total") == {("memory",): 1}
    assert samples(metrics, "portalwatch_build_info") == {(__version__,): 1}


def test_a_refused_plan_leaves_the_time_of_the_one_that_runs(metrics):
    metrics.plan_reload(ok=True, at=100.0)
    metrics.plan_reload(ok=False, at=200.0)
    assert samples(metrics, "portalwatch_plan_reload_success") == {(): 0}
    assert samples(metrics, "portalwatch_plan_reload_timestamp_seconds") == {(): 100.0}


def test_a_browsers_new_version_takes_the_place_of_the_old(metrics):
    metrics.browser(CHROMIUM)
    metrics.browser(replace(CHROMIUM, version="157.0"))
    assert list(samples(metrics, "portalwatch_browser_info")) == [
        ("system", "chromium", "cdp", "157.0")
    ]


def test_two_registries_do_not_mix(metrics):
    record(metrics, result("r1"))
    assert samples(Metrics(), "portalwatch_runs_total") == {}


def test_it_speaks_openmetrics_to_those_who_ask(metrics):
    fill(metrics)
    body, content_type = metrics.render("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert body.endswith(b"# EOF\n")
    assert "portalwatch_runs" in {family.name for family in openmetrics(body.decode())}
    assert metrics.render()[1].startswith("text/plain; version=0.0.4")


def test_promtool_finds_nothing_to_complain_of(metrics):
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed here")
    fill(metrics)
    checked = subprocess.run(
        ["promtool", "check", "metrics"],
        input=metrics.render()[0],
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def fill(metrics):
    """Gives every metric a sample."""
    page = PageVitals("https://portal.test/", ttfb=0.1, fcp=0.2, lcp=0.3, cls=0.02, inp=0.05)
    for browser in (CHROMIUM, FIREFOX):
        metrics.browser(browser)
        for outcome in Outcome:
            verdict = result(f"{browser.name}-{outcome}", outcome, browser=browser)
            verdict = replace(verdict, attempts=(replace(verdict.last, vitals=(page,)),))
            status = Status(check=SIGNS_IN, browser=browser.name, state=State.UP)
            metrics.record(verdict, status)
    metrics.queue_delay(0.1)
    metrics.worker_restarted("age")
    metrics.plan_reload(ok=True, at=1_000.0)
