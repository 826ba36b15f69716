"""Codes of an authenticator app: RFC 6238, six digits, 30 seconds."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.faults import switchboard
from portal.faults.catalogue import Value
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
    skew = switchboard.active("totp_clock_skew", provider.user_id)
    wide = switchboard.active("totp_wide_window", provider.user_id)
    clock = _clock(found, skew)
    if not (skew or wide) and found.verify_token(code):
        return Verdict.ACCEPTED
    tolerance = int(wide["steps"]) if wide else found.tolerance
    if not clock.verify(int(code), tolerance):
        return Verdict.WRONG
    if (skew or wide) and _use_up(found, clock.t(), tolerance):
        return Verdict.ACCEPTED
    replay = switchboard.active("totp_replay", provider.user_id)
    return Verdict.USED if replay is None else Verdict.ACCEPTED


def _clock(found: TOTPDevice, skew: Mapping[str, Value] | None) -> TOTP:
    """The device's codes around now, or around what a wrong clock takes for it."""
    clock = TOTP(found.bin_key, found.step, found.t0, found.digits)
    clock.time = time.time() + (skew["seconds"] if skew else 0)
    return clock


def _use_up(found: TOTPDevice, step: int, tolerance: int) -> bool:
    """Remembers a step that was accepted by a fault; False where it had been before.

    Not in the device: it would refuse right codes until the right clock has caught up.
    """
    if step == found.last_t:  # accepted when all was well
        return False
    lasts = (2 * tolerance + 1) * found.step  # seconds that a code is good
    return cache.add(f"totp-by-fault:{found.pk}:{step}", True, timeout=lasts)


# --- Setting it up


@transaction.atomic
def begin(provider: AbstractBaseUser) -> None:
    """Makes a new key of 160 bits (OTP-3), which counts for nothing until it is confirmed."""
    TOTPDevice.objects.filter(user=provider, confirmed=False).delete()
    begun = TOTPDevice(user=provider, name=_NAME, tolerance=1, confirmed=False)
    if switchboard.active("totp_short_key", provider.user_id) is not None:
        begun.key = begun.key[:20]
    begun.save()


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
    if found is None:
        return False
    if skew := switchboard.active("totp_clock_skew", provider.user_id):
        right = _clock(found, skew).verify(int(code), found.tolerance)
    else:
        right = found.verify_token(code)
    if not right:
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
