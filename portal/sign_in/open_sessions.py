"""The sessions that a provider has, on whatever browser: listed, and ended one by one.

OWASP ASVS 5.0.0, 7.5.2: users can view their sessions and end any of them.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from portal.accounts.models import Provider
from portal.compatibility import browsers
from portal.second_factor import trust
from portal.second_factor.models import TrustedDevice
from portal.sign_in.models import OpenSession

_KEY = "open_session"  # in the session: its row
# The first that fits: Android also says Linux, and an iPhone also says Mac OS X.
_SYSTEMS = (
    ("Android", r"\bAndroid\b"),
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMac OS X\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b"),
)


def begin(request: HttpRequest, provider: Provider, now: datetime) -> None:
    """Lists the session that ``request`` has just begun."""
    lifetime = timedelta(seconds=settings.CONFIGURATION.session_seconds)
    provider.open_sessions.filter(started_at__lt=now - lifetime).delete()
    made = provider.open_sessions.create(
        session_hash=provider.get_session_auth_hash(),
        browser=describe(request.headers.get("User-Agent", "")),
        started_at=now,
        seen_at=now,
        trusted_device=trust.of(request, provider),
    )
    request.session[_KEY] = made.pk


def trusts(request: HttpRequest, device: TrustedDevice) -> None:
    """Notes that the browser of ``request``, which has just signed in, is trusted from now on."""
    OpenSession.objects.filter(pk=key_of(request)).update(trusted_device=device)


def note(request: HttpRequest, now: datetime) -> bool:
    """Notes that the session is in use; False where it was ended from another browser."""
    found = OpenSession.objects.filter(pk=key_of(request)).first() if key_of(request) else None
    if found is None:
        return True
    if found.ended_at:
        return False
    if now - found.seen_at >= _seen_within(
        timedelta(seconds=request.session.get_session_cookie_age())
    ):
        OpenSession.objects.filter(pk=found.pk).update(seen_at=now)
    return True


def of(provider: Provider, now: datetime) -> QuerySet[OpenSession]:
    """The provider's sessions that go on, the one seen last first."""
    idle = timedelta(seconds=provider.practice.idle_seconds)
    lifetime = timedelta(seconds=settings.CONFIGURATION.session_seconds)
    return provider.open_sessions.filter(
        session_hash=provider.get_session_auth_hash(),
        ended_at=None,
        seen_at__gt=now - idle - _seen_within(idle),
        started_at__gt=now - lifetime,
    )


def key_of(request: HttpRequest) -> int | None:
    """The row of the session of ``request``."""
    return request.session.get(_KEY)


@transaction.atomic
def end(found: OpenSession, now: datetime) -> None:
    """Ends a session: its browser is signed out with the next request that it makes.

    Whoever has that browser is not to get in again with the password alone.
    """
    OpenSession.objects.filter(pk=found.pk, ended_at=None).update(ended_at=now)
    TrustedDevice.objects.filter(pk=found.trusted_device_id).delete()


def keep_only(request: HttpRequest, provider: Provider) -> None:
    """Takes all but the session of ``request`` off the list: a new hash has ended them."""
    provider.open_sessions.exclude(pk=key_of(request)).delete()
    provider.open_sessions.update(session_hash=provider.get_session_auth_hash())


def forget(request: HttpRequest) -> None:
    """Takes the session of ``request`` off the list: it is over."""
    if key := key_of(request):
        OpenSession.objects.filter(pk=key).delete()


def describe(user_agent: str) -> str:
    """The browser as people call it: "Firefox 128 on Windows"."""
    browser = browsers.identify(user_agent)
    name = str(browser) if browser.name and browser.version else "Another browser"
    system = next((name for name, found in _SYSTEMS if re.search(found, user_agent[:512])), "")
    return f"{name} on {system}"[:80] if system else name[:80]


def _seen_within(idle: timedelta) -> timedelta:
    """How exactly it is known when a session was used: a write for each request is too much."""
    return min(timedelta(minutes=1), idle / 4)
