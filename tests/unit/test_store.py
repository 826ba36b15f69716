"""The store: verdicts, statuses, flips, and what readers ask for."""

import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portalwatch.model import Cause, Outcome
from portalwatch.status import State
from portalwatch.store import AlreadyDecided, OpenRun, Store, UptimeHour
from tests.records import CHROMIUM, FIREFOX, SIGNS_IN, result, with_evidence

PASS, FAIL, ERROR, SKIP = Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.SKIP
LOCKS = "lockout.locks_after_five"


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "portalwatch.sqlite") as opened:
        yield opened


def ids(results):
    return [found.run_id for found in results]


# -- verdicts ----------------------------------------------------------------------


def test_it_gives_back_a_result_as_it_was(store):
    verdict = replace(
        with_evidence(result("r1", FAIL), "r1/page.png"),
        tags=("smoke", "größe"),
        versions=(("portalwatch", "0.1.0"),),
    )
    store.add(verdict)
    assert store.result("r1") == verdict
    assert store.result("r2") is None


def test_a_verdict_ends_its_open_run(store):
    store.open_run("r1", SIGNS_IN, "chromium", 1_000.0, title="A provider signs in.")
    store.open_run("r2", LOCKS, "firefox", 990.0)
    assert store.interrupted_runs() == [
        OpenRun("r2", LOCKS, LOCKS, "firefox", 990.0),
        OpenRun("r1", SIGNS_IN, "A provider signs in.", "chromium", 1_000.0),
    ]
    store.add(result("r1"))
    assert ids(store.interrupted_runs()) == ["r2"]


def test_a_run_tried_again_elsewhere_is_opened_once(store):
    store.open_run("r1", SIGNS_IN, "chromium", 1_000.0)
    store.open_run("r1", SIGNS_IN, "chromium", 1_000.0)
    assert ids(store.interrupted_runs()) == ["r1"]


def test_it_refuses_a_second_verdict_and_changes_nothing(store):
    store.add(result("r1", PASS))
    before = (store.statuses(), store.results(), store.uptime(0.0), store.flips())
    with pytest.raises(AlreadyDecided, match="run r1 has its verdict already"):
        store.add(result("r1", FAIL, at=2_000.0), down_after=1)
    assert (store.statuses(), store.results(), store.uptime(0.0), store.flips()) == before


def test_it_refuses_to_open_a_run_that_has_its_verdict(store):
    store.add(result("r1"))
    with pytest.raises(AlreadyDecided):
        store.open_run("r1", SIGNS_IN, "chromium", 1_000.0)
    assert store.interrupted_runs() == []


def test_runs_left_open_are_our_errors_and_no_failure_of_the_portal(store):
    store.add(result("r0"))
    store.open_run("r1", SIGNS_IN, "chromium", 1_060.0, title="A provider signs in.")
    (closed,) = store.close_interrupted(5_000.0)
    assert store.result("r1") == closed
    assert (closed.outcome, closed.cause) == (ERROR, Cause.MONITOR_RESTARTED)
    assert (closed.scheduled_at, closed.ended_at) == (1_060.0, 5_000.0)
    assert (closed.title, closed.browser.name) == ("A provider signs in.", "chromium")
    assert [status.state for status in store.statuses()] == [State.UP]
    assert store.interrupted_runs() == []
    assert store.close_interrupted(5_001.0) == []


# -- statuses and flips ------------------------------------------------------------


def test_a_status_survives_a_restart(tmp_path):
    path = tmp_path / "portalwatch.sqlite"
    with Store(path) as store:
        status, flip = store.add(result("r1", FAIL, at=10.0))
        assert (status.state, flip) == (State.FAILING, None)
    with Store(path) as store:
        assert store.statuses() == [status]
        status, flip = store.add(result("r2", FAIL, at=20.0))
        assert status.state is State.DOWN
        assert store.flips() == [flip]


def test_it_keeps_a_status_for_each_check_on_each_browser(store):
    store.add(result("r1", PASS))
    store.add(result("r2", FAIL, browser=FIREFOX), down_after=1)
    store.add(result("r3", ERROR, check=LOCKS))
    assert [(s.check, s.browser, s.state) for s in store.statuses()] == [
        (LOCKS, "chromium", State.PENDING),
        (SIGNS_IN, "chromium", State.UP),
        (SIGNS_IN, "firefox", State.DOWN),
    ]


def test_a_flip_stays_unsent_until_it_is_marked(store):
    _, down = store.add(result("r1", FAIL, at=10.0), down_after=1)
    _, up = store.add(result("r2", PASS, at=20.0), down_after=1)
    (first, _), (second, _) = store.unsent_flips()
    assert store.unsent_flips() == [(first, down), (second, up)]
    store.mark_sent(first, at=30.0)
    store.mark_sent(first, at=40.0)
    assert store.unsent_flips() == [(second, up)]
    assert store.flips() == [up, down]
    assert store.flips(limit=1) == [up]


# -- what readers ask for ----------------------------------------------------------


def test_it_finds_results_by_every_filter_newest_first(store):
    store.add(result("r1", PASS, at=10.0))
    store.add(result("r2", FAIL, at=20.0))
    store.add(result("r3", PASS, at=30.0, browser=FIREFOX))
    store.add(result("r4", FAIL, at=40.0, check=LOCKS))
    assert ids(store.results()) == ["r4", "r3", "r2", "r1"]
    assert ids(store.results(limit=2)) == ["r4", "r3"]
    assert ids(store.results(before=30.0)) == ["r2", "r1"]
    assert ids(store.results(check=SIGNS_IN)) == ["r3", "r2", "r1"]
    assert ids(store.results(browser="chromium")) == ["r4", "r2", "r1"]
    assert ids(store.results(outcome=FAIL)) == ["r4", "r2"]
    assert ids(store.results(check=SIGNS_IN, browser="chromium", outcome=FAIL)) == ["r2"]
    assert store.results(check="no.such") == []


def test_it_gives_the_newest_latencies_of_each_pair_oldest_first(store):
    for number in range(1, 5):
        store.add(result(f"r{number}", at=number * 10.0, seconds=float(number)))
    store.add(result("r5", FAIL, at=50.0, browser=FIREFOX))
    assert store.latencies(limit=2) == {
        (SIGNS_IN, "chromium"): [(30.0, 3.0, PASS), (40.0, 4.0, PASS)],
        (SIGNS_IN, "firefox"): [(50.0, 2.0, FAIL)],
    }


def test_it_counts_the_outcomes_of_each_hour(store):
    store.add(result("r1", PASS, at=3_599.0, seconds=2.0))
    store.add(result("r2", PASS, at=3_600.0, seconds=3.0))
    store.add(result("r3", PASS, at=7_199.0, seconds=4.0))
    store.add(result("r4", FAIL, at=7_199.5, seconds=60.0))
    first = UptimeHour(SIGNS_IN, "chromium", 0, 1, 0, 0, 0)
    second = UptimeHour(SIGNS_IN, "chromium", 3_600, 2, 1, 0, 0)
    assert store.uptime(since=0.0) == [first, second]
    assert store.uptime(since=3_599.9) == [first, second]
    assert store.uptime(since=3_600.0) == [second]
    assert store.uptime(since=7_200.0) == []


_runs = st.lists(
    st.tuples(
        st.sampled_from(Outcome),
        st.sampled_from([CHROMIUM, FIREFOX]),
        st.sampled_from([SIGNS_IN, LOCKS]),
        st.integers(0, 4 * 3_600),
        st.integers(0, 90),
    ),
    max_size=25,
)


@settings(max_examples=25)
@given(runs=_runs)
def test_the_hourly_counts_agree_with_the_results(runs):
    with TemporaryDirectory() as folder, Store(Path(folder) / "portalwatch.sqlite") as store:
        for number, (outcome, browser, check, at, seconds) in enumerate(runs):
            store.add(
                result(f"r{number}", outcome, at=at, seconds=seconds, browser=browser, check=check)
            )
        expected: dict[tuple[str, str, int], list[int]] = {}
        counted = [PASS, FAIL, ERROR, SKIP]
        for found in store.results(limit=1_000):
            hour = int(found.ended_at // 3_600) * 3_600
            row = expected.setdefault((found.check, found.browser.name, hour), [0] * 4)
            row[counted.index(found.outcome)] += 1
        assert {
            (h.check, h.browser, h.hour): [h.passes, h.fails, h.errors, h.skips]
            for h in store.uptime(since=-3_600.0)
        } == expected


# -- pruning -----------------------------------------------------------------------


def test_it_prunes_old_results_and_keeps_failures_longer(store):
    for number, outcome in enumerate([FAIL, PASS, FAIL, ERROR, SKIP, PASS, FAIL]):
        store.add(result(f"r{number}", outcome, at=number * 10.0))
    kept = (store.statuses(), store.uptime(0.0), store.flips())
    pruned = store.prune(before=50.0, keep_failures_since=20.0, discard=lambda _: None)
    assert pruned == 3
    assert ids(store.results()) == ["r6", "r5", "r3", "r2"]
    assert (store.statuses(), store.uptime(0.0), store.flips()) == kept


def test_it_discards_the_evidence_of_a_run_before_its_result(store):
    store.add(result("r1", at=10.0))
    store.add(result("r2", FAIL, at=10.0))
    discarded = []

    def discard(run_id):
        assert store.result(run_id)
        discarded.append(run_id)

    store.prune(before=20.0, keep_failures_since=0.0, discard=discard)
    assert discarded == ["r1"]
    assert ids(store.results()) == ["r2"]


def test_it_goes_on_pruning_after_a_crash_between_evidence_and_result(store):
    store.add(result("r1", at=10.0))

    def crash(_):
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        store.prune(before=20.0, keep_failures_since=20.0, discard=crash)
    again = []
    assert store.prune(before=20.0, keep_failures_since=20.0, discard=again.append) == 1
    assert again == ["r1"]


def test_it_prunes_more_than_one_batch_with_all_their_steps(store):
    for number in range(501):
        store.add(result(f"r{number}", at=float(number)))
    assert store.prune(before=600.0, keep_failures_since=600.0, discard=lambda _: None) == 501
    with contextlib.closing(sqlite3.connect(store.path)) as db:
        assert db.execute("SELECT count(*) FROM steps").fetchall() == [(0,)]
