"""Brings a database to its seeded state: tables, the cast, and each practice's records.

Needs Django to be set up, so it is imported after that.
"""

from __future__ import annotations

import zlib

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from portal.accounts.cast import CastMember
from portal.accounts.models import Practice, Provider
from portal.financing import sample
from portal.financing.models import Application, Payment
from portal.second_factor import totp


def prepare(cast: tuple[CastMember, ...]) -> None:
    """Creates what is missing; what is there already, used codes for one, stays as it is."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("clearsessions")
    present = set(Provider.objects.values_list("user_id", flat=True))
    seed(tuple(member for member in cast if member.user_id not in present))


@transaction.atomic
def seed(members: tuple[CastMember, ...]) -> None:
    """Creates accounts that are not there yet, each with a practice of its own."""
    now = timezone.now()
    # Members that share a password share its hash: hashing is what seeding would spend
    # its time on.
    hashes = {password: make_password(password) for password in {m.password for m in members}}
    practices = Practice.objects.bulk_create(_practice(member) for member in members)
    providers = Provider.objects.bulk_create(
        Provider(
            user_id=member.user_id,
            password=hashes[member.password],
            name=member.name,
            email=f"{member.user_id}@practice.example",
            practice=practice,
        )
        for member, practice in zip(members, practices, strict=True)
    )
    TOTPDevice.objects.bulk_create(
        totp.device(provider, member.totp_secret)
        for member, provider in zip(members, providers, strict=True)
        if member.totp_secret
    )
    Application.objects.bulk_create(a for p in practices for a in sample.applications(p, now))
    Payment.objects.bulk_create(a for p in practices for a in sample.payments(p, now))


def _practice(member: CastMember) -> Practice:
    return Practice(
        name=member.practice,
        specialty=member.specialty,
        city=member.city,
        merchant_number=f"MP-{zlib.crc32(member.key.encode()) % 10**8:08}",
    )
