"""Alembic's entry: runs the migrations on the connection, and in the transaction, given to it.

There is no alembic.ini: ``portalwatch.store.opening`` is the one caller. To write the
next migration, change ``schema.py``, add ``versions/vNNNN_….py`` and its number to
``schema.REVISIONS``; the tests say what differs.
"""

from alembic import context

from portalwatch.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite alters a table by copying it.
    render_as_batch=True,
)
context.run_migrations()
