"""What somebody is told whose sign-in was refused.

With ``PORTAL_DISCLOSURE=generic`` it is one text for all: OWASP ASVS 5.0.0, 6.3.8. Else a
lock is told to whoever tries, also for User IDs that nobody has, and the standing of an
account only to who knows its password.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import Provider
from portal.faults import switchboard
from portal.sign_in import lockout
from portal.sign_in.lockout import Lock

WRONG_DETAILS = "The User ID or password is incorrect."


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nobody was let in, and what to do."""

    text: str
    locked_until: datetime | None = None  # a lock; until then nothing helps but to wait
    recover: bool = False  # a new password helps, and nothing else
    call_support: bool = False

    @property
    def wait(self) -> str:
        """How long a lock still holds: "in 30 minutes"."""
        return in_words(self.locked_until - timezone.now()) if self.locked_until else ""

    @property
    def from_second(self) -> datetime | None:
        """The first whole second at which a lock is over: for programs to read."""
        return _whole(self.locked_until, timedelta(seconds=1))

    @property
    def from_minute(self) -> datetime | None:
        """The first whole minute, as a clock on the wall shows it."""
        return _whole(self.locked_until, timedelta(minutes=1))


WRONG = Refusal(WRONG_DETAILS)
SUSPENDED = Refusal(
    "Your account is suspended under the terms of your provider agreement.",
    call_support=True,
)
INACTIVE = Refusal(
    "Your account is inactive because it was not used for a long time.", call_support=True
)
DISABLED = Refusal(
    "Your password is disabled after too many failed tries.", recover=True, call_support=True
)
_BY_STANDING = {Provider.Standing.SUSPENDED: SUSPENDED, Provider.Standing.INACTIVE: INACTIVE}


def locked(lock: Lock) -> Refusal:
    """The refusal of an account that is locked for now, or whose password is disabled."""
    if lock.until_recovery:
        return DISABLED
    return Refusal(
        "Your account is temporarily locked after too many failed tries.", lock.until, True
    )


def within_session(lock: Lock) -> str:
    """What somebody is told who is signed in, and types the password once more."""
    if lock.until_recovery:
        return "Too many tries. Your password is disabled: sign out and recover it."
    return "Too many tries. Your account is locked for a while: try again later, or call support."


def of_password(request: HttpRequest, user_id: str, provider: Provider | None) -> Refusal | None:
    """The refusal of a pair, ``provider`` being whose it is; None: go on.

    To be asked after the password was looked at: see ``lockout.lock_of``.
    """
    lock = lockout.lock_of(user_id)
    standing = _BY_STANDING.get(provider.standing) if provider else None
    if standing and switchboard.active("standing_ignored", user_id) is not None:
        standing = None
    if settings.CONFIGURATION.disclosure == "generic":
        if provider and (lock or standing):
            # As if the password had been wrong, so that it locks as any other does.
            lockout.failed(request, user_id)
        return WRONG if lock or standing or provider is None else None
    if lock and switchboard.active("locked_says_wrong_password", user_id) is not None:
        return WRONG
    if lock:
        return locked(lock)
    return standing if provider else WRONG


def _whole(moment: datetime | None, size: timedelta) -> datetime | None:
    if moment is None:
        return None
    begun = moment.replace(
        second=moment.second if size < timedelta(minutes=1) else 0, microsecond=0
    )
    return begun if begun == moment else begun + size


def in_words(left: timedelta) -> str:
    """ "in 30 minutes", rounded up: who waits so long does not come too early."""
    seconds = max(1, math.ceil(left.total_seconds()))
    if seconds < 60:
        number, unit = seconds, "second"
    elif seconds < 2 * 60 * 60:
        number, unit = math.ceil(seconds / 60), "minute"
    else:
        number, unit = math.ceil(seconds / (60 * 60)), "hour"
    return f"in {number} {unit}{'' if number == 1 else 's'}"
