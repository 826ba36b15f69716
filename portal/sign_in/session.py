"""A provider's session: how it starts, how long it lasts, how it ends."""

from __future__ import annotations

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest

from portal.accounts.models import Provider

_BACKEND = "django.contrib.auth.backends.ModelBackend"
_SIGNED_IN_AT = "signed_in_at"


def start(request: HttpRequest, provider: Provider, now: float) -> None:
    """Signs ``provider`` in under a new session id (OWASP ASVS 5.0.0, 7.2.4).

    The one place that does so: call it when every factor has been checked.
    """
    auth.login(request, provider, backend=_BACKEND)
    request.session[_SIGNED_IN_AT] = now


def end(request: HttpRequest) -> None:
    """Ends the session on the server: its cookie is worthless from here on."""
    auth.logout(request)


def is_over(request: HttpRequest, now: float) -> bool:
    """True for a session past its overall lifetime, however busy it has been."""
    signed_in_at = request.session.get(_SIGNED_IN_AT)
    lifetime = settings.CONFIGURATION.session_seconds
    return signed_in_at is not None and now - signed_in_at >= lifetime
