"""The queries of the store. Each function runs within its caller's transaction."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, or_, select

from portalwatch.model import Outcome, Result
from portalwatch.status import Flip, Status
from portalwatch.store.records import OpenRun, UptimeHour
from portalwatch.store.schema import flips, open_runs, results, statuses, uptime_hours

Latency = tuple[float, float, Outcome]
"""(ended at, seconds, outcome) of a result."""

# Made once: it is asked for with every verdict.
_FIND_STATUS = select(statuses).where(
    statuses.c.check == bindparam("check"), statuses.c.browser == bindparam("browser")
)


def find_status(db: Connection, check: str, browser: str) -> Status | None:
    """The status of a check on a browser, None before its first result."""
    row = db.execute(_FIND_STATUS, {"check": check, "browser": browser}).first()
    return _status(row) if row else None


def all_statuses(db: Connection) -> list[Status]:
    """Every status, by check and browser."""
    query = select(statuses).order_by(statuses.c.check, statuses.c.browser)
    return [_status(row) for row in db.execute(query)]


def all_open_runs(db: Connection) -> list[OpenRun]:
    """The runs without a verdict, the longest due first."""
    query = select(open_runs).order_by(open_runs.c.scheduled_at, open_runs.c.run_id)
    return [OpenRun(**row._mapping) for row in db.execute(query)]


def find_result(db: Connection, run_id: str) -> Result | None:
    """The result of a run, None where it has none."""
    query = select(results.c.record).where(results.c.run_id == run_id)
    record = db.execute(query).scalar()
    return None if record is None else Result.from_json(json.loads(record))


def results_query(
    check: str | None,
    browser: str | None,
    outcome: Outcome | None,
    limit: int,
    before: float | None,
) -> Select[str]:
    """The query of ``Store.results``: whichever filters are given, newest first."""
    query = select(results.c.record)
    if check is not None:
        query = query.where(results.c.check == check)
    if browser is not None:
        query = query.where(results.c.browser == browser)
    if outcome is not None:
        query = query.where(results.c.outcome == outcome)
    if before is not None:
        query = query.where(results.c.ended_at < before)
    return query.order_by(results.c.ended_at.desc(), results.c.id.desc()).limit(limit)


def latencies_query(check: str, browser: str, limit: int) -> Select[float, float, str]:
    """The newest results of one check on one browser, newest first."""
    return (
        select(results.c.ended_at, results.c.seconds, results.c.outcome)
        .where(results.c.check == check, results.c.browser == browser)
        .order_by(results.c.ended_at.desc())
        .limit(limit)
    )


def all_latencies(db: Connection, limit: int) -> dict[tuple[str, str], list[Latency]]:
    """The newest results of every check on every browser, oldest first."""
    pairs = db.execute(select(statuses.c.check, statuses.c.browser)).all()
    # A query for each pair reads `limit` index entries; one window query over all of
    # them would read every result there is.
    return {(check, browser): latencies(db, check, browser, limit) for check, browser in pairs}


def newest_runs(db: Connection, limit: int) -> dict[tuple[str, str], list[Result]]:
    """The newest results of every check on every browser, newest first."""
    pairs = db.execute(select(statuses.c.check, statuses.c.browser)).all()
    return {
        (check, browser): [
            Result.from_json(json.loads(record))
            for record in db.execute(results_query(check, browser, None, limit, None)).scalars()
        ]
        for check, browser in pairs
    }


def latencies(db: Connection, check: str, browser: str, limit: int) -> list[Latency]:
    """The newest results of one check on one browser, oldest first."""
    rows = db.execute(latencies_query(check, browser, limit))
    return [(ended_at, seconds, Outcome(outcome)) for ended_at, seconds, outcome in rows][::-1]


def uptime_query(since: float, pair: tuple[str, str] | None = None) -> Select[Any]:
    """The hours that end after ``since``, oldest first; of all, or of one check and browser."""
    columns = uptime_hours.c
    query = (
        select(*(columns[name] for name in UptimeHour.__dataclass_fields__))
        .where(columns.hour > since - 3600)
        .order_by(columns.hour, columns.check, columns.browser)
    )
    if pair is not None:
        query = query.where(columns.check == pair[0], columns.browser == pair[1])
    return query


def uptime(db: Connection, since: float, pair: tuple[str, str] | None = None) -> list[UptimeHour]:
    """The hourly counts of every check on every browser, or of the ``pair``."""
    # By position: a month of fifty pairs is 36,000 rows, and a mapping of each is dear.
    return [UptimeHour(*row) for row in db.execute(uptime_query(since, pair))]


def newest_flips(db: Connection, limit: int) -> list[Flip]:
    """The newest flips, newest first."""
    query = select(flips).order_by(flips.c.id.desc()).limit(limit)
    return [_flip(row) for row in db.execute(query)]


def unsent_flips(db: Connection) -> list[tuple[int, Flip]]:
    """The flips whose alerts are not out, oldest first, with their ids."""
    query = select(flips).where(flips.c.sent_at.is_(None)).order_by(flips.c.id)
    return [(row.id, _flip(row)) for row in db.execute(query)]


def expired_query(before: float, keep_failures_since: float, limit: int) -> Select[int, str]:
    """The oldest results past their time; those that did not pass have a time of their own."""
    kept_longer = results.c.outcome.in_([Outcome.FAIL, Outcome.ERROR])
    return (
        select(results.c.id, results.c.run_id)
        .where(
            # Implied by the rest, and said for the index: nothing younger is looked at.
            results.c.ended_at < max(before, keep_failures_since),
            or_(
                and_(~kept_longer, results.c.ended_at < before),
                and_(kept_longer, results.c.ended_at < keep_failures_since),
            ),
        )
        .order_by(results.c.ended_at)
        .limit(limit)
    )


def expired(
    db: Connection, before: float, keep_failures_since: float, limit: int
) -> list[tuple[int, str]]:
    """The ids of results past their time, oldest first, each with that of its run."""
    rows = db.execute(expired_query(before, keep_failures_since, limit))
    return [(result_id, run_id) for result_id, run_id in rows]


def _status(row: Row[Any]) -> Status:
    return Status.from_json(dict(row._mapping))


def _flip(row: Row[Any]) -> Flip:
    return Flip.from_json(dict(row._mapping))
