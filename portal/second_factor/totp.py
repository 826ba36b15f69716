"""Codes of an authenticator app: RFC 6238, six digits, 30 seconds."""

from __future__ import annotations

import base64
import time
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice


class Verdict(StrEnum):
    """What became of a code."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    USED = "used"  # right, but it or a later one has been accepted before


def device(provider: AbstractBaseUser, secret: str) -> TOTPDevice:
    """An unsaved device for ``provider`` with a base32 ``secret``."""
    key = base64.b32decode(secret).hex()
    return TOTPDevice(user=provider, name="Authenticator app", key=key, tolerance=1)


def device_of(provider: AbstractBaseUser) -> TOTPDevice | None:
    """The provider's confirmed device; None: the password is enough."""
    return TOTPDevice.objects.filter(user=provider, confirmed=True).first()


@transaction.atomic
def verify(provider: AbstractBaseUser, code: str) -> Verdict:
    """Checks six digits and, if they are right, uses them up.

    A code is good in its own 30 seconds and the ones before and after. Of two sign-ins
    with the same code one is refused: the transaction holds the row, or on SQLite the
    database, from before it is read. Raises ``TOTPDevice.DoesNotExist`` for a provider
    without a device.
    """
    found = TOTPDevice.objects.select_for_update().get(user=provider, confirmed=True)
    if found.verify_token(code):
        return Verdict.ACCEPTED
    expected = TOTP(found.bin_key, found.step, found.t0, found.digits)
    expected.time = time.time()
    return Verdict.USED if expected.verify(int(code), found.tolerance) else Verdict.WRONG
