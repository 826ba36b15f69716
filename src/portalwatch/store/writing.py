"""The statements that change the store. Each function runs within its caller's transaction.

Those of a verdict are made once: to make one anew costs SQLAlchemy more than to carry it out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, Insert, Table, bindparam, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from portalwatch.model import Outcome, Result
from portalwatch.status import Flip, Status, advance
from portalwatch.store.reading import find_status
from portalwatch.store.records import AlreadyDecided, OpenRun
from portalwatch.store.schema import flips, open_runs, results, statuses, steps, uptime_hours

_HOUR = 3600

_COUNTER = {
    Outcome.PASS: "passes",
    Outcome.FAIL: "fails",
    Outcome.ERROR: "errors",
    Outcome.SKIP: "skips",
}


def _replacing(table: Table) -> Insert:
    """Puts a row in the place of the one with its primary key."""
    statement = upsert(table)
    keys = [column.name for column in table.primary_key]
    values = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)


def _adding(table: Table) -> Insert:
    """Adds a row's numbers to those of the one with its primary key."""
    statement = upsert(table)
    keys = [column.name for column in table.primary_key]
    values = {c.name: c + statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)


_OPEN_RUN = upsert(open_runs).on_conflict_do_nothing()
_CLOSE_RUN = delete(open_runs).where(open_runs.c.run_id == bindparam("run"))
_FIND_DECIDED = select(results.c.id).where(results.c.run_id == bindparam("run"))
_KEEP_RESULT = insert(results)
_KEEP_STEPS = insert(steps)
_KEEP_STATUS = _replacing(statuses)
_KEEP_FLIP = insert(flips)
_COUNT_HOUR = _adding(uptime_hours)


def open_run(db: Connection, run: OpenRun) -> None:
    """Keeps ``run`` as one that owes a verdict; nothing changes where it is kept already."""
    _refuse_decided(db, run.run_id)
    row = {
        "run_id": run.run_id,
        "check": run.check,
        "title": run.title,
        "browser": run.browser,
        "scheduled_at": run.scheduled_at,
    }
    db.execute(_OPEN_RUN, row)


def decide(db: Connection, result: Result, down_after: int) -> tuple[Status, Flip | None]:
    """Keeps ``result`` with all that follows from it, and closes its open run."""
    _refuse_decided(db, result.run_id)
    _keep_steps(db, _keep_result(db, result), result)
    _count_hour(db, result)
    old = find_status(db, result.check, result.browser.name)
    old = old or Status(check=result.check, browser=result.browser.name)
    status, flip = advance(old, result, down_after=down_after)
    db.execute(_KEEP_STATUS, status.to_json())
    if flip:
        db.execute(_KEEP_FLIP, flip.to_json())
    db.execute(_CLOSE_RUN, {"run": result.run_id})
    return status, flip


def mark_sent(db: Connection, flip_id: int, at: float) -> None:
    """Keeps that the alerts of a flip are out; the first time stands."""
    db.execute(
        update(flips).where(flips.c.id == flip_id, flips.c.sent_at.is_(None)).values(sent_at=at)
    )


def drop_results(db: Connection, ids: Sequence[int]) -> None:
    """Deletes results and, by their foreign key, their steps."""
    db.execute(delete(results).where(results.c.id.in_(ids)))


def _refuse_decided(db: Connection, run_id: str) -> None:
    # Nobody can decide the run between this and our insert: the transaction began
    # IMMEDIATE, as the only writer.
    if db.execute(_FIND_DECIDED, {"run": run_id}).first():
        raise AlreadyDecided(run_id)


def _keep_result(db: Connection, result: Result) -> int:
    row = {
        "run_id": result.run_id,
        "check": result.check,
        "browser": result.browser.name,
        "outcome": result.outcome,
        "cause": result.cause,
        "scheduled_at": result.scheduled_at,
        "started_at": result.started_at,
        "ended_at": result.ended_at,
        "seconds": result.seconds,
        "attempts": len(result.attempts),
        "record": json.dumps(result.to_json(), ensure_ascii=False, separators=(",", ":")),
    }
    return int(db.execute(_KEEP_RESULT, row).lastrowid)


def _keep_steps(db: Connection, result_id: int, result: Result) -> None:
    rows = [
        {
            "result_id": result_id,
            "position": position,
            "level": step.level,
            "name": step.name,
            "outcome": step.outcome,
            "offset": step.offset,
            "seconds": step.seconds,
        }
        for position, step in enumerate(result.last.steps)
    ]
    if rows:
        db.execute(_KEEP_STEPS, rows)


def _count_hour(db: Connection, result: Result) -> None:
    counted = dict.fromkeys(_COUNTER.values(), 0) | {_COUNTER[result.outcome]: 1}
    hour = int(result.ended_at // _HOUR) * _HOUR
    row = {"hour": hour, "check": result.check, "browser": result.browser.name, **counted}
    db.execute(_COUNT_HOUR, row)
