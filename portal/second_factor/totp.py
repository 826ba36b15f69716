"""Codes of an authenticator app: RFC 6238, six digits, 30 seconds."""

from __future__ import annotations

import base64
import time
from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.faults import switchboard
from portal.second_factor.verdict import Verdict

_NAME = "Authenticator app"
_SETTING_UP = timedelta(hours=1)  # that a key which was shown may still be confirmed


def device(provider: AbstractBaseUser, secret: str) -> TOTPDevice:
    """An unsaved device for ``provider`` with a base32 ``secret``."""
    key = base64.b32decode(secret).hex()
    return TOTPDevice(user=provider, name=_NAME, key=key, tolerance=1)


def device_of(provider: AbstractBaseUser) -> TOTPDevice | None:
    """The provider's confirmed device, if there is one."""
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
    if skew := switchboard.active("totp_clock_skew", provider.user_id):
        found.t0 -= int(skew["seconds"])  # never saved as such: see below
    accepted = found.verify_token(code)
    if skew:
        found.t0 += int(skew["seconds"])
        found.save(update_fields=["t0"])
    if accepted:
        return Verdict.ACCEPTED
    expected = TOTP(found.bin_key, found.step, found.t0, found.digits)
    expected.time = time.time()
    if not expected.verify(int(code), found.tolerance) or skew:
        return Verdict.WRONG
    replay = switchboard.active("totp_replay", provider.user_id)
    return Verdict.USED if replay is None else Verdict.ACCEPTED


# --- Setting it up


@transaction.atomic
def begin(provider: AbstractBaseUser) -> None:
    """Makes a new key of 160 bits (OTP-3), which counts for nothing until it is confirmed."""
    TOTPDevice.objects.filter(user=provider, confirmed=False).delete()
    TOTPDevice.objects.create(user=provider, name=_NAME, tolerance=1, confirmed=False)


def being_set_up(provider: AbstractBaseUser) -> TOTPDevice | None:
    """The device whose key the provider is to put into an app now."""
    return TOTPDevice.objects.filter(
        user=provider, confirmed=False, created_at__gte=timezone.now() - _SETTING_UP
    ).first()


@transaction.atomic
def confirm(provider: AbstractBaseUser, code: str) -> bool:
    """Turns the app on if ``code`` is one of its; an earlier app's codes end then.

    The code is used up by it: it opens no sign-in.
    """
    found = (
        TOTPDevice.objects.select_for_update()
        .filter(user=provider, confirmed=False, created_at__gte=timezone.now() - _SETTING_UP)
        .first()
    )
    if found is None or not found.verify_token(code):
        return False
    TOTPDevice.objects.filter(user=provider).exclude(pk=found.pk).delete()
    found.confirmed = True
    found.save(update_fields=["confirmed"])
    return True


def remove(provider: AbstractBaseUser) -> None:
    """Ends codes of an app, also of one that is being set up."""
    TOTPDevice.objects.filter(user=provider).delete()


def key_in_groups(found: TOTPDevice) -> str:
    """The key for people to type: "JBSW Y3DP …"."""
    key = base64.b32encode(found.bin_key).decode()
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))
