"""The lock: so many failed tries in a row, and an account lets nobody in for a while.

It is kept in django-axes' tables, so its admin and its commands (``axes_reset_username``)
show and lift what holds here. Counting is our own, for axes' database handler keeps a row
for each address and user agent:

- each row runs out by itself, so with tries from several browsers a lock ends early: four
  tries now and one half an hour ago hold for a moment, not for ``lock_seconds``;
- a user agent is what the visitor says it is: made-up ones fill the table;
- its admin shows "attempts remaining" of a row, while the account is locked by their sum;
- failures are forgotten within the lock's time: four tries each half an hour never lock.

Here an account has one row, whoever tries from wherever (OWASP Authentication Cheat Sheet,
"Account Lockout"), and wrong codes count on it like wrong passwords (OWASP ASVS 5.0.0,
6.6.3). User IDs that nobody has are counted alike: a lock tells nothing about who exists.

A row counts the failures since the last sign-in, and each ``lock_tries``-th locks. At
``disable_tries`` of them the password is disabled, until it is recovered or staff lift the
lock (NIST SP 800-63B-4, 3.2.2: at most 100 in a row). Tries at a locked account are refused
unseen and do not count: nobody can disable a password at one go.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt, AccessAttemptExpiration
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import Provider
from portal.faults import switchboard

# How long failures count towards a lock when nothing follows them; a lock has its own time.
REMEMBERED = timedelta(days=1)
UNTIL_RECOVERY = datetime(9999, 12, 31, tzinfo=UTC)  # when a disabled password is good again
MOST_UNKNOWN = 10_000  # rows of User IDs that nobody has
# What axes tells rows apart by, besides the User ID. Not NULL: NULLs are never equal, and
# two tries at once would make two rows.
_WHEREVER = {"ip_address": "0.0.0.0", "user_agent": ""}  # noqa: S104 - no address to bind to


def failed(request: HttpRequest | None, user_id: str) -> None:
    """Counts a wrong password or code; the last one allowed locks the account.

    Of tries at once every one counts: the transaction holds the row, or on SQLite the
    database, from before it is read. A lock that holds is not made longer.
    """
    now = timezone.now()
    with transaction.atomic():
        attempt, is_new = AccessAttempt.objects.select_for_update().get_or_create(
            username=user_id,
            **_WHEREVER,
            defaults={"failures_since_start": 0, "get_data": "", "post_data": ""},
        )
        if is_new:
            _make_room()
        expiration = AccessAttemptExpiration.objects.filter(access_attempt=attempt).first()
        counted = attempt.failures_since_start
        counts_on = expiration is not None and expiration.expires_at > now
        if not (_is_disabled(user_id, counted) or (counts_on and _locks(counted))):
            # Those too old to lead to a lock still lead to the end: as if they had locked.
            attempt.failures_since_start = (counted if counts_on else _rounded_up(counted)) + 1
            AccessAttemptExpiration.objects.update_or_create(
                access_attempt=attempt,
                defaults={"expires_at": now + _lifetime(user_id, attempt.failures_since_start)},
            )
        attempt.attempt_time = now
        attempt.path_info = request.path[:255] if request else ""
        attempt.save()


def succeeded(request: HttpRequest | None, user_id: str) -> None:
    """Sets the count back: call it when every factor was right. A lock stays."""
    if switchboard.active("failures_kept", user_id) is not None:
        return
    rows = _rows(user_id).annotate(rest=F("failures_since_start") % _lock_tries())
    rows = rows.filter(failures_since_start__lt=settings.CONFIGURATION.disable_tries)
    rows.exclude(rest=0, expiration__expires_at__gt=timezone.now()).delete()


def locked_until(user_id: str) -> datetime | None:
    """When the account may be tried again; None where it is not locked.

    ``UNTIL_RECOVERY`` is the answer for a password that is disabled.

    To be asked after a password or code was found right, not only before: of many tries at
    once, none that ends after the lock began may get in.
    """
    if switchboard.active("lockout_not_enforced", user_id) is not None:
        return None
    if switchboard.active("lockout_everyone", user_id) is not None:
        return timezone.now() + timedelta(seconds=settings.CONFIGURATION.lock_seconds)
    counted, until = _counted(user_id)
    if _is_disabled(user_id, counted):
        return UNTIL_RECOVERY
    return until if until and until > timezone.now() and _locks(counted) else None


def unlock(user_id: str) -> None:
    """Lifts a lock and forgets the failures: identity was proved another way."""
    _rows(user_id).delete()


def _rows(user_id: str):
    return AccessAttempt.objects.filter(username=user_id, **_WHEREVER)


def _counted(user_id: str) -> tuple[int, datetime | None]:
    """The failures since the last sign-in, and until when the last of them counts or locks."""
    row = _rows(user_id).values_list("failures_since_start", "expiration__expires_at").first()
    return row or (0, None)


def _locks(failures: int) -> bool:
    """True for the failure that locks."""
    return failures > 0 and failures % _lock_tries() == 0


def _is_disabled(user_id: str, failures: int) -> bool:
    return (
        failures >= settings.CONFIGURATION.disable_tries
        and switchboard.active("password_never_disabled", user_id) is None
    )


def _rounded_up(failures: int) -> int:
    return math.ceil(failures / _lock_tries()) * _lock_tries()


def _lock_tries() -> int:
    return settings.CONFIGURATION.lock_tries


def _lifetime(user_id: str, failures: int) -> timedelta:
    if not _locks(failures):
        return REMEMBERED
    fault = switchboard.active("lockout_too_short", user_id)
    return timedelta(seconds=fault["seconds"] if fault else settings.CONFIGURATION.lock_seconds)


def _make_room() -> None:
    """Keeps the table bounded: invented User IDs cost a visitor nothing."""
    if AccessAttempt.objects.count() > MOST_UNKNOWN:
        unknown = AccessAttempt.objects.exclude(username__in=Provider.objects.values("user_id"))
        # The newest stay, and with them the one that is being counted.
        kept = unknown.order_by("-attempt_time", "-pk").values("pk")[:MOST_UNKNOWN]
        unknown.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()


class AccountHandler(AxesDatabaseHandler):
    """What axes calls on Django's signals: any ``authenticate`` that fails is counted.

    That of the sign-in page is, and so would be one that a later page brings along.
    """

    def user_login_failed(
        self, sender: Any, credentials: dict, request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        failed(request, credentials["username"])

    def user_logged_in(
        self, sender: Any, request: HttpRequest, user: Provider, **kwargs: Any
    ) -> None:
        # Nobody is logged in before every factor was right: portal.sign_in.session.start.
        succeeded(request, user.user_id)

    def user_logged_out(
        self, sender: Any, request: HttpRequest, user: Provider | None, **kwargs: Any
    ) -> None:
        """Is not logged."""

    def get_failures(self, request: HttpRequest, credentials: dict | None = None) -> int:
        """Of those that lead to the next lock: what axes compares with its limit."""
        user_id = (credentials or {}).get("username", "")
        counted, until = _counted(user_id)
        if locked_until(user_id):
            return _lock_tries()
        return counted % _lock_tries() if until and until > timezone.now() else 0
