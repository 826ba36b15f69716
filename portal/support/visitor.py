"""Who opens a socket: the session's provider, from a page of this portal."""

from __future__ import annotations

import time
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from portal.accounts.models import Provider
from portal.sign_in import session
from portal.sign_in.store import SessionStore


def provider_of(cookies: str) -> Provider | None:
    """Who is signed in with these cookies now; None: nobody."""
    key = _session_key(cookies)
    if key is None:
        return None
    request = HttpRequest()
    request.session = SessionStore(key)
    request.user = provider = get_user(request)
    if not provider.is_authenticated or not session.goes_on(request, time.time()):
        return None
    return provider if provider.standing == Provider.Standing.ACTIVE else None


def is_there(cookies: str) -> None:
    """Begins the idle time of the session anew: who writes is there, as who opens a page is."""
    if key := _session_key(cookies):
        session.used(key)


def _session_key(cookies: str) -> str | None:
    try:
        morsel = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    return morsel.value if morsel else None


def is_ours(origin: str, host: str) -> bool:
    """Whether a page of this portal asks: browsers let any page open a socket, with cookies."""
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    return origin.startswith(("http://", "https://")) and urlsplit(origin).netloc == host
