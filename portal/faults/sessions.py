"""Reading and writing sessions behind Django's back, which some faults need."""

from __future__ import annotations

import asyncio
from http.cookies import CookieError, SimpleCookie

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session

from portal.accounts.models import Provider
from portal.faults.switchboard import reader
from portal.sign_in.store import SessionStore


async def account_of(cookies: str) -> str:
    """The User ID of whoever's session these cookies hold; "" for nobody's."""
    try:
        morsel = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    if morsel is None:
        return ""
    return await asyncio.get_running_loop().run_in_executor(reader, user_id_of, morsel.value)


def user_id_of(key: str) -> str:
    """The User ID of whoever's session has this id; "" for nobody's."""
    number = SessionStore(key).get(SESSION_KEY)
    return Provider.objects.filter(pk=number).values_list("user_id", flat=True).first() or ""


def saved(key: str | None) -> Session | None:
    """The session as it lies in the database."""
    return Session.objects.filter(session_key=key).first() if key else None


def bring_back(session: Session) -> None:
    """Undoes the end of a session."""
    Session(session.session_key, session.session_data, session.expire_date).save()


def carry_on(provider: Provider) -> None:
    """Makes the sessions of ``provider`` good again after all that ended them."""
    for session in Session.objects.all():
        store = SessionStore(session.session_key)
        if store.get(SESSION_KEY) == str(provider.pk):
            store[HASH_SESSION_KEY] = provider.get_session_auth_hash()
            store.save()


def rename(old: str, new: str) -> None:
    """Gives a session another id."""
    if session := saved(old):
        bring_back(Session(new, session.session_data, session.expire_date))
        session.delete()
