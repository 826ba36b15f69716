"""A small SQLite file about accounts, which every process of this machine reads and writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from portalwatch.errors import AccountUnavailable

BUSY_SECONDS = 5.0  # that another process may take to write down something of its own


class AccountFile:
    """The file ``path``, made where it is not there. ``holds`` is what people are told it keeps.

    Opened anew for each use: few are made, from any thread, and none outlives a fork. No WAL:
    processes that switch a new file to it at once do not wait for each other, whatever the
    timeout, and one of them is told that it is locked.
    """

    def __init__(self, path: Path, *, holds: str) -> None:
        self._path = path
        self._holds = holds
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # before SQLite does: its journals get the permissions of the file

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """A connection on which each statement is a transaction of its own.

        Raises ``AccountUnavailable`` where the file cannot be used.
        """
        try:
            with closing(
                sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
            ) as connection:
                connection.row_factory = sqlite3.Row
                yield connection
        except sqlite3.Error as exc:
            # What cannot be written down is not done: a try, the use of a code.
            raise AccountUnavailable(
                f"{self._path}: {self._holds} cannot be kept: {exc}"
                " (see that its disk has room, and that nothing keeps it open for long)"
            ) from exc
