"""The User ID that a browser was asked to keep: in a signed cookie, and never a password."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

SECONDS = 365 * 24 * 60 * 60
_SALT = "portal.sign_in.remembered"


def cookie_name() -> str:
    """As the session's: bound to this host where there is TLS."""
    return "__Host-user-id" if settings.CONFIGURATION.https else "user-id"


def user_id(request: HttpRequest) -> str:
    """What was kept; "" where nothing was, or where the cookie is not one of ours."""
    return request.get_signed_cookie(cookie_name(), default="", salt=_SALT)


def keep(response: HttpResponse, value: str) -> None:
    """Keeps a User ID that was right."""
    response.set_signed_cookie(
        cookie_name(),
        value,
        salt=_SALT,
        max_age=SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.CONFIGURATION.https,
    )


def forget(response: HttpResponse) -> None:
    """Removes the cookie."""
    response.delete_cookie(cookie_name(), samesite="Lax")
