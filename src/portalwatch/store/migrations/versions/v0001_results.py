"""Results with their steps, open runs, hourly roll-ups, statuses and flips."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "results",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.Text, nullable=False, unique=True),
        sa.Column("check", sa.Text, nullable=False),
        sa.Column("browser", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("cause", sa.Text),
        sa.Column("scheduled_at", sa.Float, nullable=False),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Float, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
    )
    op.create_index(
        "ix_results_pair", "results", ["check", "browser", "ended_at", "outcome", "seconds"]
    )
    op.create_index("ix_results_check", "results", ["check", "ended_at"])
    op.create_index("ix_results_check_outcome", "results", ["check", "outcome", "ended_at"])
    op.create_index("ix_results_outcome", "results", ["outcome", "ended_at"])
    op.create_index("ix_results_ended_at", "results", ["ended_at"])
    op.create_table(
        "steps",
        sa.Column(
            "result_id",
            sa.Integer,
            sa.ForeignKey("results.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("offset", sa.Float, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "open_runs",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("check", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("browser", sa.Text, nullable=False),
        sa.Column("scheduled_at", sa.Float, nullable=False),
    )
    op.create_table(
        "uptime_hours",
        sa.Column("hour", sa.Integer, primary_key=True),
        sa.Column("check", sa.Text, primary_key=True),
        sa.Column("browser", sa.Text, primary_key=True),
        sa.Column("passes", sa.Integer, nullable=False),
        sa.Column("fails", sa.Integer, nullable=False),
        sa.Column("errors", sa.Integer, nullable=False),
        sa.Column("skips", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statuses",
        sa.Column("check", sa.Text, primary_key=True),
        sa.Column("browser", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", sa.Float, nullable=False),
        sa.Column("failures_in_row", sa.Integer, nullable=False),
        sa.Column("errors_in_row", sa.Integer, nullable=False),
        sa.Column("cause", sa.Text),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("last_run_id", sa.Text, nullable=False),
        sa.Column("last_run_at", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "flips",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("check", sa.Text, nullable=False),
        sa.Column("browser", sa.Text, nullable=False),
        sa.Column("old", sa.Text, nullable=False),
        sa.Column("new", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("cause", sa.Text),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("sent_at", sa.Float),
    )
    op.create_index("ix_flips_unsent", "flips", ["id"], sqlite_where=sa.text("sent_at IS NULL"))


def downgrade() -> None:
    raise NotImplementedError("an older portalwatch needs a copy of the older file")
