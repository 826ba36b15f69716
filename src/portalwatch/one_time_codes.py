"""The codes that an account signs in with besides its password: each is given once."""

from __future__ import annotations

import time
from collections.abc import Callable

from portalwatch.account import Account
from portalwatch.code_ledger import CodeLedger
from portalwatch.errors import AccountUnavailable, ConfigError
from portalwatch.totp import SAFE_MARGIN

STEP_SLACK = 0.05  # seconds into the new step, for timers that strike early


class OneTimeCodes:
    """The codes of accounts at the origin ``portal``.

    ``wait`` is told how many seconds there are until a fresh code can be had, and waits.
    """

    def __init__(
        self,
        portal: str,
        ledger: CodeLedger,
        *,
        wait: Callable[[float], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._portal = portal
        self._ledger = ledger
        self._wait = wait
        self._clock = clock

    def fresh(self, account: Account) -> str:
        """A TOTP code that no run has used and that is not about to expire.

        Raises ``ConfigError`` where the account has no secret.
        """
        totp = account.totp()
        while True:
            now = self._clock()
            step = totp.step(now)
            fresh_for = totp.next_start(step) - now
            if fresh_for > SAFE_MARGIN and self._ledger.take(self._portal, totp, step):
                return totp.code(step)
            self._wait(min(fresh_for, totp.period) + STEP_SLACK)

    def backup(self, account: Account) -> str:
        """The next backup code that no run has used. Raises as ``Journey.backup_code``."""
        if not account.backup_codes:
            raise ConfigError(
                f"accounts.{account.key}: the check asks for a backup code, and the account has no"
                " backup_codes (add 'backup_codes: {env: NAME}')"
            )
        for code in (secret.reveal() for secret in account.backup_codes):
            if self._ledger.take_code(self._portal, account.user_id, code):
                return code
        raise AccountUnavailable(
            f"accounts.{account.key}: every one of its {len(account.backup_codes)} backup codes has"
            " been used (have the portal make new ones)"
        )

    def wrong(self, account: Account) -> str:
        """Digits that are no TOTP code in any step that the portal may accept."""
        totp = account.totp()
        now = totp.step(self._clock())
        near = {totp.code(step) for step in range(now - 3, now + 4)}
        codes = (f"{number:0{totp.digits}}" for number in range(len(near) + 1))
        return next(code for code in codes if code not in near)
