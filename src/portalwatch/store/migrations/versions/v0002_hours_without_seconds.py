"""Hourly roll-ups without the sum of durations, which nothing ever read."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # By a copy of the table: SQLite before 3.35 cannot drop a column, and says so as if the
    # statement were wrong.
    with op.batch_alter_table(
        "uptime_hours", recreate="always", table_kwargs={"sqlite_with_rowid": False}
    ) as table:
        table.drop_column("seconds")
