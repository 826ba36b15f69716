"""What is kept of second factors, besides django-otp's TOTP devices.

Codes and tokens are kept as hashes only (NIST SP 800-63B-4, 3.1.2.2 and 3.1.3.2).
django-otp's static and mail devices keep them in plain text, forget used ones, and do not
bind a code to the sign-in that asked for it (OTP-4): so these tables are our own.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class Factor(models.TextChoices):
    """What a code comes from, in the order in which it is offered."""

    APP = "app", "Authenticator app"
    EMAIL = "email", "Email"
    SMS = "sms", "Text"
    BACKUP = "backup", "Backup codes"

    @property
    def is_sent(self) -> bool:
        """True where the portal sends the code itself."""
        return self in (Factor.EMAIL, Factor.SMS)


class SentChannel(models.Model):
    """A provider wants codes this way: to the address or number that is on file."""

    provider = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sent_channels"
    )
    factor = models.CharField(max_length=6, choices=Factor)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "factor"], name="one_channel_of_a_kind")
        ]


class SentCode(models.Model):
    """A code that went out for one sign-in; kept a day, to tell a used code from a wrong one."""

    provider = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    # A number, not a key into the table: the code is remembered when the sign-in is over.
    sign_in = models.BigIntegerField()
    factor = models.CharField(max_length=6, choices=Factor)
    code_hash = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["provider", "sent_at"], name="sent_codes_of")]


class BackupCode(models.Model):
    """One of the codes that a provider keeps for the day the phone is lost: good once."""

    provider = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="backup_codes"
    )
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "code_hash"], name="backup_code_once")
        ]


class TrustedDevice(models.Model):
    """A browser that a provider does not want to be asked for a code on, for some weeks."""

    provider = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="trusted_devices"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    # The provider's session hash then: it changes with the password, and when every session
    # is ended, and trust ends with it.
    session_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
