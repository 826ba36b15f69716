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

A row counts the failures that lead to the next lock: it comes at ``lock_tries`` of them, and
after it, or a day without a failure, they are counted from nought. Beside the row
(``FailedTries``) are all failures since the last sign-in, however old: at ``disable_tries``
of them the password is disabled, until it is recovered or staff lift the lock (NIST SP
800-63B-4, 3.2.2: at most 100 in a row). Tries at a locked account are refused unseen and do
not count: nobody can disable a password at one go.

What was typed as a User ID that nobody has may have been a password: it is forgotten a week
after the last try at it. By then no failure leads to a lock any more, so that a lock still
tells nothing about who exists; what is forgotten with it is that its password was disabled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt, AccessAttemptExpiration
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import Provider
from portal.faults import switchboard
from portal.sign_in.models import FailedTries

# How long failures count towards a lock when nothing follows them; a lock has its own time.
REMEMBERED = timedelta(days=1)
MOST_UNKNOWN = 10_000  # rows of User IDs that nobody has
UNKNOWN_KEPT = timedelta(days=7)  # after the last try at one
# What axes tells rows apart by, besides the User ID. Not NULL: NULLs are never equal, and
# two tries at once would make two rows.
_WHEREVER = {"ip_address": "0.0.0.0", "user_agent": ""}  # noqa: S104 - no address to bind to


@dataclass(frozen=True, slots=True)
class Lock:
    """Why an account lets nobody in."""

    until: datetime | None  # None: the password is disabled, and stays so until it is recovered

    @property
    def until_recovery(self) -> bool:
        """True where no waiting helps."""
        return self.until is None


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
        tries, _ = FailedTries.objects.get_or_create(attempt=attempt)
        expiration = AccessAttemptExpiration.objects.filter(access_attempt=attempt).first()
        counts_on = expiration is not None and expiration.expires_at > now
        counted = attempt.failures_since_start if counts_on else 0
        if not (_is_disabled(user_id, tries.in_a_row) or _locks(counted)):
            attempt.failures_since_start = counted + 1
            tries.in_a_row += 1
            tries.save()
            AccessAttemptExpiration.objects.update_or_create(
                access_attempt=attempt,
                defaults={"expires_at": now + _lifetime(user_id, counted + 1)},
            )
        attempt.attempt_time = now
        attempt.path_info = request.path[:255] if request else ""
        attempt.save()
        if is_new:
            forget_unknown(now)
            _make_room()


def succeeded(request: HttpRequest | None, user_id: str) -> None:
    """Sets the counts back: call it when every factor was right. A lock stays."""
    if switchboard.active("failures_kept", user_id) is not None:
        return
    rows = _rows(user_id).exclude(
        failures_since_start__gte=_lock_tries(), expiration__expires_at__gt=timezone.now()
    )
    rows.exclude(failed_tries__in_a_row__gte=settings.CONFIGURATION.disable_tries).delete()


def lock_of(user_id: str) -> Lock | None:
    """Why the account may not be tried now; None where it is not locked.

    To be asked after a password or code was found right, not only before: of many tries at
    once, none that ends after the lock began may get in.
    """
    if switchboard.active("lockout_not_enforced", user_id) is not None:
        return None
    if switchboard.active("lockout_everyone", user_id) is not None:
        return Lock(timezone.now() + timedelta(seconds=settings.CONFIGURATION.lock_seconds))
    in_a_row, counted, until = _failures(user_id)
    if _is_disabled(user_id, in_a_row):
        return Lock(None)
    return Lock(until) if _locks(counted) else None


def unlock(user_id: str) -> None:
    """Lifts a lock and forgets the failures: identity was proved another way."""
    _rows(user_id).delete()


def forget_unknown(now: datetime) -> None:
    """Forgets the User IDs that nobody has, once they have not been tried for a while."""
    _unknown().filter(attempt_time__lte=now - UNKNOWN_KEPT).exclude(
        expiration__expires_at__gt=now
    ).delete()


def _rows(user_id: str) -> QuerySet[AccessAttempt]:
    return AccessAttempt.objects.filter(username=user_id, **_WHEREVER)


def _unknown() -> QuerySet[AccessAttempt]:
    return AccessAttempt.objects.exclude(username__in=Provider.objects.values("user_id"))


def _failures(user_id: str) -> tuple[int, int, datetime | None]:
    """Those in a row, those of them that count towards a lock, and until when they do or lock."""
    row = _rows(user_id).values_list(
        "failed_tries__in_a_row", "failures_since_start", "expiration__expires_at"
    )
    in_a_row, counted, until = row.first() or (0, 0, None)
    counts_on = until is not None and until > timezone.now()
    return in_a_row or 0, counted if counts_on else 0, until


def _locks(failures: int) -> bool:
    return failures >= _lock_tries()


def _is_disabled(user_id: str, in_a_row: int) -> bool:
    return (
        in_a_row >= settings.CONFIGURATION.disable_tries
        and switchboard.active("password_never_disabled", user_id) is None
    )


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
        # The newest stay, and with them the one that is being counted.
        kept = _unknown().order_by("-attempt_time", "-pk").values("pk")[:MOST_UNKNOWN]
        _unknown().exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()


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
        return _lock_tries() if lock_of(user_id) else _failures(user_id)[1]
