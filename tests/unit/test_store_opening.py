"""Opening the store: a new file, an old one, a newer one, one that is none."""

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event

from portalwatch.errors import OperatorError
from portalwatch.store import Store, opening
from portalwatch.store.schema import REVISIONS, metadata
from tests.records import result


@pytest.fixture
def path(tmp_path):
    return tmp_path / "portalwatch.sqlite"


def ask(path, statement):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(statement).fetchall()
        connection.commit()
        return rows


def refusal(path):
    with pytest.raises(OperatorError) as caught:
        Store(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_new_file_is_for_its_owner_only(path):
    before = os.umask(0)
    try:
        with Store(path) as store:
            store.add(result("r1"))
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {
        "portalwatch.sqlite": 0o600,
        "portalwatch.sqlite-wal": 0o600,
        "portalwatch.sqlite-shm": 0o600,
    }


def test_it_writes_ahead_and_keeps_foreign_keys(path):
    with Store(path) as store:
        for open_transaction, query_only in ((store._write, 0), (store._read, 1)):
            with open_transaction() as db:
                pragmas = {
                    name: db.exec_driver_sql(f"PRAGMA {name}").scalar()
                    for name in ("journal_mode", "synchronous", "foreign_keys", "query_only")
                }
            assert pragmas == {
                "journal_mode": "wal",
                "synchronous": 1,
                "foreign_keys": 1,
                "query_only": query_only,
            }


def test_the_migrations_make_the_tables_of_a_new_file(path, tmp_path):
    """A new file is made without them: both ways must come to the same."""
    Store(path).close()
    migrated = tmp_path / "migrated.sqlite"
    engine = create_engine(f"sqlite:///{migrated}")
    with engine.begin() as connection:
        opening._migrate(connection)
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert differences == []
    for question in (
        "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' ORDER BY name",
        "SELECT m.name, c.* FROM sqlite_master m, pragma_table_info(m.name) c ORDER BY 1, 2",
        "SELECT m.name, i.* FROM sqlite_master m, pragma_index_info(m.name) i ORDER BY 1, 2",
        "SELECT * FROM alembic_version",
    ):
        assert ask(migrated, question) == ask(path, question)


def test_a_file_of_an_earlier_version_keeps_its_counts(path):
    with Store(path) as store:
        store.add(result("r1"))
    ask(path, "ALTER TABLE uptime_hours ADD COLUMN seconds FLOAT NOT NULL DEFAULT 2.0")
    ask(path, "UPDATE alembic_version SET version_num = '0001'")
    with Store(path) as store:
        store.add(result("r2"))
        assert [hour.passes for hour in store.uptime(since=0.0)] == [2]
    assert ask(path, "SELECT version_num FROM alembic_version") == [(REVISIONS[-1],)]


def test_the_schema_knows_every_migration():
    config = Config()
    config.set_main_option("script_location", "portalwatch.store:migrations")
    config.set_main_option("path_separator", "os")
    scripts = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(scripts)) == REVISIONS


def test_a_file_that_could_not_be_made_is_empty_and_opens_later(path, monkeypatch):
    with monkeypatch.context() as patched:

        def refuse(*_, **__):
            raise ConnectionAbortedError

        patched.setattr(opening._version, "create", refuse)
        with pytest.raises(ConnectionAbortedError):
            Store(path)
    assert ask(path, "SELECT name FROM sqlite_master") == []
    with Store(path) as store:
        store.add(result("r1"))


@pytest.mark.parametrize("there", [False, True])
def test_a_new_file_or_one_that_is_up_to_date_opens_without_alembic(path, there):
    if there:
        Store(path).close()
    script = (
        "import sys; from pathlib import Path; from portalwatch.store import Store\n"
        "Store(Path(sys.argv[1])).close()\n"
        "sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, timeout=30)


def test_a_file_of_a_newer_version_is_refused(path):
    Store(path).close()
    ask(path, "UPDATE alembic_version SET version_num = '0099'")
    assert refusal(path) == (
        f"{path}: was written by a newer portalwatch (schema 0099, this version knows "
        f"{REVISIONS[-1]}) (fix: upgrade portalwatch, or name another file)"
    )


def test_the_database_of_another_program_is_refused_and_left_alone(path):
    ask(path, "CREATE TABLE invoices (id INTEGER)")
    assert refusal(path) == (f"{path}: is the database of another program (fix: name another file)")
    assert ask(path, "SELECT name FROM sqlite_master") == [("invoices",)]
    assert ask(path, "PRAGMA journal_mode") == [("delete",)]


def test_the_alembic_database_of_another_program_is_refused(path):
    ask(path, "CREATE TABLE alembic_version (version_num TEXT)")
    assert "is the database of another program" in refusal(path)


def test_a_file_that_is_no_database_is_refused_and_left_alone(path):
    text = "check: login.provider_signs_in\n" * 200
    path.write_text(text)
    assert refusal(path) == (
        f"{path}: is not a SQLite database (fix: name another file, or move it away)"
    )
    assert path.read_text() == text


def test_a_damaged_file_is_named_when_it_is_met(path):
    with Store(path) as store:
        for number in range(200):
            store.add(result(f"r{number}", at=float(number)))
    content = bytearray(path.read_bytes())
    content[8 * 4096 :] = b"\xa5" * (len(content) - 8 * 4096)
    path.write_bytes(content)
    with pytest.raises(OperatorError) as caught, Store(path) as store:
        store.results(limit=1_000)
    assert str(caught.value) == (
        f"{path}: is damaged (fix: move it away, or repair it with 'sqlite3 .recover')"
    )


def test_a_missing_directory_is_named_with_the_command_that_makes_it(tmp_path):
    path = tmp_path / "my var" / "portalwatch.sqlite"
    assert refusal(path) == (
        f"{path}: its directory does not exist (fix: mkdir -p '{path.parent}')"
    )


@pytest.mark.parametrize(
    ("name", "reason"), [(".", "Is a directory"), ("file/x.sqlite", "Not a directory")]
)
def test_a_path_that_can_be_no_file_is_refused(tmp_path, name, reason):
    (tmp_path / "file").touch()
    path = tmp_path / name
    assert refusal(path) == (
        f"{path}: cannot be opened for writing: {reason} "
        "(fix: name a file in a directory that this user may write to)"
    )


def test_a_directory_that_this_user_may_not_write_to_is_refused(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    path = closed / "portalwatch.sqlite"
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may write anywhere: be nobody for a moment
    try:
        message = refusal(path)
    finally:
        os.seteuid(user)
    assert message.startswith(f"{path}: cannot be opened for writing: Permission denied (fix: ")


def test_a_full_disk_is_named_and_costs_only_the_result_that_met_it(path):
    def leave_little_room(connection, _record):
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 20}")

    Store(path).close()
    event.listen(Engine, "connect", leave_little_room)
    try:
        with Store(path) as store:
            added = []

            def add_until_full():
                for number in range(10_000):
                    store.add(result(f"r{number}", at=float(number)))
                    added.append(f"r{number}")

            with pytest.raises(OperatorError) as caught:
                add_until_full()
            assert str(caught.value) == (
                f"{path}: the disk is full (fix: free some space, or keep the database elsewhere)"
            )
            kept = store.results(limit=10_000)
            assert [found.run_id for found in reversed(kept)] == added
            assert sum(hour.passes for hour in store.uptime(0.0)) == len(added)
    finally:
        event.remove(Engine, "connect", leave_little_room)


def test_a_file_that_another_process_keeps_locked_is_named(path, monkeypatch):
    Store(path).close()
    monkeypatch.setattr("portalwatch.store.opening.BUSY_SECONDS", 0.1)
    with (
        contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other,
        Store(path) as store,
    ):
        other.execute("BEGIN IMMEDIATE")
        assert store.statuses() == []  # readers are not held up
        with pytest.raises(OperatorError, match="another process held it"):
            store.add(result("r1"))
        other.execute("ROLLBACK")
        store.add(result("r1"))


def test_the_migrations_lie_beside_the_store():
    # They are read as files by Alembic: a wheel without them cannot make a database.
    folder = Path(sys.modules["portalwatch.store"].__file__).parent / "migrations"
    assert (folder / "env.py").is_file()
    assert sorted(file.name[:5] for file in (folder / "versions").glob("v*.py")) == [
        f"v{revision}" for revision in REVISIONS
    ]
