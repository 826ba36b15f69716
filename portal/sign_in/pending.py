"""The time between the password and the code: nobody is signed in yet."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import Provider
from portal.sign_in.models import PendingSignIn

# Long enough for a code that is asked for late to live out its ten minutes.
LIFETIME = timedelta(minutes=20)
_SESSION_KEY = "pending_sign_in"
_PROVIDER_HASH = "pending_sign_in_hash"


def begin(request: HttpRequest, provider: Provider) -> PendingSignIn:
    """Remembers that ``provider`` gave the right password, under a new session id."""
    now = timezone.now()
    PendingSignIn.objects.filter(provider=provider, started_at__lt=now - LIFETIME).delete()
    request.session.cycle_key()
    pending = PendingSignIn.objects.create(provider=provider, started_at=now)
    request.session[_SESSION_KEY] = pending.pk
    request.session[_PROVIDER_HASH] = provider.get_session_auth_hash()
    return pending


def current(request: HttpRequest) -> PendingSignIn | None:
    """The sign-in that this browser has begun, unless it is over or too old.

    A new password, "sign out everywhere" and a suspension end it, too.
    """
    key = request.session.get(_SESSION_KEY)
    if key is None:
        return None
    begun = (
        PendingSignIn.objects.select_related("provider__practice")
        .filter(
            pk=key,
            started_at__gte=timezone.now() - LIFETIME,
            provider__is_active=True,
            provider__standing=Provider.Standing.ACTIVE,
        )
        .first()
    )
    if begun and begun.provider.get_session_auth_hash() != request.session.get(_PROVIDER_HASH):
        return None
    return begun


def take_try(pending: PendingSignIn) -> bool:
    """Spends one of the tries at the code; False if none was left.

    Spent before the code is looked at: of a hundred codes sent at once, only as many
    are compared as there are tries.
    """
    rows = PendingSignIn.objects.filter(pk=pending.pk, tries_left__gt=0)
    taken = rows.update(tries_left=F("tries_left") - 1) == 1
    if taken:
        pending.refresh_from_db(fields=["tries_left"])
    return taken


def discard(request: HttpRequest) -> None:
    """Forgets the sign-in that this browser has begun, if it has, and its session."""
    key = request.session.get(_SESSION_KEY)
    if key is not None:
        PendingSignIn.objects.filter(pk=key).delete()
        request.session.flush()
