"""Where sessions lie: in Django's table, which gives none back that has been idle too long."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from portal.accounts.models import Provider
from portal.faults import switchboard

IDLE_SECONDS = "idle_seconds"


class SessionStore(db.SessionStore):
    """Django's own, but a session may have an idle time of its own, under ``IDLE_SECONDS``.

    Not by Django's ``set_expiry``, which makes its cookie one that outlives the browser.

    And with a fault: while ``session_endless`` is on, idle sessions are given back. Nothing of
    it is written into them, so it begins and ends with the fault.
    """

    def get_session_cookie_age(self) -> int:
        """Seconds that the session lasts without a request."""
        return self.get(IDLE_SECONDS, settings.CONFIGURATION.idle_seconds)

    def load(self) -> dict[str, Any]:
        key = self.session_key
        if found := super().load():
            return found
        if idle := self._idle(key):
            self._session_key = key  # which Django has forgotten by now
        return idle

    def _idle(self, key: str | None) -> dict[str, Any]:
        if not key or not switchboard.rows():
            return {}
        row = self.model.objects.filter(session_key=key).first()
        held = self.decode(row.session_data) if row else {}
        provider = Provider.objects.filter(pk=held.get(SESSION_KEY)).first()
        return held if provider and is_endless(provider.user_id) else {}


def is_endless(user_id: str) -> bool:
    """True where a fault lets the sessions of this account go on for ever."""
    return switchboard.active("session_endless", user_id) is not None
