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
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt, AccessAttemptExpiration
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import Provider
from portal.faults import switchboard

# How long failures count on when nothing follows them; a lock has its own time.
REMEMBERED = timedelta(days=1)
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
            _make_room(now)
        expiration = AccessAttemptExpiration.objects.filter(access_attempt=attempt).first()
        if expiration and expiration.expires_at <= now:
            attempt.failures_since_start = 0
        if attempt.failures_since_start < settings.CONFIGURATION.lock_tries:
            attempt.failures_since_start += 1
            AccessAttemptExpiration.objects.update_or_create(
                access_attempt=attempt,
                defaults={"expires_at": now + _lifetime(attempt.failures_since_start)},
            )
        attempt.attempt_time = now
        attempt.path_info = request.path[:255] if request else ""
        attempt.save()


def succeeded(request: HttpRequest | None, user_id: str) -> None:
    """Sets the count back: call it when every factor was right. A lock stays."""
    _rows(user_id).filter(failures_since_start__lt=settings.CONFIGURATION.lock_tries).delete()


def locked_until(user_id: str) -> datetime | None:
    """When the account may be tried again; None where it is not locked.

    To be asked after a password or code was found right, not only before: of many tries at
    once, none that ends after the lock began may get in.
    """
    if switchboard.active("lockout_not_enforced", user_id) is not None:
        return None
    if switchboard.active("lockout_everyone", user_id) is not None:
        return timezone.now() + timedelta(seconds=settings.CONFIGURATION.lock_seconds)
    locked = _rows(user_id).filter(
        failures_since_start__gte=settings.CONFIGURATION.lock_tries,
        expiration__expires_at__gt=timezone.now(),
    )
    return locked.values_list("expiration__expires_at", flat=True).first()


def unlock(user_id: str) -> None:
    """Lifts a lock and forgets the failures: identity was proved another way."""
    _rows(user_id).delete()


def _rows(user_id: str):
    return AccessAttempt.objects.filter(username=user_id, **_WHEREVER)


def _lifetime(failures: int) -> timedelta:
    if failures < settings.CONFIGURATION.lock_tries:
        return REMEMBERED
    return timedelta(seconds=settings.CONFIGURATION.lock_seconds)


def _make_room(now: datetime) -> None:
    """Keeps the table bounded: invented User IDs cost a visitor nothing."""
    AccessAttempt.objects.filter(expiration__expires_at__lte=now).delete()
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
        rows = _rows((credentials or {}).get("username", ""))
        counted = rows.filter(expiration__expires_at__gt=timezone.now())
        return counted.values_list("failures_since_start", flat=True).first() or 0
