"""How many failed sign-ins the portal may hold against each account, and when to stop trying.

A portal locks an account after a few failures in a row. So every try is written down
before it is made, by whichever process makes it: what dies in the middle has used it up.
The portal's own count is not known. This one is not below it, as long as nobody else signs in
with the account, and the project's rules know the words in which its portal refuses.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from portalwatch.account import Account
from portalwatch.account_state import (
    DOUBTED_FOR,
    FORGOTTEN_AFTER,
    AccountState,
    told_of_no_try_left,
    told_of_pause,
)
from portalwatch.errors import AccountUnavailable
from portalwatch.model import Cause

REFUSALS_IN_A_ROW = 2  # of an account that should work, until nothing tries it any more
KEPT_FOR = 90 * 24 * 3600.0  # seconds, for a portal that nobody watches any more
BUSY_SECONDS = 5.0  # that another process may take to write down its own try

_TABLE = """
    CREATE TABLE IF NOT EXISTS account (
        portal TEXT NOT NULL,
        identity TEXT NOT NULL,       -- of the User ID, which two names of a plan may share
        name TEXT NOT NULL,           -- in the plan
        failed INTEGER DEFAULT 0,     -- since it was last let in
        doubtful INTEGER DEFAULT 0,   -- whose end nobody knows; for a while
        open INTEGER DEFAULT 0,       -- tries of the run under way, or of one that died
        refused INTEGER DEFAULT 0,    -- attempts in a row whose credentials were refused
        proven INTEGER DEFAULT 0,     -- its password worked when it was last told
        tried_at REAL DEFAULT 0,
        doubted_at REAL DEFAULT 0,    -- when the last doubtful one was added
        refused_at REAL,
        refusal TEXT,                 -- the cause of the last one
        paused_at REAL,
        PRIMARY KEY (portal, identity)
    ) WITHOUT ROWID
"""

_ITS = "WHERE portal = ? AND identity = ?"
_OF_KEY = f"SELECT * FROM account {_ITS}"  # noqa: S608 - nothing of a value in it

Key = tuple[str, str]


class AttemptBudget:
    """The tries at every account, kept in the file ``path`` for every process of this machine.

    A run begins with ``begin``, and ``settle`` tells how it ended; it has the account's lease
    meanwhile.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # before SQLite does: its journals get the permissions of the file
        with self._open() as connection:
            connection.execute(_TABLE)
            columns = [row["name"] for row in connection.execute("PRAGMA table_info(account)")]
            if "doubted_at" not in columns:  # a file of before there was one
                connection.execute("ALTER TABLE account ADD COLUMN doubted_at REAL DEFAULT 0")
                connection.execute("UPDATE account SET doubted_at = tried_at")
            connection.execute(
                "DELETE FROM account WHERE tried_at < ? AND paused_at IS NULL",
                (clock() - KEPT_FOR,),
            )

    def begin(self, portal: str, account: Account) -> None:
        """A run takes up ``account`` at the origin ``portal``.

        Tries that are open are those of a run that died: the portal may have refused them.
        Raises ``AccountUnavailable`` where the account is paused.
        """
        key = _key(portal, account)
        state = self._state(key)
        if state is None:
            return
        state = self._named_now(state, portal, account)
        if state.paused_at is not None:
            raise AccountUnavailable(told_of_pause(state))
        now = self._clock()
        failed, doubtful = state.failed_by(now), state.doubtful_by(now)
        doubted_at = state.doubted_at
        if state.open and state.proven and now - state.tried_at <= DOUBTED_FOR:
            doubtful, doubted_at = doubtful + state.open, state.tried_at
        elif state.open and not state.proven and now - state.tried_at <= FORGOTTEN_AFTER:
            failed += state.open
        if (failed, doubtful, 0) != (state.failed, state.doubtful, state.open):
            self._change(
                "UPDATE account SET failed = ?, doubtful = ?, doubted_at = ?, open = 0",
                key,
                *(failed, doubtful, doubted_at),
            )

    def charge(self, portal: str, account: Account, *, meant_to_fail: bool = False) -> None:
        """Write down a try that is about to be made; one that is ``meant_to_fail`` has failed.

        Raises ``AccountUnavailable``, with nothing written, where the portal might lock the
        account if it failed, and where it was paused meanwhile.
        """
        key = _key(portal, account)
        failed, tried = (1, 0) if meant_to_fail else (0, 1)
        now = self._clock()
        with self._open() as connection:
            # One statement: of two processes only one makes the last try.
            charged = connection.execute(
                "INSERT INTO account (portal, identity, name, failed, open, tried_at)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " failed = failed + excluded.failed, open = open + excluded.open,"
                " name = excluded.name, tried_at = excluded.tried_at"
                " WHERE failed + doubtful + open + 1 < ? AND paused_at IS NULL",
                (*key, account.key, failed, tried, now, account.attempts),
            )
        if charged.rowcount == 1:
            return
        state = self._state(key)
        assert state is not None
        if state.paused_at is not None:
            raise AccountUnavailable(told_of_pause(state))
        raise AccountUnavailable(told_of_no_try_left(state, account, now))

    def take_back(self, portal: str, account: Account, *, meant_to_fail: bool = False) -> None:
        """A try that was written down was not made."""
        failed, tried = (1, 0) if meant_to_fail else (0, 1)
        self._change(
            "UPDATE account SET failed = max(0, failed - ?), open = max(0, open - ?)",
            _key(portal, account),
            *(failed, tried),
        )

    def let_in(self, portal: str, account: Account) -> None:
        """The portal has let the account in, and forgets what failed before."""
        self._change(
            "UPDATE account SET failed = 0, doubtful = 0, open = 0, refused = 0, proven = 1",
            _key(portal, account),
        )

    def settle(
        self,
        portal: str,
        account: Account,
        *,
        failed: int,
        doubtful: int = 0,
        refusal: Cause | None = None,
    ) -> AccountState | None:
        """The tries of a run came to ``failed`` ones. Gives the state where that pauses it.

        ``doubtful``: further ones, which are held against the account for ``DOUBTED_FOR``.
        ``refusal``: why the account's own credentials were refused. After
        ``REFUSALS_IN_A_ROW`` of them the account is paused, and at once where it has no try left.
        """
        key, now = _key(portal, account), self._clock()
        if refusal is None:
            self._change(
                "UPDATE account SET open = 0, failed = failed + ?, doubtful = doubtful + ?,"
                " doubted_at = iif(? > 0, ?, doubted_at)",
                key,
                *(failed, doubtful, doubtful, now),
            )
            return None
        self._change(
            # What was doubtful may have been refused just as well.
            "UPDATE account SET open = 0, failed = failed + doubtful + ?, doubtful = 0,"
            " refused = refused + 1, proven = 0,"
            " refusal = ?, refused_at = ?,"
            " paused_at = iif(refused + 1 >= ? OR failed + doubtful + ? + 1 >= ?,"
            " coalesce(paused_at, ?), paused_at)",
            key,
            *(failed, refusal, now, REFUSALS_IN_A_ROW, failed, account.attempts, now),
        )
        state = self._state(key)
        return state if state is not None and state.paused_at is not None else None

    def is_proven(self, portal: str, account: Account) -> bool:
        """Whether the account's password worked when the portal last told."""
        state = self._state(_key(portal, account))
        return state is not None and state.proven

    def open_ones(self, portal: str, accounts: Mapping[str, Account]) -> list[str]:
        """Those of ``accounts``, by the plan's names, that may be tried at ``portal``.

        Raises ``AccountUnavailable`` where there are some, and none of them may.
        """
        shut = {}
        for name, found in self.of(portal, accounts).items():
            if found is None:
                continue
            state = self._named_now(found, portal, accounts[name])
            if state.paused_at is not None:
                shut[name] = told_of_pause(state)
            elif self._has_no_try_left(state, accounts[name]):
                shut[name] = told_of_no_try_left(state, accounts[name], self._clock())
        if shut and len(shut) == len(accounts):
            raise AccountUnavailable("; ".join(shut.values()))
        return [name for name in accounts if name not in shut]

    def _named_now(self, state: AccountState, portal: str, account: Account) -> AccountState:
        """``state`` under the name that the account has in the plan now, for ``resume``."""
        if state.name == account.key:
            return state
        self._change("UPDATE account SET name = ?", _key(portal, account), account.key)
        return replace(state, name=account.key)

    def _has_no_try_left(self, state: AccountState, account: Account) -> bool:
        now = self._clock()
        # Without those of a run under way: whoever waits for it is told under the lease.
        held = state.failed_by(now) + state.doubtful_by(now)
        return not account.dedicated and held + 1 >= account.attempts

    def told_of_paused(self, portal: str, accounts: Mapping[str, Account]) -> tuple[str, ...]:
        """A line for each of ``accounts`` that is paused at ``portal``."""
        states = self.of(portal, accounts).values()
        return tuple(told_of_pause(state) for state in states if state and state.paused_at)

    def of(self, portal: str, accounts: Mapping[str, Account]) -> dict[str, AccountState | None]:
        """The state at ``portal`` of each of ``accounts`` under its name; None: never tried."""
        with self._open() as connection:
            return {
                name: _state_of(row) if row else None
                for name, account in accounts.items()
                for row in [connection.execute(_OF_KEY, _key(portal, account)).fetchone()]
            }

    def states(self) -> list[AccountState]:
        """Every account that was ever tried, by name, the one tried last first."""
        with self._open() as connection:
            rows = connection.execute("SELECT * FROM account ORDER BY name, tried_at DESC")
            return [_state_of(row) for row in rows]

    def resume(self, name: str) -> list[AccountState]:
        """Let ``name`` be tried again, as if nothing had failed. What was known of it before."""
        known = [state for state in self.states() if state.name == name]
        with self._open() as connection:
            connection.execute(
                "UPDATE account SET failed = 0, doubtful = 0, open = 0, refused = 0,"
                " paused_at = NULL"
                " WHERE name = ?",
                (name,),
            )
        return known

    def _state(self, key: Key) -> AccountState | None:
        with self._open() as connection:
            row = connection.execute(_OF_KEY, key).fetchone()
        return _state_of(row) if row else None

    def _change(self, update: str, key: Key, *values: object) -> None:
        with self._open() as connection:
            connection.execute(f"{update} {_ITS}", (*values, *key))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(
                sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
            ) as connection:
                connection.row_factory = sqlite3.Row
                yield connection
        except sqlite3.Error as exc:
            # What cannot be counted is not tried.
            raise AccountUnavailable(
                f"{self._path}: the tries at accounts cannot be kept: {exc}"
                " (see that its disk has room, and that nothing keeps it open for long)"
            ) from exc


def _key(portal: str, account: Account) -> Key:
    # Hashed: who finds the file is told of no User ID.
    named = f"{portal} {account.user_id.strip().casefold()}"
    return portal, hashlib.sha256(named.encode()).hexdigest()


def _state_of(row: sqlite3.Row) -> AccountState:
    return AccountState(
        portal=row["portal"],
        name=row["name"],
        failed=row["failed"],
        doubtful=row["doubtful"],
        open=row["open"],
        refused=row["refused"],
        proven=bool(row["proven"]),
        tried_at=row["tried_at"],
        doubted_at=row["doubted_at"],
        refused_at=row["refused_at"],
        refusal=Cause(row["refusal"]) if row["refusal"] else None,
        paused_at=row["paused_at"],
    )
