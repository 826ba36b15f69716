"""What is remembered of a request for recovery."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import models


class State(StrEnum):
    """What a request is still good for."""

    OPEN = "open"
    USED = "used"
    SUPERSEDED = "superseded"  # a newer one was asked for, or a newer one was used
    EXPIRED = "expired"


class RecoveryRequest(models.Model):
    """Somebody asked to be let back in, by typing a User ID or an email address.

    There is one for what nobody has, too: it has no provider and opens nothing, but is
    written and looked up with the same work, so that no time tells who has an account
    (OWASP Forgot Password Cheat Sheet).
    """

    CODE_TRIES = 5

    class Kind(models.TextChoices):
        LINK = "link"
        CODE = "code"
        USER_ID = "user-id"

    kind = models.CharField(max_length=8, choices=Kind)
    subject = models.CharField(max_length=254)  # what was typed, in lower case
    address = models.CharField(max_length=45)  # that asked; for the limits only
    provider = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    # Of the link's token, or keyed with SECRET_KEY of the code: never the secret itself.
    digest = models.CharField(max_length=64)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField(default=CODE_TRIES)
    confirmed_at = models.DateTimeField(null=True)  # the right code was typed
    used_at = models.DateTimeField(null=True)  # a new password was set
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["subject", "requested_at"]),
            models.Index(fields=["address", "requested_at"]),
            models.Index(fields=["digest"]),
            models.Index(fields=["requested_at"]),
        )

    def state(self, now: datetime) -> State:
        """Used comes first: whoever sets a password should not read that the link is too old."""
        if self.used_at:
            return State.USED
        if self.superseded_at:
            return State.SUPERSEDED
        return State.EXPIRED if self.expires_at <= now else State.OPEN
