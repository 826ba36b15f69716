"""What one attempt at a check does to its account, in the eyes of the portal."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from portalwatch.account import Account
from portalwatch.attempt_budget import AttemptBudget
from portalwatch.model import Cause, Outcome
from portalwatch.secrets import Secret

log = logging.getLogger("portalwatch")

# The credentials of an account that should work, refused.
REFUSALS = frozenset({Cause.INVALID_CREDENTIALS, Cause.SECOND_FACTOR_REJECTED, Cause.CLOCK_DRIFT})
# The portal as a whole was not there: that says nothing of a password, and is over some time.
_OUTAGES = frozenset({Cause.UNREACHABLE, Cause.TLS, Cause.MAINTENANCE, Cause.SERVER_ERROR})


class AccountTries:
    """The tries of one attempt. A dedicated account may be locked: its own are not counted.

    ``begin`` before the first of them, ``settle`` at the end, whatever came of the attempt.
    """

    def __init__(self, budget: AttemptBudget, portal: str, account: Account) -> None:
        self._budget = budget
        self._portal = portal
        self._account = account
        # Since it was last let in:
        self._right = 0  # tries with the account's own secret
        self._taken = False  # whether the portal has asked for the next secret after it
        self._tried = False  # whether any was written down

    def begin(self) -> None:
        """Raises ``AccountUnavailable`` where the account is paused."""
        if not self._account.dedicated:
            self._budget.begin(self._portal, self._account)

    @contextmanager
    def password(self, account: Account, secret: Secret | None) -> Iterator[None]:
        """``secret`` is typed within as the password of ``account``: a try, unless that fails.

        Raises ``AccountUnavailable`` where it must not be typed. A stranger's is not counted: a
        User ID that nobody has cannot be locked.
        """
        ours = account.user_id.strip().casefold() == self._account.user_id.strip().casefold()
        if not ours or self._account.dedicated:
            yield
            return
        wrong = secret != self._account.password
        self._charge(meant_to_fail=wrong)
        try:
            yield
        except Exception:
            self._budget.take_back(self._portal, self._account, meant_to_fail=wrong)
            raise
        self._right += not wrong
        self._taken = False

    def meant_to_fail(self) -> None:
        """Something else that the portal is to refuse, such as a wrong code, is about to be sent.

        Raises ``AccountUnavailable`` as ``password`` does.
        """
        if not self._account.dedicated:
            self._charge(meant_to_fail=True)

    def password_taken(self) -> None:
        """The portal has taken the password, though nobody is let in yet."""
        self._taken = True

    def let_in(self) -> None:
        """The portal has let the account in."""
        if not self._account.dedicated:
            self._budget.let_in(self._portal, self._account)
            self._right, self._tried = 0, False

    def settle(self, outcome: Outcome, cause: Cause | None) -> None:
        """The attempt has ended so. A second refusal in a row pauses the account.

        A pass alone says nothing of the password: a check may be about a refusal, or give up
        at the code. That the portal has let the account in, ``let_in`` tells.
        """
        if not self._tried:
            return
        refused = cause in REFUSALS and self._right > 0
        tries = {"failed": self._right} if refused else self._not_refused(outcome, cause)
        paused = self._budget.settle(
            self._portal, self._account, **tries, refusal=cause if refused else None
        )
        if paused is not None:
            log.error("%s", paused)

    def _not_refused(self, outcome: Outcome, cause: Cause | None) -> dict[str, int]:
        """What the tries with the account's own secret may have come to all the same.

        A portal that is down has hardly refused secrets that it took before.
        """
        told = cause in (Cause.ACCOUNT_LOCKED, Cause.ACCOUNT_SUSPENDED)
        if told or (outcome is Outcome.PASS and self._taken):
            return {}
        if not self._budget.is_proven(self._portal, self._account):
            return {"unclear" if cause in _OUTAGES else "failed": self._right}
        if cause in _OUTAGES:
            return {}
        # What is our own trouble is over some time, and tells nothing of the secrets.
        return {"doubtful" if cause is not None and cause.ours else "unclear": self._right}

    def _charge(self, *, meant_to_fail: bool) -> None:
        self._budget.charge(self._portal, self._account, meant_to_fail=meant_to_fail)
        self._tried = True
