"""Requests for recovery: begun, proved by a link or a code, and used once.

Every step does the same work for an account that there is and for one that there is not.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.accounts.models import Provider
from portal.faults import sessions, switchboard
from portal.recovery.models import RecoveryRequest, State
from portal.second_factor import totp
from portal.sign_in import lockout

Kind = RecoveryRequest.Kind

# Asked for more often than this in the time below, nothing more is sent, and nobody is told:
# a mailbox must not be flooded by whoever knows a User ID.
PER_SUBJECT = 10
PER_ADDRESS = 300  # many providers may share one address
_WINDOW = timedelta(minutes=10)
# NIST SP 800-63B-4, 3.2.2: at most 100 wrong tries in a row. Links are still sent then.
_WRONG_CODES = 100
_KEPT = timedelta(days=30)
_FORGIVEN = {  # by a fault
    State.USED: "recovery_token_reusable",
    State.SUPERSEDED: "recovery_older_token_good",
    State.EXPIRED: "recovery_token_endless",
}


@transaction.atomic
def begin(
    request: HttpRequest, kind: Kind, subject: str, provider: Provider | None
) -> tuple[RecoveryRequest, str]:
    """A new request, which voids the older ones of its subject, and its secret.

    Where one has been asked for too often, the older ones stay and the new one opens
    nothing: its ``provider`` is None.
    """
    now = timezone.now()
    RecoveryRequest.objects.filter(requested_at__lt=now - _KEPT).delete()
    address = str(request.META.get("REMOTE_ADDR", ""))[:45]
    allowed = not _too_often(kind, subject, address, now)
    older = RecoveryRequest.objects.filter(
        subject=subject, kind__in=(Kind.LINK, Kind.CODE), used_at=None, superseded_at=None
    )
    if allowed and kind != Kind.USER_ID:
        older.update(superseded_at=now)
    is_code = kind == Kind.CODE
    # 256 bits, or six digits with few tries (NIST SP 800-63B-4, 4.2.1.2).
    secret = f"{secrets.randbelow(10**6):06}" if is_code else secrets.token_urlsafe(32)
    lifetime = (
        settings.CONFIGURATION.code_seconds if is_code else settings.CONFIGURATION.recovery_seconds
    )
    made = RecoveryRequest.objects.create(
        kind=kind,
        subject=subject,
        address=address,
        provider=_whose(provider) if allowed else None,
        digest=_of_code(secret) if is_code else _of_token(secret),
        requested_at=now,
        expires_at=now + timedelta(seconds=lifetime),
    )
    return made, secret


def _whose(provider: Provider | None) -> Provider | None:
    """The account that the secret opens: the one it was asked for, but for a fault."""
    if provider and switchboard.active("recovery_wrong_account", provider.user_id) is not None:
        others = Provider.objects.exclude(pk=provider.pk).filter(standing=provider.standing)
        return others.order_by("pk").first()
    return provider


def _too_often(kind: Kind, subject: str, address: str, now: datetime) -> bool:
    recent = RecoveryRequest.objects.filter(requested_at__gte=now - _WINDOW)
    of_subject = recent.filter(subject=subject).count()
    of_address = recent.filter(address=address).count()
    wrong = 0
    if kind == Kind.CODE:
        codes = RecoveryRequest.objects.filter(subject=subject, kind=Kind.CODE)
        right = codes.exclude(confirmed_at=None).order_by("-requested_at").first()
        in_a_row = codes.filter(requested_at__gt=right.requested_at) if right else codes
        spent = in_a_row.aggregate(sum=Sum(RecoveryRequest.CODE_TRIES - F("tries_left")))
        wrong = spent["sum"] or 0
    return of_subject >= PER_SUBJECT or of_address >= PER_ADDRESS or wrong >= _WRONG_CODES


def can_recover(provider: Provider) -> bool:
    """Recovery opens what is open: a suspension or a rest is for support to end."""
    if _has(provider, "recovery_shut_while_locked") and lockout.lock_of(provider.user_id):
        return False
    return provider.is_active and provider.standing == Provider.Standing.ACTIVE


def with_token(token: str) -> RecoveryRequest | None:
    """The request whose link carries ``token``, in whatever state."""
    return RecoveryRequest.objects.filter(kind=Kind.LINK, digest=_of_token(token)).first()


def is_live(made: RecoveryRequest, subject: str) -> bool:
    """True where a code for ``subject`` can still be typed against ``made``."""
    return (
        made.subject == subject
        and made.tries_left > 0
        and state(made, timezone.now()) is State.OPEN
        and made.confirmed_at is None
    )


def take_try(made: RecoveryRequest) -> bool:
    """Spends a try at the code, before it is looked at; False where none was left."""
    if _has(made.provider, "recovery_code_unlimited"):
        return True
    rows = RecoveryRequest.objects.filter(pk=made.pk, tries_left__gt=0)
    taken = rows.update(tries_left=F("tries_left") - 1) == 1
    made.refresh_from_db()
    return taken


def confirm(made: RecoveryRequest, code: str) -> bool:
    """Compares a code and, if it is right, uses it up; a new password may be set after that."""
    now = timezone.now()
    right = constant_time_compare(made.digest, _of_code(code)) and made.provider_id is not None
    if not right:
        return False
    return (
        _open(made, now)
        .filter(confirmed_at=None)
        .update(
            confirmed_at=now,
            # Typing a new password takes its own time.
            expires_at=now + timedelta(seconds=settings.CONFIGURATION.code_seconds),
        )
        == 1
    )


def set_password(made: RecoveryRequest, password: str) -> bool:
    """Gives the account its new password; False where ``made`` was no longer good.

    Every session ends (ASVS 5.0.0, 7.4.3) and a lock is lifted: who holds the mailbox has
    proved who they are (PCI DSS 4.0.1, 8.3.4). The second factor stays as it is.
    """
    if made.provider is None:
        return False
    provider = made.provider
    # Before the transaction: hashing is slow, and others would wait for it to write.
    provider.set_password(password)
    provider.password_expired = False
    with transaction.atomic():
        now = timezone.now()
        if _open(made, now).update(used_at=now) != 1:
            return False
        provider.save(update_fields=["password", "password_expired"])
        provider.end_sessions()
        RecoveryRequest.objects.filter(provider=provider, used_at=None, superseded_at=None).update(
            superseded_at=now
        )
        lockout.unlock(provider.user_id)
        _weaken(provider)
    return True


def state(made: RecoveryRequest, now: datetime) -> State:
    """What ``made`` is still good for, but for faults."""
    found = made.state(now)
    fault = _FORGIVEN.get(found)
    return State.OPEN if fault and _has(made.provider, fault) else found


def _open(made: RecoveryRequest, now: datetime):
    conditions = {
        State.USED: Q(used_at=None),
        State.SUPERSEDED: Q(superseded_at=None),
        State.EXPIRED: Q(expires_at__gt=now),
    }
    kept = [test for at, test in conditions.items() if not _has(made.provider, _FORGIVEN[at])]
    return RecoveryRequest.objects.filter(*kept, pk=made.pk)


def _has(provider: Provider | None, fault: str) -> bool:
    return provider is not None and switchboard.active(fault, provider.user_id) is not None


def _weaken(provider: Provider) -> None:
    """What faults do to an account with its new password."""
    if _has(provider, "recovery_keeps_sessions"):
        sessions.carry_on(provider)
    if _has(provider, "recovery_skips_second_factor"):
        totp.remove(provider)
        provider.sent_channels.all().delete()


def _of_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _of_code(code: str) -> str:
    # Keyed: a million codes are soon tried against a plain hash.
    return salted_hmac("portal.recovery.code", code, algorithm="sha256").hexdigest()
