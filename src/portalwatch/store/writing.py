"""The statements that change the store. Each function runs within its caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from portalwatch.model import Flip, Outcome, Result, Status
from portalwatch.status import advance
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
    db.execute(upsert(open_runs).values(row).on_conflict_do_nothing())


def decide(db: Connection, result: Result, down_after: int) -> tuple[Status, Flip | None]:
    """Keeps ``result`` with all that follows from it, and closes its open run."""
    _refuse_decided(db, result.run_id)
    _keep_steps(db, _keep_result(db, result), result)
    _count_hour(db, result)
    old = find_status(db, result.check, result.browser.name)
    old = old or Status(check=result.check, browser=result.browser.name)
    status, flip = advance(old, result, down_after=down_after)
    row = status.to_json()
    db.execute(
        upsert(statuses)
        .values(row)
        .on_conflict_do_update(index_elements=["check", "browser"], set_=row)
    )
    if flip:
        db.execute(insert(flips).values(flip.to_json()))
    db.execute(delete(open_runs).where(open_runs.c.run_id == result.run_id))
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
    if db.execute(select(results.c.id).where(results.c.run_id == run_id)).first():
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
    return int(db.execute(insert(results).values(row)).lastrowid)


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
        db.execute(insert(steps), rows)


def _count_hour(db: Connection, result: Result) -> None:
    counted = dict.fromkeys(_COUNTER.values(), 0) | {_COUNTER[result.outcome]: 1}
    seconds = result.seconds if result.outcome is Outcome.PASS else 0.0
    statement = upsert(uptime_hours).values(
        hour=int(result.ended_at // _HOUR) * _HOUR,
        check=result.check,
        browser=result.browser.name,
        seconds=seconds,
        **counted,
    )
    sums = (*counted, "seconds")
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["hour", "check", "browser"],
            set_={name: uptime_hours.c[name] + statement.excluded[name] for name in sums},
        )
    )
