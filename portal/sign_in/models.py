"""What is remembered of a sign-in between its two factors."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class PendingSignIn(models.Model):
    """A sign-in whose password was right and whose code is still to come.

    It lies in the database, not in the session, so that wrong codes sent all at once are
    each counted.
    """

    CODE_TRIES = 5

    provider = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    started_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField(default=CODE_TRIES)
