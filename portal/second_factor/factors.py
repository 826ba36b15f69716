"""Which factors a provider has."""

from __future__ import annotations

from dataclasses import dataclass

from portal.accounts.models import Provider
from portal.second_factor import backup, totp, trust
from portal.second_factor.models import Factor, SentChannel


@dataclass(frozen=True, slots=True)
class Overview:
    """What is on, for a page to say."""

    factors: tuple[Factor, ...]
    backup_codes_left: int
    trusted_devices: int

    @property
    def is_on(self) -> bool:
        """True where a password is not enough."""
        return bool(self.factors)

    @property
    def app(self) -> bool:
        return Factor.APP in self.factors

    @property
    def email(self) -> bool:
        return Factor.EMAIL in self.factors

    @property
    def sms(self) -> bool:
        return Factor.SMS in self.factors


def overview(provider: Provider) -> Overview:
    """What ``provider`` has set up."""
    return Overview(
        factors=of(provider),
        backup_codes_left=backup.left(provider),
        trusted_devices=trust.devices(provider).count(),
    )


def of(provider: Provider) -> tuple[Factor, ...]:
    """The factors of ``provider``, the one to ask for first; none: the password is enough.

    Backup codes stand in for another factor: alone they ask for nothing.
    """
    on = set(SentChannel.objects.filter(provider=provider).values_list("factor", flat=True))
    if totp.device_of(provider):
        on.add(Factor.APP)
    if not provider.phone:
        on.discard(Factor.SMS)
    if on and backup.left(provider):
        on.add(Factor.BACKUP)
    return tuple(factor for factor in Factor if factor in on)


def masked(provider: Provider, factor: Factor) -> str:
    """Where a code goes, told to somebody who may not be the provider: "s•••@practice.example"."""
    if factor is Factor.EMAIL:
        name, _, host = provider.email.rpartition("@")
        return f"{name[:1]}•••@{host}"
    return f"the number ending in {provider.phone[-4:]}"
