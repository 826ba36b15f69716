"""Whose a session is."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from portal.accounts.models import Provider
from portal.faults import switchboard


class StandingBackend(ModelBackend):
    """Django's, but a session opens nothing once its provider is suspended or inactive.

    OWASP ASVS 5.0.0, 7.4.2. The right password of such an account is still told from a
    wrong one: ``refusal`` decides what is said.
    """

    def get_user(self, user_id: int) -> Provider | None:
        provider = super().get_user(user_id)
        if provider is None or provider.standing == Provider.Standing.ACTIVE:
            return provider
        let_in = switchboard.active("standing_ignored", provider.user_id) is not None
        return provider if let_in else None
