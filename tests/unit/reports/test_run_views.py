from portalwatch.model import Attempt, Cause, Outcome, Result, Status, Step
from portalwatch.render import PlannedCheck
from reports import check_page, run_page, run_report
from tests.unit.reports.records import (
    BOTH,
    CHROMIUM,
    NOW,
    SIGNS_IN,
    TITLES,
    TOTP,
    WRONG_CODE,
    keep_evidence,
    result,
)

REFUSED = {"cause": Cause.SECOND_FACTOR_REJECTED, "message": "not right"}
CRASHED = {"cause": Cause.BROWSER_CRASHED, "message": "gone"}


def report(*results):
    return run_report.build(results, title="nightly", started_at=NOW - 60, ended_at=NOW)


def counted(shown):
    return {counter.key: counter.count for counter in shown.counters}


def test_it_points_at_the_innermost_step_that_failed():
    bars = run_page.build(result(**REFUSED)).attempts[0].steps
    assert [bar.step.name for bar in bars if bar.failed_here] == ["enter the code"]


def test_it_keeps_every_bar_visible_and_on_the_time_line():
    steps = (Step("at once", Outcome.PASS, 1.0, 0.0), Step("late", Outcome.PASS, 0.9, 0.4))
    attempt = Attempt(Outcome.PASS, None, "", NOW, 1.0, steps)
    run = Result("r", "login.a", "A.", CHROMIUM, None, NOW, (attempt,))
    for bar in run_page.build(run).attempts[0].steps:
        assert bar.width > 0
        assert 0 <= bar.left <= bar.left + bar.width <= 100.01


def test_it_shows_the_attempt_that_gave_the_verdict_first():
    attempts = run_page.build(result(attempts=3)).attempts
    assert [entry.number for entry in attempts] == [3, 2, 1]
    assert [entry.failed for entry in attempts] == [False, True, True]


def test_it_sorts_evidence_by_how_it_is_shown(tmp_path):
    kept = keep_evidence(tmp_path, "r")
    entry = run_page.build(result(evidence=kept, **REFUSED)).attempts[0]
    assert [e.name for e in entry.screenshots] == ["screenshot.png"]
    assert [e.name for e in entry.traces] == ["trace.zip"]
    assert [e.name for e in entry.files] == ["page.txt"]


def test_it_puts_failures_first_then_errors_then_flaky_passes():
    shown = report(
        result(),
        result(attempts=2),
        result(skipped=True),
        result(WRONG_CODE, **CRASHED),
        result(TOTP, **REFUSED),
    )
    assert [(row.result.outcome, row.result.flaky) for row in shown.rows] == [
        (Outcome.FAIL, False),
        (Outcome.ERROR, False),
        (Outcome.SKIP, False),
        (Outcome.PASS, True),
        (Outcome.PASS, False),
    ]
    assert [row.open for row in shown.rows] == [True, True, False, False, False]


def test_it_counts_each_outcome_and_flaky_runs_apart():
    shown = report(result(), result(attempts=2), result(TOTP, **REFUSED), result(skipped=True))
    assert counted(shown) == {"all": 4, "fail": 1, "error": 0, "skip": 1, "pass": 2, "flaky": 1}
    assert [row.keys for row in shown.rows] == ["fail", "skip", "pass flaky", "pass"]


def test_it_opens_a_handful_of_failures_and_not_hundreds():
    shown = report(*(result(run_id=f"r{n}", **REFUSED) for n in range(200)))
    assert sum(row.open for row in shown.rows) == 10


def test_it_searches_title_check_browser_cause_and_message():
    words = report(result(TOTP, "firefox", **REFUSED)).rows[0].words
    for part in ("right password", "two_factor.", "firefox", "153.7", "refused", "not right"):
        assert part in words


def test_it_says_the_result_in_one_sentence():
    skip, fail, error = result(skipped=True), result(**REFUSED), result(**CRASHED)
    assert report().verdict == "No check was run"
    assert report(result()).verdict == "1 run passed"
    assert report(result(), skip).verdict == "1 of 2 runs passed"
    assert report(skip, skip).verdict == "2 runs skipped"
    assert report(result(), fail, error).verdict == "1 of 3 runs failed"
    assert report(result(), error).verdict == "1 of 2 runs ended in an error of our own"
    assert report(skip, error).outcome is Outcome.ERROR
    assert report(skip).outcome is Outcome.SKIP


def test_it_pages_the_runs_of_a_check_by_their_end():
    runs = [result(ended_at=NOW - 60 * n) for n in range(check_page.RUNS + 1)]
    check = PlannedCheck(SIGNS_IN, TITLES[SIGNS_IN], BOTH, 60.0)

    def page(runs):
        return check_page.build(
            check,
            status=Status(SIGNS_IN, "chromium"),
            hours=[],
            points=[],
            runs=runs,
            before=None,
            now=NOW,
        )

    full = page(runs)
    assert len(full.runs) == check_page.RUNS
    assert full.older == full.runs[-1].ended_at
    assert page(runs[:-1]).older is None
