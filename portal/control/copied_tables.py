"""The seeded state on PostgreSQL: every table's rows, copied into a schema beside it.

It takes the right to make schemas (CREATE on the database); a template database would need
the right to make databases, and that nobody is connected.
"""

from __future__ import annotations

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

_SCHEMA = "meridian_portal_seeded"  # nobody else's: all that is in it is dropped


@transaction.atomic
def keep() -> None:
    """Copies the rows as they are now; an earlier copy goes."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE")
        cursor.execute(f"CREATE SCHEMA {_SCHEMA}")
        for table in _tables():
            cursor.execute(f"CREATE TABLE {_SCHEMA}.{table} AS TABLE {table}")


@transaction.atomic
def put_back() -> None:
    """Replaces all rows by the copied ones. References are checked at the end of it."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(_tables())}")
        for table in _tables():
            cursor.execute(f"INSERT INTO {table} SELECT * FROM {_SCHEMA}.{table}")  # noqa: S608
        models = [model for model in apps.get_models() if model._meta.managed]
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _tables() -> list[str]:
    """Quoted names. Which migrations were applied is no part of the state."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return [connection.ops.quote_name(name) for name in sorted(names)]
