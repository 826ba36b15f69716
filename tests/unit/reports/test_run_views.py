from dataclasses import replace

from portalwatch.model import Attempt, Cause, Outcome, PageVitals, Result, Step
from portalwatch.render import PlannedCheck
from portalwatch.status import Status
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
from tests.unit.reports.unpacked import unpacked

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


def test_it_counts_each_outcome_and_flaky_runs_apart():
    shown = report(result(), result(attempts=2), result(TOTP, **REFUSED), result(skipped=True))
    assert counted(shown) == {
        "all": 4,
        "failed": 1,
        "error": 0,
        "flaky": 1,
        "skipped": 1,
        "passed": 2,
    }


def test_its_data_holds_every_record_without_what_is_empty():
    failed = result(TOTP, "firefox", **REFUSED)
    (run,) = unpacked(report(failed).data)["runs"]
    assert run["browser"]["name"] == "firefox"
    assert "node" not in run
    (attempt,) = run["attempts"]
    assert attempt["cause"] == "second_factor_rejected"
    assert [step["name"] for step in attempt["steps"]] == [s.name for s in failed.last.steps]
    assert "offset" not in attempt["steps"][0]  # it is 0
    assert attempt["seconds"] == 1.42


def test_its_data_tells_a_zero_from_what_was_not_measured():
    run = result()
    vitals = (PageVitals("https://portal.example/", ttfb=0.0, cls=0.0),)
    run = replace(run, attempts=(replace(run.last, vitals=vitals),))
    (attempt,) = unpacked(report(run).data)["runs"][0]["attempts"]
    assert attempt["vitals"] == [{"url": "https://portal.example/", "ttfb": 0.0, "cls": 0.0}]


def test_it_lists_failures_before_errors_where_scripts_are_off():
    shown = report(result(), result(WRONG_CODE, **CRASHED), result(TOTP, **REFUSED))
    assert [run.outcome for run in shown.troubled] == [Outcome.FAIL, Outcome.ERROR]
    many = report(*(result(run_id=f"r{n}", **REFUSED) for n in range(500)))
    assert len(many.troubled) == 200


def test_its_history_is_of_its_own_checks_with_the_steps_of_the_last_good_run():
    earlier = [result(ended_at=NOW - 60 * n, run_id=f"h{n}") for n in range(1, 30)]
    earlier[0] = result(ended_at=NOW - 60, run_id="h1", **REFUSED)
    history = {(SIGNS_IN, "chromium"): earlier, (TOTP, "firefox"): earlier}
    built = run_report.build(
        [result()], title="nightly", started_at=NOW - 60, ended_at=NOW, history=history
    )
    (pair, past), *others = unpacked(built.data)["history"].items()
    assert (pair, others) == (f"{SIGNS_IN} chromium", [])
    assert [run["id"] for run in past] == [f"h{n}" for n in range(21, 0, -1)]
    assert [run["id"] for run in past if "steps" in run] == ["h2"]
    assert "history" not in unpacked(report(result()).data)


def test_it_says_the_result_in_one_sentence():
    skip, fail, error = result(skipped=True), result(**REFUSED), result(**CRASHED)
    assert report().verdict == "No check was run"
    assert report(result()).verdict == "1 run passed"
    assert report(result(), result(attempts=2)).verdict == "2 runs passed, 1 flaky"
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
