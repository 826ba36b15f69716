"""Where the tries at accounts are written down, and the secrets that were refused."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from portalwatch.account import Account
from portalwatch.account_file import AccountFile
from portalwatch.account_state import AccountState
from portalwatch.model import Cause
from portalwatch.sealing import is_marked, mark_of

_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS account (
        portal TEXT NOT NULL,
        identity TEXT NOT NULL,       -- of the User ID, which two names of a plan may share
        name TEXT NOT NULL,           -- in the plan, when it was last tried
        failed INTEGER DEFAULT 0,     -- since it was last let in
        unclear INTEGER DEFAULT 0,    -- likewise, told neither as a sign-in nor as a refusal
        doubtful INTEGER DEFAULT 0,   -- of runs that died; for a while
        open INTEGER DEFAULT 0,       -- tries of the run under way, or of one that died
        refused INTEGER DEFAULT 0,    -- attempts in a row whose credentials were refused
        proven BLOB,                  -- the mark of the secrets that last worked
        tried_at REAL DEFAULT 0,
        doubted_at REAL DEFAULT 0,    -- when the last doubtful one was added
        rests_until REAL DEFAULT 0,
        refused_at REAL,
        refusal TEXT,                 -- the cause of the last one
        paused_at REAL,
        resumed_at REAL DEFAULT 0,
        PRIMARY KEY (portal, identity)
    ) WITHOUT ROWID
    """,
    # Never tried again, whoever still has them, until somebody says that they are right.
    """
    CREATE TABLE IF NOT EXISTS refused_secret (
        portal TEXT NOT NULL,
        identity TEXT NOT NULL,
        mark BLOB NOT NULL,           -- see portalwatch.sealing
        PRIMARY KEY (portal, identity, mark)
    ) WITHOUT ROWID
    """,
)
_ITS = "WHERE portal = ? AND identity = ?"
_STATES = (
    "SELECT *, EXISTS (SELECT 1 FROM refused_secret AS bar"
    " WHERE bar.portal = account.portal AND bar.identity = account.identity) AS is_barred"
    " FROM account"
)
_STATE = f"{_STATES} {_ITS}"
_MARKS = f"SELECT mark FROM refused_secret {_ITS}"  # noqa: S608 - nothing of a value in it

Key = tuple[str, str]


class AccountTable:
    """The states of accounts in the file ``path``. Its methods raise ``AccountUnavailable`` where
    that cannot be used: what cannot be counted is not tried.

    ``kept_since``: what nobody has tried or resumed since that time is removed, in POSIX seconds.
    """

    def __init__(self, path: Path, *, kept_since: float) -> None:
        self._file = AccountFile(path, holds="the tries at accounts")
        with self._file.open() as connection:
            for table in _TABLES:
                connection.execute(table)
            connection.execute(
                "DELETE FROM account WHERE max(tried_at, resumed_at) < ? AND paused_at IS NULL"
                " AND (portal, identity) NOT IN (SELECT portal, identity FROM refused_secret)",
                (kept_since,),
            )

    def state(self, key: Key, name: str) -> AccountState | None:
        """What is known of the account that is called ``name``; None where it was never tried."""
        with self._file.open() as connection:
            row = connection.execute(_STATE, key).fetchone()
        return _state_of(row, name) if row else None

    def of(self, portal: str, accounts: Mapping[str, Account]) -> dict[str, AccountState | None]:
        """The state at ``portal`` of each of ``accounts`` under its name; None: never tried."""
        with self._file.open() as connection:
            return {
                name: _state_of(row, name) if row else None
                for name, account in accounts.items()
                for row in [connection.execute(_STATE, key_of(portal, account)).fetchone()]
            }

    def states(self, name: str | None = None, user_id: str | None = None) -> list[AccountState]:
        """Every account that was ever tried, the one tried last first.

        ``name`` and ``user_id``: those of one account of the plan. The User ID decides where it
        is known, for another account may have had the name before.
        """
        with self._file.open() as connection:
            rows = connection.execute(f"{_STATES} ORDER BY tried_at DESC").fetchall()
        if name is None:
            return [_state_of(row, row["name"]) for row in rows]
        if user_id is None:
            return [_state_of(row, name) for row in rows if row["name"] == name]
        return [
            _state_of(row, name)
            for row in rows
            if row["identity"] == identity_of(row["portal"], user_id)
        ]

    def change(self, change: str, key: Key, *values: object) -> None:
        """Do ``change``, an UPDATE or DELETE without its WHERE, to the row of ``key``."""
        with self._file.open() as connection:
            connection.execute(f"{change} {_ITS}", (*values, *key))

    def does(self, statement: str, *values: object) -> bool:
        """Whether the one ``statement`` has changed anything: of two processes only one has."""
        with self._file.open() as connection:
            return connection.execute(statement, values).rowcount == 1

    def bar(self, key: Key, account: Account) -> None:
        """The secrets that ``account`` has now are never to be tried again."""
        mark = mark_of(account)
        if mark is not None:
            self.does("INSERT OR IGNORE INTO refused_secret VALUES (?, ?, ?)", *key, mark)

    def is_barred(self, key: Key, account: Account) -> bool:
        """Whether the secrets that ``account`` has now are such."""
        with self._file.open() as connection:
            rows = connection.execute(_MARKS, key).fetchall()
        return any(is_marked(account, row["mark"]) for row in rows)

    def unbar(self, key: Key) -> None:
        """None of the account's secrets is."""
        self.change("DELETE FROM refused_secret", key)

    def resumed_at(self) -> float:
        """When an account was last resumed, in POSIX seconds; 0 for never."""
        with self._file.open() as connection:
            (at,) = connection.execute("SELECT max(resumed_at) FROM account").fetchone()
        return float(at or 0)


def key_of(portal: str, account: Account) -> Key:
    """The row of ``account`` at ``portal``."""
    return portal, identity_of(portal, account.user_id)


def identity_of(portal: str, user_id: str) -> str:
    """What stands for ``user_id``, hashed: who finds the file is told of none."""
    return hashlib.sha256(f"{portal} {user_id.strip().casefold()}".encode()).hexdigest()


def _state_of(row: sqlite3.Row, name: str) -> AccountState:
    return AccountState(
        portal=row["portal"],
        identity=row["identity"],
        name=name,
        failed=row["failed"],
        unclear=row["unclear"],
        doubtful=row["doubtful"],
        open=row["open"],
        refused=row["refused"],
        proven=row["proven"],
        tried_at=row["tried_at"],
        doubted_at=row["doubted_at"],
        rests_until=row["rests_until"],
        refused_at=row["refused_at"],
        refusal=Cause(row["refusal"]) if row["refusal"] else None,
        paused_at=row["paused_at"],
        is_barred=bool(row["is_barred"]),
    )
