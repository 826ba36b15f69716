"""Finding, making and upgrading the database file, with errors an operator can act on."""

from __future__ import annotations

import os
import shlex
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    inspect,
)
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool

from portalwatch.errors import OperatorError
from portalwatch.store.schema import REVISIONS, metadata

# Alembic's own table, as it makes it.
_version = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))

BUSY_SECONDS = 10.0
"""How long a statement waits for another process that writes."""
RETRY_SECONDS = 0.01


def open_engines(path: Path) -> tuple[Engine, Engine]:
    """A writing and a reading engine over the file at ``path``, made or upgraded as needed.

    Raises ``OperatorError`` naming the file and the fix.
    """
    _make_file(path)
    writer = _engine(path, begin="BEGIN IMMEDIATE", query_only=False)
    try:
        with explained(path):
            _upgrade(writer, path)
            _write_ahead(writer)
    except BaseException:
        writer.dispose()
        raise
    return writer, _engine(path, begin="BEGIN", query_only=True)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns what SQLite reports about the file into an ``OperatorError``."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as exc:
        cause = exc.orig if isinstance(exc, DatabaseError) else exc
        # The low byte is the primary code; the rest refines it (SQLite: result codes).
        code = getattr(cause, "sqlite_errorcode", None)
        if code is None or code & 0xFF in _OUR_MISTAKES:
            raise
        problem = _PROBLEMS.get(code & 0xFF, f"SQLite cannot use it: {cause} (fix: see the disk)")
        raise OperatorError(f"{path}: {problem}") from exc


_UNREADABLE = (
    "cannot be read or written (fix: check the permissions of the file and its directory, "
    "and the health of the disk)"
)
# Of a statement, not of the file that it was for.
_OUR_MISTAKES = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_RANGE,
}
_PROBLEMS = {
    sqlite3.SQLITE_FULL: "the disk is full (fix: free some space, or keep the database elsewhere)",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database (fix: name another file, or move it away)",
    sqlite3.SQLITE_CORRUPT: "is damaged (fix: move it away, or repair it with 'sqlite3 .recover')",
    sqlite3.SQLITE_BUSY: f"another process held it for {BUSY_SECONDS:.0f} s "
    "(fix: end the process that keeps it locked)",
    sqlite3.SQLITE_CANTOPEN: _UNREADABLE,
    sqlite3.SQLITE_IOERR: _UNREADABLE,
    sqlite3.SQLITE_PERM: _UNREADABLE,
    sqlite3.SQLITE_READONLY: _UNREADABLE,
}


def _make_file(path: Path) -> None:
    try:
        # Made here, not by SQLite: results name accounts, so only their owner reads them.
        # SQLite gives its -wal and -shm files the mode of the database.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except FileNotFoundError as exc:
        fix = f"mkdir -p {shlex.quote(str(path.parent))}"
        raise OperatorError(f"{path}: its directory does not exist (fix: {fix})") from exc
    except OSError as exc:
        raise OperatorError(
            f"{path}: cannot be opened for writing: {exc.strerror} "
            "(fix: name a file in a directory that this user may write to)"
        ) from exc


def _engine(path: Path, *, begin: str, query_only: bool) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=1 if begin == "BEGIN IMMEDIATE" else 5,
        max_overflow=0 if begin == "BEGIN IMMEDIATE" else 10,
        # No implicit transactions of the driver: ours begin with the statement below.
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: Any) -> None:
        # With WAL, NORMAL never corrupts the file; a power cut, not a crash of ours, may
        # cost the last commits.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA query_only = {int(query_only)}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _upgrade(engine: Engine, path: Path) -> None:
    with engine.begin() as connection:
        # Within the transaction: of two processes that start at once, one upgrades.
        revision = _revision(connection, path)
        if revision == REVISIONS[-1]:
            return
        if revision is not None and revision not in REVISIONS:
            raise OperatorError(
                f"{path}: was written by a newer portalwatch (schema {revision}, this version "
                f"knows {REVISIONS[-1]}) (fix: upgrade portalwatch, or name another file)"
            )
        if revision is None:
            _create(connection)
        else:
            _migrate(connection)


def _create(connection: Connection) -> None:
    """The tables as they are today, without the migrations that led there.

    Not only for speed: Alembic would stay in the memory of the process, 28 MB of it.
    """
    metadata.create_all(connection)
    _version.create(connection)
    connection.execute(_version.insert(), {"version_num": REVISIONS[-1]})


def _write_ahead(engine: Engine) -> None:
    # Kept in the file, so only here, and only once the file is known to be ours. It lets
    # readers read while the writer writes, and cannot be changed within a transaction.
    connection = engine.raw_connection()
    give_up = time.monotonic() + BUSY_SECONDS
    try:
        cursor = connection.cursor()
        while cursor.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            try:
                cursor.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as exc:
                # SQLite does not wait in this statement, so where two processes make the
                # file at the same moment one of them would be told that it is locked.
                busy = exc.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() >= give_up:
                    raise
                time.sleep(RETRY_SECONDS)
        cursor.close()
    finally:
        connection.close()


def _revision(connection: Connection, path: Path) -> str | None:
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    found = None
    if _version.name in tables and "open_runs" in tables:
        found = connection.execute(_version.select()).scalar()
    if found is None:
        raise OperatorError(f"{path}: is the database of another program (fix: name another file)")
    return str(found)


def _migrate(connection: Connection) -> None:
    # Imported here, for a file of an earlier version alone: see _create.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "portalwatch.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
