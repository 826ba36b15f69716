"""Trusted devices: browsers on which the password is enough for some weeks.

The browser holds a random token, the database its hash. One cookie may hold the tokens of
several providers who share a browser; each counts for the provider it was made for, and no
token that a visitor brings is ever taken up for another one.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from portal.accounts.models import Provider
from portal.second_factor.models import TrustedDevice

COOKIE = "__Host-trusted-device" if settings.CONFIGURATION.https else "trusted-device"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_MOST = 5  # providers who share a browser


def days() -> str:
    """How long trust lasts, as the page says it: "30 days", or "90 seconds" in a test."""
    seconds = settings.CONFIGURATION.trust_seconds
    units = ((24 * 60 * 60, "day"), (60 * 60, "hour"), (60, "minute"), (1, "second"))
    size, unit = next((size, unit) for size, unit in units if seconds % size == 0)
    number = seconds // size
    return f"{number} {unit}{'' if number == 1 else 's'}"


def devices(provider: Provider) -> QuerySet[TrustedDevice]:
    """The devices that are trusted now."""
    return TrustedDevice.objects.filter(
        provider=provider,
        session_hash=provider.get_session_auth_hash(),
        expires_at__gt=timezone.now(),
    )


def of(request: HttpRequest, provider: Provider) -> TrustedDevice | None:
    """The browser of ``request``, if ``provider`` asked not to be asked again on it."""
    tokens = _tokens(request)
    if not tokens:
        return None
    found = devices(provider).filter(token_hash__in=map(_hash, tokens))
    return found.order_by("-expires_at").first()


def begin(request: HttpRequest, response: HttpResponse, provider: Provider) -> TrustedDevice:
    """Trusts the browser that ``response`` goes to, from now on."""
    lifetime = settings.CONFIGURATION.trust_seconds
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    TrustedDevice.objects.filter(provider=provider, expires_at__lte=now).delete()
    made = TrustedDevice.objects.create(
        provider=provider,
        token_hash=_hash(token),
        session_hash=provider.get_session_auth_hash(),
        expires_at=now + timedelta(seconds=lifetime),
    )
    response.set_cookie(
        COOKIE,
        ".".join([token, *_tokens(request)][:_MOST]),
        max_age=lifetime,
        secure=settings.CONFIGURATION.https,
        httponly=True,
        samesite="Lax",
    )
    return made


def forget(provider: Provider) -> None:
    """Asks for a code on every device again."""
    TrustedDevice.objects.filter(provider=provider).delete()


def _tokens(request: HttpRequest) -> list[str]:
    parts = request.COOKIES.get(COOKIE, "").split(".", _MOST)[:_MOST]
    return [part for part in parts if _TOKEN.fullmatch(part)]


def _hash(token: str) -> str:
    # 256 random bits cannot be found by trying: one round is enough.
    return hashlib.sha256(token.encode()).hexdigest()
