"""Planned maintenance, and incidents that were told to the public."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.db import models


class Phase(StrEnum):
    """Where a maintenance window stands."""

    PLANNED = "planned"
    UNDER_WAY = "under way"
    DONE = "done"


class MaintenanceWindow(models.Model):
    """A time in which nobody can use the portal, told beforehand.

    It ends when its people say so, not by the clock: a planned end that has passed must
    not open a portal that is still being worked on.
    """

    starts_at = models.DateTimeField()
    planned_end = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    message = models.CharField(max_length=300, blank=True)  # what is being done, for the public
    banner_hours = models.PositiveSmallIntegerField(default=24)  # told this long before

    class Meta:
        ordering = ("-starts_at",)

    def __str__(self) -> str:
        return f"Maintenance of {self.starts_at:%Y-%m-%d %H:%M} UTC"

    def clean(self) -> None:
        if self.starts_at and self.planned_end and self.planned_end <= self.starts_at:
            raise ValidationError({"planned_end": "The end must come after the start"})

    def phase(self, now: datetime) -> Phase:
        if self.ended_at is not None and self.ended_at <= now:
            return Phase.DONE
        return Phase.UNDER_WAY if self.starts_at <= now else Phase.PLANNED

    def is_announced(self, now: datetime) -> bool:
        """True in the time before it in which every page has a banner."""
        begins = self.starts_at - timedelta(hours=self.banner_hours)
        return self.phase(now) is Phase.PLANNED and begins <= now


class Incident(models.Model):
    """Something that did not work, as it is told to the public."""

    class Component(models.TextChoices):
        SIGN_IN = "sign-in", "Sign-in"
        DASHBOARD = "dashboard", "Dashboard"
        PAYMENTS = "payments", "Payments"
        MESSAGING = "messaging", "Messaging"

    component = models.CharField(max_length=12, choices=Component)
    title = models.CharField(max_length=120)
    text = models.TextField(max_length=2_000, blank=True)
    began_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-began_at",)

    def __str__(self) -> str:
        return self.title
