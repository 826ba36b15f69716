"""Verdicts reach a real store first, then the metrics, then the readers, whatever happens."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from portalwatch import bookkeeping
from portalwatch.bookkeeping import Bookkeeping
from portalwatch.metrics import Metrics
from portalwatch.model import Cause, Outcome
from portalwatch.order import Order
from portalwatch.store import Store, opening
from tests.asynchronous import in_own_loop
from tests.records import SIGNS_IN, result


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.1)
    monkeypatch.setattr(bookkeeping, "RETRY_EVERY", 0.05)
    with Store(tmp_path / "store.sqlite3") as opened:
        yield opened


class Books:
    """Bookkeeping over ``store`` with what it told and measured."""

    def __init__(self, store, planned=lambda key: True):
        self.metrics = Metrics()
        self.told = []
        self.books = Bookkeeping(store, self.metrics, planned=planned, tell=self.told.append)

    def settle(self, *verdicts):
        """Settle ``verdicts`` and come to the end."""

        async def work():
            async with self.books as books:
                for verdict in verdicts:
                    books.settle(verdict, down_after=2)

        in_own_loop(work())

    def runs(self):
        page, _ = self.metrics.render()
        return sum(
            sample.value
            for family in text_string_to_metric_families(page.decode())
            for sample in family.samples
            if sample.name == "portalwatch_runs_total"
        )


def order(run_id):
    return Order(run_id, SIGNS_IN, "A title.", "chromium", "https://portal.test", 1.0, 30.0, 5.0)


async def until(condition):
    give_up = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < give_up
        await asyncio.sleep(0.01)


def test_a_verdict_is_stored_measured_and_told(store):
    made = Books(store)

    async def work():
        async with made.books as books:
            await books.open(order("r1"))
            assert [run.run_id for run in store.interrupted_runs()] == ["r1"]
            books.settle(result("r1"), down_after=2)
            await until(lambda: made.told == ["r1"])
            assert store.interrupted_runs() == []
            assert [info.name for info in books.browsers] == ["chromium"]

    in_own_loop(work())
    assert made.runs() == 1
    assert [each.run_id for each in store.results()] == ["r1"]


def test_verdicts_wait_in_order_while_the_store_is_locked(store, caplog):
    made = Books(store)

    async def work():
        other = sqlite3.connect(store.path, isolation_level=None)
        async with made.books as books:
            other.execute("BEGIN IMMEDIATE")
            await books.open(order("r1"))  # told in the log; the run is still worth doing
            for number in (1, 2, 3):
                books.settle(result(f"r{number}", at=1_000.0 + number), down_after=2)
            await until(lambda: books.refused)
            assert made.told == []
            assert books.waiting == 3
            other.execute("ROLLBACK")
            await until(lambda: not books.refused)
        other.close()

    with caplog.at_level(logging.ERROR):
        in_own_loop(work())
    assert made.told == ["r1", "r2", "r3"]
    assert "a verdict waits to be stored" in caplog.text
    assert len(store.results()) == 3


def test_a_run_does_not_wait_for_long_to_be_known_to_the_store(tmp_path, monkeypatch):
    monkeypatch.setattr(bookkeeping, "OPEN_SECONDS", 0.05)
    store = Store(tmp_path / "store.sqlite3")  # which itself waits for ten seconds
    made = Books(store)

    async def work():
        other = sqlite3.connect(store.path, isolation_level=None, check_same_thread=False)
        async with made.books as books:
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            await books.open(order("r1"))
            waited = time.monotonic() - began
            other.execute("ROLLBACK")
            books.settle(result("r1"), down_after=2)
        other.close()
        return waited

    assert in_own_loop(work()) < 5
    assert [each.run_id for each in store.results()] == ["r1"]
    assert store.interrupted_runs() == []
    store.close()


def test_the_last_verdicts_are_stored_at_the_end_and_open_runs_closed(store):
    made = Books(store)

    async def work():
        async with made.books as books:
            await books.open(order("r1"))
            await books.open(order("r2"))
            books.settle(result("r1"), down_after=2)

    in_own_loop(work())
    verdicts = {each.run_id: each.cause for each in store.results()}
    assert verdicts == {"r1": None, "r2": Cause.MONITOR_RESTARTED}


def test_an_end_does_not_wait_for_a_store_that_cannot_be_written(store, caplog):
    made = Books(store)

    async def work():
        other = sqlite3.connect(store.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        async with made.books as books:
            books.settle(result("r1"), down_after=2)
        other.close()

    in_own_loop(work())
    assert "1 verdicts could not be stored" in caplog.text


def test_a_run_that_has_its_verdict_keeps_it(store, caplog):
    store.add(result("r1", Outcome.FAIL))
    made = Books(store)
    made.settle(result("r1"), result("r2"))
    assert made.told == ["r2"]
    assert store.result("r1").outcome is Outcome.FAIL


def test_a_verdict_that_no_store_can_take_holds_up_no_other(store, caplog, monkeypatch):
    real = store.add

    def add(verdict, *, down_after):
        if verdict.run_id == "r1":
            raise ValueError("a fault of ours")
        return real(verdict, down_after=down_after)

    monkeypatch.setattr(store, "add", add)
    made = Books(store)
    made.settle(result("r1"), result("r2"))
    assert made.told == ["r2"]
    assert "the verdict on run r1 cannot be stored" in caplog.text


def test_a_start_closes_what_was_left_open_and_shows_planned_statuses_only(store):
    store.add(result("r1"))
    store.add(result("r2", check="gone.from_the_plan"))
    store.open_run("r3", SIGNS_IN, "chromium", 1_000.0, title="A title.")
    made = Books(store, planned=lambda key: key[0] == SIGNS_IN)

    async def work():
        await made.books.take_over()
        async with made.books:
            pass

    in_own_loop(work())
    assert store.result("r3").cause is Cause.MONITOR_RESTARTED
    assert made.runs() == 1  # the interrupted one; r1 was counted before the start
    page, _ = made.metrics.render()
    assert f'portalwatch_check_up{{browser="chromium",check="{SIGNS_IN}"}} 1.0' in page.decode()
    assert "gone.from_the_plan" not in page.decode()


def test_verdicts_of_a_check_that_left_the_plan_are_stored_but_not_shown(store):
    made = Books(store, planned=lambda key: False)
    made.settle(result("r1"))
    assert store.result("r1") is not None
    assert made.runs() == 0


def test_pruning_drops_old_results_with_their_evidence(store, tmp_path):
    from tests.records import with_evidence

    old = time.time() - 100
    store.add(with_evidence(result("r1", at=old), "r1/1-shot.png"))
    store.add(result("r2", at=time.time()))
    folder = tmp_path / "evidence" / "r1"
    folder.mkdir(parents=True)
    (folder / "1-shot.png").touch()
    made = Books(store)
    in_own_loop(made.books.prune([tmp_path / "evidence", tmp_path / "quarantine"], 50.0))
    assert [each.run_id for each in store.results()] == ["r2"]
    assert not folder.exists()
