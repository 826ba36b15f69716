"""The ledger of used one-time codes: no step of a secret, no backup code, is submitted twice."""

from __future__ import annotations

import hashlib
from pathlib import Path

from portalwatch.account_file import AccountFile
from portalwatch.totp import Totp

# A portal refuses a code of before the last one that it took. One of further ahead it has not
# taken: that was made while our clock was wrong, and must not void those of now.
IN_ORDER = 4  # steps; portals look one or two ahead (RFC 6238, section 6)
KEPT = 20_000  # steps: a week of 30 seconds each


class CodeLedger:
    """Which codes were already used, kept on disk for every process of this machine.

    A verifier must refuse the second use of a code (RFC 6238, section 5.2), so a
    step is taken here before its code is typed, by at most one run. Its methods raise
    ``AccountUnavailable`` where the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._file = AccountFile(path, holds="used one-time codes")
        with self._file.open() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS used_step"
                " (secret TEXT, step INTEGER, PRIMARY KEY (secret, step)) WITHOUT ROWID"
            )
            connection.execute(
                "CREATE TABLE IF NOT EXISTS used_code (code TEXT PRIMARY KEY) WITHOUT ROWID"
            )

    def take(self, portal: str, totp: Totp, step: int) -> bool:
        """Take ``step`` of ``totp``: False where it, or one soon after it, was taken before.

        ``portal`` is the origin that verifies the code; another portal keeps its own count.
        """
        # Hashed, for the ledger must not be a second place to steal the secret from.
        named = f"{portal} {totp.secret.upper()} {totp.period}"
        fingerprint = hashlib.sha256(named.encode()).hexdigest()
        with self._file.open() as connection:
            # One statement, so that of two processes only one finds the step free.
            taken = connection.execute(
                "INSERT INTO used_step SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM used_step"
                " WHERE secret = ?1 AND step BETWEEN ?2 AND ?3)",
                (fingerprint, step, step + IN_ORDER),
            )
            connection.execute(
                "DELETE FROM used_step WHERE secret = ? AND step < ?", (fingerprint, step - KEPT)
            )
            return taken.rowcount == 1

    def take_code(self, portal: str, user_id: str, code: str) -> bool:
        """Take the backup code ``code`` of ``user_id``: False where it was taken before."""
        fingerprint = hashlib.sha256(f"{portal} {user_id} {code}".encode()).hexdigest()
        with self._file.open() as connection:
            taken = connection.execute("INSERT OR IGNORE INTO used_code VALUES (?)", (fingerprint,))
            return taken.rowcount == 1
