"""The ledger of used one-time codes: no step of a secret is ever submitted twice."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

from portalwatch.secrets import Secret

BUSY_SECONDS = 5.0  # that another process may take to write down its own step


class CodeLedger:
    """Which TOTP steps were already used, kept on disk for every process of this machine.

    A verifier must refuse the second use of a code (RFC 6238, section 5.2), so a
    step is taken here before its code is typed, by at most one run.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # before SQLite does: its journals get the permissions of the file
        with closing(self._connect()) as connection:
            # No WAL: processes that switch a new file to it at once do not wait for each other,
            # whatever the timeout, and one of them is told that it is locked.
            connection.execute(
                "CREATE TABLE IF NOT EXISTS newest_step"
                " (secret TEXT PRIMARY KEY, step INTEGER NOT NULL) WITHOUT ROWID"
            )

    def take(self, portal: str, secret: Secret, step: int) -> bool:
        """Take ``step`` of ``secret``: False where it, or a later one, was taken before.

        ``portal`` is the origin that verifies the code; another portal keeps its own count.
        """
        # Hashed, for the ledger must not be a second place to steal the secret from.
        fingerprint = hashlib.sha256(f"{portal} {secret.reveal()}".encode()).hexdigest()
        with closing(self._connect()) as connection:
            # One statement, so that of two processes only one finds the step free.
            taken = connection.execute(
                "INSERT INTO newest_step VALUES (?, ?) ON CONFLICT (secret)"
                " DO UPDATE SET step = excluded.step WHERE excluded.step > step",
                (fingerprint, step),
            )
            return taken.rowcount == 1

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
