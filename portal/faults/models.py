"""The faults that are on, each with where, for whom and how long."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction

from portal.faults import switchboard
from portal.faults.catalogue import CATALOGUE, Where


class ActiveFaults(models.QuerySet["ActiveFault"]):
    """Some of them."""

    def on(self, now: datetime) -> ActiveFaults:
        """Without those that are over by themselves."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=now))


class ActiveFault(models.Model):
    """A fault that is on, until it expires."""

    class Browser(models.TextChoices):
        CHROMIUM = "chromium"
        FIREFOX = "firefox"
        WEBKIT = "webkit"

    # Without choices in the database: the catalogue grows without a migration.
    name = models.CharField(max_length=40, help_text="See: python -m portal faults")
    path = models.CharField(
        max_length=200, blank=True, help_text="Such as /reports/*; empty: the fault's own"
    )
    account = models.CharField("User ID", max_length=64, blank=True, help_text="Empty: everybody")
    browser = models.CharField(max_length=10, choices=Browser, blank=True)
    probability = models.FloatField(
        default=1.0, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)]
    )
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: until removed")
    parameters = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ActiveFaults.as_manager()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuses a fault that would be on and never seen."""
        fault = CATALOGUE.get(self.name)
        if fault and self.account and not fault.of_account:
            raise ValidationError(
                f"{self.name} has no account: it is played before it is known whose it is."
                " Leave it out"
            )
        if fault is None or fault.where is not Where.HANDSHAKE:
            return
        if not settings.CONFIGURATION.tls:
            raise ValidationError(
                f"{self.name} cannot be played: this portal speaks plain HTTP"
                " (start it with --tls good)"
            )
        if self.path or self.account or self.browser:
            raise ValidationError(
                f"{self.name} has no path, account or browser: it is played before any of"
                " them is known. Leave them out"
            )

    def save(self, *args: object, **kwargs: object) -> None:
        """Takes effect with the next request."""
        super().save(*args, **kwargs)
        changed()

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        """Ends with the next request."""
        deleted = super().delete(*args, **kwargs)
        changed()
        return deleted


def changed() -> None:
    """Says that the table is not what it was: now to this thread, to all once it is committed."""
    switchboard.changed()
    transaction.on_commit(switchboard.changed)
