"""Whose a session is."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from portal.accounts.models import Provider


class StandingBackend(ModelBackend):
    """Django's, but a session opens nothing once its provider is suspended or inactive.

    OWASP ASVS 5.0.0, 7.4.2. The right password of such an account is still told from a
    wrong one: ``refusal`` decides what is said.
    """

    def get_user(self, user_id: int) -> Provider | None:
        provider = super().get_user(user_id)
        if provider is None or provider.standing != Provider.Standing.ACTIVE:
            return None
        return provider
