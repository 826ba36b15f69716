"""The tables. A change here needs a migration beside the others; a test compares the two.

Each index serves a query of ``reading``; a test reads the query plans.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, MetaData, Table, Text, text

REVISIONS = ("0001", "0002")
"""Every revision of the schema that this version can open, oldest first."""

metadata = MetaData()

results = Table(
    "results",
    metadata,
    Column("id", Integer, primary_key=True),
    # Unique: the last word on "one verdict for each run", whoever races for it.
    Column("run_id", Text, nullable=False, unique=True),
    Column("check", Text, nullable=False),
    Column("browser", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("cause", Text),
    Column("scheduled_at", Float, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    # The whole Result as JSON. Last: what stands behind it would cost reading past it.
    Column("record", Text, nullable=False),
    # Covers the sparklines of the status page, which then touch no row of the table.
    Index("ix_results_pair", "check", "browser", "ended_at", "outcome", "seconds"),
    Index("ix_results_check", "check", "ended_at"),
    Index("ix_results_check_outcome", "check", "outcome", "ended_at"),
    Index("ix_results_outcome", "outcome", "ended_at"),
    Index("ix_results_ended_at", "ended_at"),
)

steps = Table(
    "steps",  # of the attempt that gave the verdict
    metadata,
    Column("result_id", ForeignKey("results.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("level", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("offset", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    sqlite_with_rowid=False,
)

open_runs = Table(
    "open_runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("check", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("browser", Text, nullable=False),
    Column("scheduled_at", Float, nullable=False),
)

uptime_hours = Table(
    "uptime_hours",
    metadata,
    # The hour leads: it is read as "every pair since".
    Column("hour", Integer, primary_key=True),
    Column("check", Text, primary_key=True),
    Column("browser", Text, primary_key=True),
    Column("passes", Integer, nullable=False),
    Column("fails", Integer, nullable=False),
    Column("errors", Integer, nullable=False),
    Column("skips", Integer, nullable=False),
    sqlite_with_rowid=False,
)

statuses = Table(
    "statuses",
    metadata,
    Column("check", Text, primary_key=True),
    Column("browser", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("since", Float, nullable=False),
    Column("failures_in_row", Integer, nullable=False),
    Column("errors_in_row", Integer, nullable=False),
    Column("cause", Text),
    Column("message", Text, nullable=False),
    Column("last_run_id", Text, nullable=False),
    Column("last_run_at", Float, nullable=False),
    sqlite_with_rowid=False,
)

flips = Table(
    "flips",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("check", Text, nullable=False),
    Column("browser", Text, nullable=False),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("cause", Text),
    Column("message", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("sent_at", Float),
    Index("ix_flips_unsent", "id", sqlite_where=text("sent_at IS NULL")),
)
