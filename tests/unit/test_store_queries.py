"""The query plans: what a page asks for reads an index, not every result there ever was."""

import contextlib
import sqlite3

import pytest
from sqlalchemy.dialects import sqlite

from portalwatch.model import Outcome
from portalwatch.store import Store, reading
from tests.records import SIGNS_IN

FAIL = Outcome.FAIL


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """A query's plan as SQLite tells it, one line a step."""
    path = tmp_path_factory.mktemp("plans") / "portalwatch.sqlite"
    Store(path).close()
    with contextlib.closing(sqlite3.connect(path)) as connection:

        def explain(query):
            sql = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
            return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]

        yield explain


def test_a_sparkline_reads_nothing_but_its_index(plan):
    assert plan(reading.latencies_query(SIGNS_IN, "chromium", 60)) == [
        "SEARCH results USING COVERING INDEX ix_results_pair (check=? AND browser=?)"
    ]


def test_the_uptime_bars_read_only_the_hours_they_show(plan):
    assert plan(reading.uptime_query(1e9)) == ["SEARCH uptime_hours USING PRIMARY KEY (hour>?)"]


@pytest.mark.parametrize(
    ("check", "browser", "outcome", "index"),
    [
        (None, None, None, "ix_results_ended_at"),
        (SIGNS_IN, None, None, "ix_results_check"),
        (None, None, FAIL, "ix_results_outcome"),
        (SIGNS_IN, None, FAIL, "ix_results_check_outcome"),
    ],
)
@pytest.mark.parametrize("before", [None, 1e9])
def test_a_list_of_results_is_read_in_the_order_of_an_index(
    plan, check, browser, outcome, index, before
):
    (step,) = plan(reading.results_query(check, browser, outcome, 50, before))
    assert f"USING INDEX {index}" in step


@pytest.mark.parametrize("outcome", [None, FAIL])
@pytest.mark.parametrize("before", [None, 1e9])
def test_a_list_of_one_pair_is_read_by_an_index_too(plan, outcome, before):
    steps = plan(reading.results_query(SIGNS_IN, "chromium", outcome, 50, before))
    assert "USING INDEX ix_results_" in steps[0]
    # Never the whole history sorted: only results that ended at the same moment.
    assert steps[1:] in ([], ["USE TEMP B-TREE FOR RIGHT PART OF ORDER BY"])


def test_pruning_looks_at_nothing_younger_than_what_it_may_delete(plan):
    assert plan(reading.expired_query(2e9, 1e9, 500)) == [
        "SEARCH results USING INDEX ix_results_ended_at (ended_at<?)"
    ]
