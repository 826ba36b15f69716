"""The store: transactions, threads and processes around the statements beside it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import Connection

from portalwatch.model import Attempt, BrowserInfo, Cause, Outcome, Result
from portalwatch.status import Flip, Status
from portalwatch.store import reading, writing
from portalwatch.store.opening import explained, open_engines
from portalwatch.store.reading import Latency
from portalwatch.store.records import AlreadyDecided, OpenRun, UptimeHour

_PRUNED_AT_ONCE = 100


class Store:
    """Every run's verdict, the status of each check on each browser, and the flips to announce.

    Any thread may call any method. One thread of one process writes at a time; readers
    are never held up by it. Every method raises ``OperatorError`` where the file cannot
    be used: a full disk, a damaged file, another process that keeps it locked.
    """

    def __init__(self, path: Path) -> None:
        """Opens the database at ``path``; makes it, or brings its schema up to date."""
        self.path = path
        self._writer, self._reader = open_engines(path)
        # Waiting here is fair among our threads; SQLite's own waiting is by polling.
        self._writing = threading.Lock()

    def close(self) -> None:
        """Closes every connection; the store is of no use afterwards."""
        self._reader.dispose()
        self._writer.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- runs and their verdicts ---------------------------------------------------

    def open_run(
        self, run_id: str, check: str, browser: str, scheduled_at: float, *, title: str = ""
    ) -> None:
        """Keeps that a run was scheduled and owes a verdict; for an open run, does nothing.

        Raises ``AlreadyDecided`` where the run has its verdict.
        """
        run = OpenRun(run_id, check, title or check, browser, scheduled_at)
        with self._write() as db:
            writing.open_run(db, run)

    def add(self, result: Result, *, down_after: int = 2) -> tuple[Status, Flip | None]:
        """Keeps the verdict of a run, and gives the status after it and the flip, if one.

        One transaction: result, steps, hourly counts, status, flip, and the end of the
        open run. Raises ``AlreadyDecided``, and changes nothing, where the run has its
        verdict.
        """
        with self._write() as db:
            return writing.decide(db, result, down_after)

    def interrupted_runs(self) -> list[OpenRun]:
        """The runs without a verdict, the longest due first."""
        with self._read() as db:
            return reading.all_open_runs(db)

    def close_interrupted(self, now: float) -> list[Result]:
        """Gives every open run the verdict ``monitor_restarted``, and returns those verdicts.

        For the start of a monitor, before it opens runs of its own: whoever owed these
        verdicts is gone.
        """
        closed = []
        for run in self.interrupted_runs():
            result = _interrupted(run, now)
            try:
                self.add(result)
            except AlreadyDecided:
                continue  # decided between the two: its verdict stands
            closed.append(result)
        return closed

    def prune(
        self, *, before: float, keep_failures_since: float, discard: Callable[[str], None]
    ) -> int:
        """Deletes results that ended before ``before`` and returns how many.

        Those with outcome fail or error stay until they ended before
        ``keep_failures_since``. ``discard`` gets the id of each run *before* its result
        is deleted, and has to bear one that it got already: so a crash in between leaves
        no orphaned evidence, only a result to prune again. Hourly counts, statuses and
        flips stay.
        """
        pruned = 0
        while True:
            with self._read() as db:
                batch = reading.expired(db, before, keep_failures_since, _PRUNED_AT_ONCE)
            if not batch:
                return pruned
            for _, run_id in batch:
                discard(run_id)
            # By the batch: a verdict that arrives meanwhile waits for one of them at most.
            with self._write() as db:
                writing.drop_results(db, [result_id for result_id, _ in batch])
            pruned += len(batch)

    # -- what readers ask for ------------------------------------------------------

    def statuses(self) -> list[Status]:
        """The status of every check on every browser that has had a result."""
        with self._read() as db:
            return reading.all_statuses(db)

    def results(
        self,
        *,
        check: str | None = None,
        browser: str | None = None,
        outcome: Outcome | None = None,
        limit: int = 50,
        before: float | None = None,
    ) -> list[Result]:
        """Results that fit every filter given and ended before ``before``, newest first."""
        query = reading.results_query(check, browser, outcome, limit, before)
        with self._read() as db:
            records = db.execute(query).scalars().all()
        return [Result.from_json(json.loads(record)) for record in records]

    def result(self, run_id: str) -> Result | None:
        """The result of a run, None where there is none."""
        with self._read() as db:
            return reading.find_result(db, run_id)

    def latencies_of(self, check: str, browser: str, limit: int = 60) -> list[Latency]:
        """The newest results of one check on one browser, as ``latencies`` gives them."""
        with self._read() as db:
            return reading.latencies(db, check, browser, limit)

    def latencies(self, limit: int = 60) -> dict[tuple[str, str], list[Latency]]:
        """For each (check, browser), its newest results as (ended at, seconds, outcome).

        Oldest first, at most ``limit`` of each.
        """
        with self._read() as db:
            return reading.all_latencies(db, limit)

    def newest_runs(self, limit: int) -> dict[tuple[str, str], list[Result]]:
        """The results of every check on every browser, newest first, at most ``limit`` of each."""
        with self._read() as db:
            return reading.newest_runs(db, limit)

    def uptime(self, since: float, *, pair: tuple[str, str] | None = None) -> list[UptimeHour]:
        """The hourly counts from the hour that holds ``since``, oldest first.

        Of every check on every browser, or of the ``pair`` of one check and one browser.
        """
        with self._read() as db:
            return reading.uptime(db, since, pair)

    # -- flips: the outbox of the alerts -------------------------------------------

    def flips(self, limit: int = 50) -> list[Flip]:
        """The newest flips, newest first."""
        with self._read() as db:
            return reading.newest_flips(db, limit)

    def unsent_flips(self) -> list[tuple[int, Flip]]:
        """The flips whose alerts are not out, oldest first, each with its id."""
        with self._read() as db:
            return reading.unsent_flips(db)

    def mark_sent(self, flip_id: int, at: float) -> None:
        """Keeps that the alerts of a flip went out; of two times, the first stands."""
        with self._write() as db:
            writing.mark_sent(db, flip_id, at)

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._writing, explained(self.path), self._writer.begin() as db:
            yield db

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with explained(self.path), self._reader.begin() as db:
            yield db


def _interrupted(run: OpenRun, now: float) -> Result:
    message = "The monitor was stopped or restarted before this run had ended"
    return Result(
        run_id=run.run_id,
        check=run.check,
        title=run.title,
        browser=BrowserInfo.unknown(run.browser),
        account=None,
        scheduled_at=run.scheduled_at,
        attempts=(Attempt.without_journey(Cause.MONITOR_RESTARTED, message, now, ended=now),),
    )
