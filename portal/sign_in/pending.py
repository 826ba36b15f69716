"""The time between the password and the code: nobody is signed in yet."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import Provider
from portal.sign_in.models import PendingSignIn

LIFETIME = timedelta(minutes=10)
_SESSION_KEY = "pending_sign_in"


def begin(request: HttpRequest, provider: Provider) -> None:
    """Remembers that ``provider`` gave the right password, under a new session id."""
    now = timezone.now()
    PendingSignIn.objects.filter(provider=provider, started_at__lt=now - LIFETIME).delete()
    request.session.cycle_key()
    pending = PendingSignIn.objects.create(provider=provider, started_at=now)
    request.session[_SESSION_KEY] = pending.pk


def current(request: HttpRequest) -> PendingSignIn | None:
    """The sign-in that this browser has begun, unless it is over or too old."""
    key = request.session.get(_SESSION_KEY)
    if key is None:
        return None
    return (
        PendingSignIn.objects.select_related("provider__practice")
        .filter(pk=key, started_at__gte=timezone.now() - LIFETIME)
        .first()
    )


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
