"""Codes that the portal sends: six digits by mail or text, for one sign-in, good once.

NIST SP 800-63B-4, 3.1.3.2: at least six digits, at most 10 minutes, one use, and bound to
the sign-in that asked (OTP-4).
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator
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
from portal.messaging.lifetimes import in_words
from portal.second_factor.models import Factor, SentCode
from portal.second_factor.verdict import Verdict
from portal.sign_in.models import PendingSignIn

MOST_IN_A_WHILE = 30  # codes to one provider; texts cost money, and mail annoys
_WHILE = timedelta(minutes=10)
_KEPT = timedelta(days=1)


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
    newest = _newest(begun.provider, begun.pk, factor)
    if newest is None:
        return 0
    passed = (now - newest.sent_at).total_seconds()
    return max(0, math.ceil(settings.CONFIGURATION.resend_seconds - passed))


def was_sent(begun: PendingSignIn, factor: Factor) -> bool:
    """True where a code of that kind is under way for ``begun``."""
    return _newest(begun.provider, begun.pk, factor) is not None


def verify(begun: PendingSignIn, factor: Factor, code: str) -> Verdict:
    """Checks six digits and, if they are the newest of this sign-in, uses them up."""
    now = timezone.now()
    found = _found(begun, factor, code)
    if found is None:
        return Verdict.WRONG
    for verdict, fault in _broken_rules(begun, factor, found, now):
        if not _is_on(fault, begun.provider):
            return verdict
    # Of two tries at once, one is too late.
    used_up = SentCode.objects.filter(pk=found.pk, used_at=None).update(used_at=now)
    if used_up or _is_on("sent_code_reusable", begun.provider):
        return Verdict.ACCEPTED
    return Verdict.USED


def _found(begun: PendingSignIn, factor: Factor, code: str) -> SentCode | None:
    """The code that was typed; often it is that of the mail before, or of another tab."""
    given = _hash(begun.provider, code)
    newest = _newest(begun.provider, begun.pk, factor)
    if newest and constant_time_compare(newest.code_hash, given):
        return newest
    rows = SentCode.objects.filter(provider=begun.provider, code_hash=given)
    return rows.order_by("-sent_at", "-pk").first()


def _broken_rules(
    begun: PendingSignIn, factor: Factor, found: SentCode, now: datetime
) -> Iterator[tuple[Verdict, str]]:
    """Why a code is not good here, each rule with the fault that is to break it alone."""
    if found.used_at:
        yield Verdict.USED, "sent_code_reusable"
    if now >= found.sent_at + _lifetime():
        yield Verdict.EXPIRED, "sent_code_endless"
    # With its use a sign-in is over: whoever has a used code is in another one.
    if found.sign_in != begun.pk and not found.used_at:
        yield Verdict.REPLACED, "sent_code_unbound"
    if found != _newest(begun.provider, found.sign_in, factor):
        yield Verdict.REPLACED, ""  # which no fault breaks


def _is_on(fault: str, provider: Provider) -> bool:
    return bool(fault) and switchboard.active(fault, provider.user_id) is not None


def _newest(provider: Provider, sign_in: int, factor: Factor) -> SentCode | None:
    rows = SentCode.objects.filter(provider=provider, sign_in=sign_in, factor=factor)
    return rows.order_by("-sent_at", "-pk").first()


def _lifetime() -> timedelta:
    return timedelta(seconds=settings.CONFIGURATION.code_seconds)


def _deliver(provider: Provider, factor: Factor, code: str) -> bool:
    lifetime = in_words(settings.CONFIGURATION.code_seconds)
    if factor is Factor.EMAIL:
        return mail.send(
            provider.email,
            "Your sign-in code",
            "sign_in_code",
            name=provider.name,
            code=code,
            lifetime=lifetime,
        )
    return sms.send(
        provider.phone,
        f"{code} is your {BRAND.portal} sign-in code. It works once, for {lifetime}."
        " We will never ask you for it.",
    )


def _hash(provider: Provider, code: str) -> str:
    # A million codes are tried in no time: what protects the table is the key.
    return salted_hmac(
        "portal.second_factor.sent", f"{provider.pk} {code}", algorithm="sha256"
    ).hexdigest()
