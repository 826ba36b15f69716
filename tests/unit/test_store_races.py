"""The store under threads, processes and kill -9: one verdict for each run, and no halves."""

import contextlib
import random
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from portalwatch.model import Outcome
from portalwatch.store import AlreadyDecided, Store
from tests.records import result

RUNS = 60

RACER = """
import sys
from pathlib import Path
from portalwatch.model import Outcome
from portalwatch.store import AlreadyDecided, Store
from tests.records import result

print("ready", flush=True)
sys.stdin.readline()
won = 0
with Store(Path(sys.argv[1])) as store:
    for number in range(int(sys.argv[2])):
        try:
            store.add(result(f"r{number}", Outcome.FAIL, at=float(number)))
            won += 1
        except AlreadyDecided:
            pass
print(won)
"""

WRITER = """
import itertools, sys
from pathlib import Path
from portalwatch.model import Outcome
from portalwatch.store import Store
from tests.records import result

outcomes = itertools.cycle([Outcome.PASS, Outcome.FAIL, Outcome.FAIL, Outcome.ERROR])
with Store(Path(sys.argv[1])) as store:
    for number, outcome in zip(itertools.count(int(sys.argv[2])), outcomes):
        store.open_run(f"r{number}", "login.provider_signs_in", "chromium", float(number))
        store.add(result(f"r{number}", outcome, at=float(number)))
        print(number, flush=True)
"""


OPENER = """
import sys
from pathlib import Path
from portalwatch.store import Store

for line in sys.stdin:
    with Store(Path(line.strip())):
        print("opened", flush=True)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "portalwatch.sqlite"


def start(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def expect_whole(path):
    """Asserts that what is kept of each result fits together."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        kept_steps = db.execute(
            "SELECT (SELECT count(*) FROM steps WHERE result_id = id),"
            " json_array_length(record, '$.attempts[0].steps') FROM results"
        ).fetchall()
        assert all(kept == recorded for kept, recorded in kept_steps)
        (counted,) = db.execute(
            "SELECT coalesce(sum(passes + fails + errors + skips), 0) FROM uptime_hours"
        ).fetchone()
        assert counted == len(kept_steps)
        assert (
            db.execute("SELECT run_id FROM results ORDER BY id DESC LIMIT 1").fetchall()
            == db.execute("SELECT last_run_id FROM statuses").fetchall()
        )
        both = "SELECT run_id FROM open_runs INTERSECT SELECT run_id FROM results"
        assert db.execute(both).fetchall() == []


def test_one_of_two_threads_gives_the_verdict(path):
    together = threading.Barrier(2)

    def race(store):
        won = 0
        for number in range(RUNS):
            together.wait(timeout=30)
            with contextlib.suppress(AlreadyDecided):
                store.add(result(f"r{number}", Outcome.FAIL, at=float(number)))
                won += 1
        return won

    with Store(path) as store, ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(race, [store, store])) == RUNS
        assert len(store.results(limit=1_000)) == RUNS
        assert len(store.flips()) == 1
        (status,) = store.statuses()
        assert status.failures_in_row == RUNS
    expect_whole(path)


def test_one_of_two_processes_makes_the_file_and_one_gives_each_verdict(path):
    racers = [start(RACER, path, RUNS) for _ in range(2)]
    try:
        for racer in racers:
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            racer.stdin.write("go\n")
            racer.stdin.flush()
        won = [int(racer.communicate(timeout=60)[0]) for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
            racer.wait()
    assert sum(won) == RUNS
    with Store(path) as store:
        assert len(store.results(limit=1_000)) == RUNS
        assert len(store.flips()) == 1
    expect_whole(path)


def test_processes_that_make_the_file_at_the_same_time_wait_for_each_other(tmp_path):
    with contextlib.ExitStack() as stack:
        openers = [stack.enter_context(start(OPENER)) for _ in range(3)]
        for number in range(100):  # each new file is one chance to lose the race for it
            for opener in openers:
                opener.stdin.write(f"{tmp_path}/{number}\n")
                opener.stdin.flush()
            for opener in openers:
                assert opener.stdout.readline() == "opened\n"


def test_readers_in_other_threads_see_whole_results_only(path):
    done = threading.Event()

    def read(store):
        seen = 0
        while not done.is_set():
            hours = store.uptime(0.0)
            results = store.results(limit=1_000)
            assert sum(hour.passes for hour in hours) <= len(results)
            seen = len(results)
        return seen

    with Store(path) as store, ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read, store) for _ in range(3)]
        try:
            for number in range(80):
                store.add(result(f"r{number}", at=float(number)))
        finally:
            done.set()
        assert all(reader.result(timeout=30) <= 80 for reader in readers)
    expect_whole(path)


def test_kill_9_of_the_writer_leaves_no_half_of_a_result(path):
    dice = random.Random(7)
    number = 0
    for _ in range(8):
        writer = start(WRITER, path, number)
        try:
            for _ in range(dice.randrange(1, 40)):
                number = int(writer.stdout.readline())
        finally:
            writer.kill()  # somewhere in the next transaction
            rest, _ = writer.communicate()
        number = max([number, *map(int, rest.split()[:-1])])
        with Store(path) as store:
            assert store.result(f"r{number}")
            expect_whole(path)
            newest = store.results(limit=1)[0].run_id
            interrupted = [run.run_id for run in store.interrupted_runs()]
            assert interrupted in ([], [f"r{int(newest[1:]) + 1}"])
            number = int((interrupted or [newest])[0][1:]) + 1
            assert [run.run_id for run in store.close_interrupted(float(number))] == interrupted
        expect_whole(path)
