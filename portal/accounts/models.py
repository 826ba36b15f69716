"""Practices and the providers who sign in for them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.crypto import salted_hmac


class Practice(models.Model):
    """A dental, vision or medical practice that offers financing to its patients."""

    name = models.CharField(max_length=120)
    specialty = models.CharField(max_length=60)
    city = models.CharField(max_length=80)
    merchant_number = models.CharField(max_length=12, unique=True)
    own_idle_seconds = models.PositiveIntegerField(
        "Idle seconds",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="A session ends after this long without a request, where that is sooner than"
        " the portal's own time. Holds from the next sign-in",
    )

    def __str__(self) -> str:
        return self.name

    @property
    def code(self) -> str:
        """What the references of its records have in common: "40715523"."""
        return self.merchant_number.removeprefix("MP-")

    @property
    def idle_seconds(self) -> int:
        """That a session of its people lasts without a request: the practice may want less."""
        longest = settings.CONFIGURATION.idle_seconds
        return min(self.own_idle_seconds or longest, longest)


class ProviderManager(BaseUserManager["Provider"]):
    """Finds providers by their User ID, which is what Django's backends ask for."""


class Provider(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in: a provider, or a member of a practice's staff."""

    class Standing(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"  # by the company: a breach of policy
        INACTIVE = "inactive"  # not used for too long

    user_id = models.CharField("User ID", max_length=64, unique=True)  # kept in lower case
    name = models.CharField(max_length=120)  # as the portal greets: "Dr. Amara Okafor"
    email = models.EmailField()
    phone = models.CharField(max_length=20, blank=True)  # that texts can be sent to
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.ACTIVE)
    password_expired = models.BooleanField(default=False)
    sessions_epoch = models.PositiveIntegerField(default=0)  # counted up to end every session
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="providers")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    objects = ProviderManager()

    USERNAME_FIELD = "user_id"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name

    def end_sessions(self) -> None:
        """Ends every session there is, on any browser; the caller's own must be begun anew."""
        Provider.objects.filter(pk=self.pk).update(sessions_epoch=models.F("sessions_epoch") + 1)
        self.refresh_from_db(fields=["sessions_epoch"])

    def get_session_auth_hash(self) -> str:
        """What a session must carry to be this provider's: a new password ends it, too."""
        return salted_hmac(
            "portal.accounts.session", f"{self.password} {self.sessions_epoch}", algorithm="sha256"
        ).hexdigest()

    @property
    def initials(self) -> str:
        """Of the first and last name, without a title: "AO"."""
        names = [part for part in self.name.split() if not part.endswith(".")]
        return "".join(part[0] for part in (names[:1] + names[1:][-1:])).upper()
