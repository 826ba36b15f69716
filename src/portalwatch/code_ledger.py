"""The ledger of used one-time codes: no step of a secret is ever submitted twice."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

from portalwatch.secrets import Secret


class CodeLedger:
    """Which TOTP steps were already used, kept on disk for every process of this machine.

    A verifier must refuse the second use of a code (RFC 6238, section 5.2), so a
    step is taken here before its code is typed, by at most one run.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS used_step"
                " (secret TEXT NOT NULL, step INTEGER NOT NULL, PRIMARY KEY (secret, step))"
            )
        path.chmod(0o600)

    def take(self, portal: str, secret: Secret, step: int) -> bool:
        """Take ``step`` of ``secret``: False where it, or a later one, was taken before.

        ``portal`` is the origin that verifies the code; another portal keeps its own count.
        """
        # Hashed, for the ledger must not be a second place to steal the secret from.
        fingerprint = hashlib.sha256(f"{portal} {secret.reveal()}".encode()).hexdigest()
        with closing(self._connect()) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            (newest,) = connection.execute(
                "SELECT max(step) FROM used_step WHERE secret = ?", (fingerprint,)
            ).fetchone()
            if newest is not None and newest >= step:
                return False
            connection.execute("DELETE FROM used_step WHERE secret = ?", (fingerprint,))
            connection.execute("INSERT INTO used_step VALUES (?, ?)", (fingerprint, step))
            return True

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        return connection
