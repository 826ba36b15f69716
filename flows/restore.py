"""Setting right what a destructive check has left of its account."""

from __future__ import annotations

from flows import lockout, recovery, session
from portalwatch.journey import Journey


def restore_account(journey: Journey) -> None:
    """Give the account the plan's password again, and see it in: its lock is over.

    The engine calls this before the next check that uses the account, whatever had become
    of the one before: a run that was killed has put nothing back.
    """
    recovery.put_password_back(journey, journey.account)
    lockout.wait_for_the_end(journey)
    session.forget_everything(journey)
