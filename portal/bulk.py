"""Writing millions of rows: past the ORM, and with the indexes made once all are there."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.core.management.color import no_style
from django.db import connection
from django.db.models import Max, Model

_BATCH = 20_000  # rows written at a time
_MANY = 2_000  # rows from which on it pays to make the indexes anew
_CACHE = 256 * 1024  # KiB of pages that SQLite may keep while it writes that many
_INDEXES = {  # those that are no constraint's: name, and the statement that makes it
    "sqlite": (
        "SELECT name, sql FROM sqlite_master"
        " WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({})"
    ),
    "postgresql": (
        "SELECT indexname, indexdef FROM pg_indexes"
        " WHERE schemaname = current_schema() AND tablename IN ({})"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    ),
}


class Rows:
    """Rows on their way into the database, inside a transaction; ``models`` says where to,
    each after those that it refers to.

    A row is a named tuple with a field for each column that it fills. Where about
    ``expected`` rows are many, and more than there are, the indexes are dropped first and
    made at the end: sorting once takes a fraction of finding each row's place. Both happen
    inside the transaction, so whoever breaks it off leaves the indexes as they were.
    """

    def __init__(self, models: Mapping[type[NamedTuple], type[Model]], expected: int) -> None:
        self._models = models
        self._expected = expected
        self._many = False
        self._waiting: dict[type[NamedTuple], list[Any]] = defaultdict(list)
        self._indexes: list[str] = []

    def __enter__(self) -> Rows:
        there = max(map(self._last, self._models))
        self._many = self._expected >= max(_MANY, there)
        if self._many:
            if connection.vendor == "sqlite":
                _execute(f"PRAGMA cache_size = -{_CACHE}")
            self._indexes = _drop_indexes([m._meta.db_table for m in self._models.values()])
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            return  # the transaction takes all of it back
        self._write_all()
        if self._indexes and connection.vendor == "postgresql":
            connection.check_constraints()  # no table is changed while a check of it waits
        for statement in self._indexes:
            _execute(statement)
        # The keys were given by us, of which PostgreSQL's sequences know nothing.
        for statement in connection.ops.sequence_reset_sql(no_style(), self._models.values()):
            _execute(statement)
        if self._many and connection.vendor == "sqlite":
            _execute("PRAGMA cache_size = -2000")  # what it is by default

    def keys(self, of: type[NamedTuple]) -> Iterator[int]:
        """The primary keys that are free, one after the other."""
        return itertools.count(self._last(of) + 1)

    def _last(self, of: type[NamedTuple]) -> int:
        return self._models[of].objects.aggregate(last=Max("pk"))["last"] or 0

    def add(self, rows: Sequence[NamedTuple]) -> None:
        """Rows of one kind; they are written when enough of them have come together."""
        if not rows:
            return
        waiting = self._waiting[type(rows[0])]
        waiting += rows
        if len(waiting) >= _BATCH:
            self._write_all()

    def _write_all(self) -> None:
        # Those that others refer to come first, in the order of the models: SQLite looks for
        # each new row among all that wait for one, and without an index that takes for ever.
        for of in self._models:
            if self._waiting[of]:
                self._write(of)

    def _write(self, of: type[NamedTuple]) -> None:
        table = connection.ops.quote_name(self._models[of]._meta.db_table)
        columns = ", ".join(map(connection.ops.quote_name, of._fields))
        rows, self._waiting[of] = self._waiting[of], []
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                places = ", ".join(["%s"] * len(of._fields))
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)  # noqa: S608


def _drop_indexes(tables: Sequence[str]) -> list[str]:
    """Drops those that are no constraint's; the statements that make them again."""
    query = _INDEXES[connection.vendor].format(", ".join(["%s"] * len(tables)))
    with connection.cursor() as cursor:
        cursor.execute(query, tables)
        found = cursor.fetchall()
    for name, _ in found:
        _execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    return [statement for _, statement in found]


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
