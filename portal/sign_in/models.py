"""What is remembered of a sign-in: its failures, its first factor, and once it is a session."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class FailedTries(models.Model):
    """What axes' row of a User ID, which counts towards the next lock, has no column for."""

    # It goes with the row, whoever deletes that: portal.sign_in.lockout, the admin, a command.
    attempt = models.OneToOneField(
        "axes.AccessAttempt",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="failed_tries",
    )
    in_a_row = models.PositiveIntegerField(default=0)  # since the last sign-in, over all locks


class PendingSignIn(models.Model):
    """A sign-in whose password was right and whose code is still to come.

    It lies in the database, not in the session, so that wrong codes sent all at once are
    each counted.
    """

    CODE_TRIES = 5

    provider = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    started_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField(default=CODE_TRIES)


class OpenSession(models.Model):
    """A provider's session as the Account page lists it; the session itself is Django's.

    A session whose row is gone goes on. It is over once its row says that it was ended.
    """

    provider = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="open_sessions"
    )
    # The provider's session hash: with a new password this session is over, and so not listed.
    session_hash = models.CharField(max_length=64)
    browser = models.CharField(max_length=80)  # as people call it: "Firefox 128 on Windows"
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # from another browser
    # Of its browser, if it is one: trust ends with a session that is ended from elsewhere.
    trusted_device = models.ForeignKey(
        "second_factor.TrustedDevice", on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ("-seen_at", "-pk")

    def __str__(self) -> str:
        return self.browser
