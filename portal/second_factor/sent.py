"""Codes that the portal sends: six digits by mail or text, for one sign-in, good once.

NIST SP 800-63B-4, 3.1.3.2: at least six digits, at most 10 minutes, one use, and bound to
the sign-in that asked (OTP-4).
"""

from __future__ import annotations

import math
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.accounts.models import Provider
from portal.brand import BRAND
from portal.faults import switchboard
from portal.messaging import mail, sms
from portal.second_factor.models import Factor, SentCode
from portal.second_factor.verdict import Verdict
from portal.sign_in.models import PendingSignIn

MOST_IN_A_WHILE = 30  # codes to one provider; texts cost money, and mail annoys
_WHILE = timedelta(minutes=10)
_KEPT = timedelta(days=1)
_FORGIVEN = {  # by a fault
    Verdict.USED: "sent_code_reusable",
    Verdict.EXPIRED: "sent_code_endless",
    Verdict.REPLACED: "sent_code_unbound",
}


class Sending(StrEnum):
    """What came of asking for a code."""

    SENT = "sent"
    TOO_SOON = "too-soon"  # after the last one of this sign-in
    TOO_MANY = "too-many"  # for this provider
    FAILED = "failed"  # no server took it


def send(begun: PendingSignIn, factor: Factor) -> Sending:
    """Sends a new code for ``begun``; the one sent this way before is void from then on."""
    code = f"{secrets.randbelow(10**6):06}"
    with transaction.atomic():
        # Held until the row is written: of two requests at once one is too soon.
        PendingSignIn.objects.select_for_update().filter(pk=begun.pk).first()
        now = timezone.now()
        if seconds_to_wait(begun, factor, now):
            return Sending.TOO_SOON
        recent = SentCode.objects.filter(provider=begun.provider, sent_at__gt=now - _WHILE)
        if recent.count() >= MOST_IN_A_WHILE:
            return Sending.TOO_MANY
        SentCode.objects.filter(provider=begun.provider, sent_at__lt=now - _KEPT).delete()
        row = SentCode.objects.create(
            provider=begun.provider,
            sign_in=begun.pk,
            factor=factor,
            code_hash=_hash(begun.provider, code),
            sent_at=now,
        )
    if _deliver(begun.provider, factor, code):
        return Sending.SENT
    row.delete()  # nothing to wait for
    return Sending.FAILED


def seconds_to_wait(begun: PendingSignIn, factor: Factor, now: datetime) -> int:
    """How long until another code may be sent this way for ``begun``; 0: now."""
    newest = _newest(begun, factor)
    if newest is None:
        return 0
    passed = (now - newest.sent_at).total_seconds()
    return max(0, math.ceil(settings.CONFIGURATION.resend_seconds - passed))


def was_sent(begun: PendingSignIn, factor: Factor) -> bool:
    """True where a code of that kind is under way for ``begun``."""
    return _newest(begun, factor) is not None


def verify(begun: PendingSignIn, factor: Factor, code: str) -> Verdict:
    """Checks six digits and, if they are the newest of this sign-in, uses them up."""
    verdict = _verdict(begun, factor, code)
    fault = _FORGIVEN.get(verdict)
    if fault and switchboard.active(fault, begun.provider.user_id) is not None:
        return Verdict.ACCEPTED
    return verdict


def _verdict(begun: PendingSignIn, factor: Factor, code: str) -> Verdict:
    now = timezone.now()
    given = _hash(begun.provider, code)
    newest = _newest(begun, factor)
    right = newest is not None and constant_time_compare(newest.code_hash, given)
    if not right:
        return _earlier(begun, given)
    if newest.used_at is None and now >= newest.sent_at + _lifetime():
        return Verdict.EXPIRED
    used = SentCode.objects.filter(pk=newest.pk, used_at=None).update(used_at=now)
    return Verdict.ACCEPTED if used else Verdict.USED


def _earlier(begun: PendingSignIn, given: str) -> Verdict:
    """What to say of digits that are not the newest: often those of the mail before."""
    found = SentCode.objects.filter(provider=begun.provider, code_hash=given).order_by("-sent_at")
    match found.first():
        case None:
            return Verdict.WRONG
        case row if row.used_at:
            return Verdict.USED
        case row if timezone.now() >= row.sent_at + _lifetime():
            return Verdict.EXPIRED
        case _:
            return Verdict.REPLACED


def _newest(begun: PendingSignIn, factor: Factor) -> SentCode | None:
    rows = SentCode.objects.filter(provider=begun.provider, sign_in=begun.pk, factor=factor)
    return rows.order_by("-sent_at", "-pk").first()


def _lifetime() -> timedelta:
    return timedelta(seconds=settings.CONFIGURATION.code_seconds)


def _deliver(provider: Provider, factor: Factor, code: str) -> bool:
    minutes = max(1, settings.CONFIGURATION.code_seconds // 60)
    if factor is Factor.EMAIL:
        return mail.send(
            provider.email,
            "Your sign-in code",
            "sign_in_code",
            name=provider.name,
            code=code,
            minutes=minutes,
        )
    return sms.send(
        provider.phone,
        f"{code} is your {BRAND.portal} sign-in code. It works once, for {minutes} minutes."
        " We will never ask you for it.",
    )


def _hash(provider: Provider, code: str) -> str:
    # A million codes are tried in no time: what protects the table is the key.
    return salted_hmac(
        "portal.second_factor.sent", f"{provider.pk} {code}", algorithm="sha256"
    ).hexdigest()
