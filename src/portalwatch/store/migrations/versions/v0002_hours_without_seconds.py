"""Hourly roll-ups without the sum of durations, which nothing ever read."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_column("uptime_hours", "seconds")
