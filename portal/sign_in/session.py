"""A provider's session: how it starts, how long it lasts, how it ends."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import Provider
from portal.faults import switchboard
from portal.messaging.lifetimes import in_words
from portal.sign_in import open_sessions
from portal.sign_in.store import IDLE_SECONDS, SessionStore, is_endless

_BACKEND = "portal.sign_in.backend.StandingBackend"
_SIGNED_IN_AT = "signed_in_at"


def start(request: HttpRequest, provider: Provider, now: float) -> None:
    """Signs ``provider`` in under a new session id (OWASP ASVS 5.0.0, 7.2.4).

    The one place that does so: call it when every factor has been checked.
    """
    auth.login(request, provider, backend=_BACKEND)
    request.session[_SIGNED_IN_AT] = now
    if provider.practice.own_idle_seconds:
        request.session[IDLE_SECONDS] = provider.practice.idle_seconds
    open_sessions.begin(request, provider, timezone.now())


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """How long a session goes on, in whole seconds."""

    idle: int  # without a request
    at_most: int  # whatever happens
    warning: int  # that the page warns before the end of either

    @property
    def idle_words(self) -> str:
        """As people say it: "15 minutes"."""
        return in_words(self.idle)


def time_left(request: HttpRequest, now: float) -> TimeLeft:
    """How long the session of this request goes on from ``now``."""
    idle = request.session.get_session_cookie_age()
    lifetime = settings.CONFIGURATION.session_seconds
    spent = age(request, now)
    # WCAG 2.2, 2.2.1 asks for 20 seconds at least; a test's session may be shorter than that.
    return TimeLeft(idle, max(0, int(lifetime - spent)), min(120, math.ceil(idle / 5)))


def end_others(request: HttpRequest) -> None:
    """Ends every session of the provider but this one, which goes on under a new id.

    Its overall lifetime goes on as well: it is no new sign-in.
    """
    if switchboard.active("other_sessions_kept", request) is None:
        request.user.end_sessions()
        auth.update_session_auth_hash(request, request.user)
    open_sessions.keep_only(request, request.user)


def context(request: HttpRequest) -> dict[str, Callable[[], TimeLeft]]:
    """Template context processor: ``time_left``, for pages that need a session.

    Not looked up before it is used: error pages are shown without a database, too.
    """
    return {"time_left": lambda: time_left(request, time.time())}


def end(request: HttpRequest) -> None:
    """Ends the session on the server: its cookie is worthless from here on."""
    open_sessions.forget(request)
    auth.logout(request)


def used(key: str) -> None:
    """Begins the idle time of the session ``key`` anew; one that is over stays over.

    Without saving it: a request may be changing what it holds, or ending it, just now.
    """
    store = SessionStore(key)
    kept = store.get_model_class().objects.filter(session_key=key, expire_date__gt=timezone.now())
    kept.update(expire_date=store.get_expiry_date())


def goes_on(request: HttpRequest, now: float) -> bool:
    """False for a session that is over by its lifetime, or was ended from another browser."""
    return not is_over(request, now) and open_sessions.note(request, timezone.now())


def is_over(request: HttpRequest, now: float) -> bool:
    """True for a session past its overall lifetime, however busy it has been."""
    if age(request, now) < settings.CONFIGURATION.session_seconds:
        return False
    return not is_endless(request.user.get_username())


def age(request: HttpRequest, now: float) -> float:
    """Seconds since the sign-in; 0 where nobody has signed in."""
    return now - request.session.get(_SIGNED_IN_AT, now)
