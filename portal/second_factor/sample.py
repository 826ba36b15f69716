"""The factors that seeded accounts have from the beginning."""

from __future__ import annotations

from collections.abc import Iterable

from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts.cast import CastMember
from portal.accounts.models import Provider
from portal.second_factor import backup, totp
from portal.second_factor.models import BackupCode, Factor, SentChannel


def create(pairs: Iterable[tuple[CastMember, Provider]]) -> None:
    """Gives each provider the factors of the cast member it stands for."""
    pairs = list(pairs)
    TOTPDevice.objects.bulk_create(
        totp.device(provider, member.totp_secret)
        for member, provider in pairs
        if member.totp_secret
    )
    SentChannel.objects.bulk_create(
        SentChannel(provider=provider, factor=factor)
        for member, provider in pairs
        for factor in (Factor.EMAIL, Factor.SMS)
        if factor in member.factors
    )
    BackupCode.objects.bulk_create(
        row for member, provider in pairs for row in backup.rows(provider, member.backup_codes)
    )
