"""Practices and the providers who sign in for them."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models


class Practice(models.Model):
    """A dental, vision or medical practice that offers financing to its patients."""

    name = models.CharField(max_length=120)
    specialty = models.CharField(max_length=60)
    city = models.CharField(max_length=80)
    merchant_number = models.CharField(max_length=12, unique=True)

    def __str__(self) -> str:
        return self.name


class ProviderManager(BaseUserManager["Provider"]):
    """Finds providers by their User ID, which is what Django's backends ask for."""


class Provider(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in: a provider, or a member of a practice's staff."""

    user_id = models.CharField("User ID", max_length=64, unique=True)  # kept in lower case
    name = models.CharField(max_length=120)  # as the portal greets: "Dr. Amara Okafor"
    email = models.EmailField()
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="providers")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    objects = ProviderManager()

    USERNAME_FIELD = "user_id"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Of the first and last name, without a title: "AO"."""
        names = [part for part in self.name.split() if not part.endswith(".")]
        return "".join(part[0] for part in (names[:1] + names[1:][-1:])).upper()
