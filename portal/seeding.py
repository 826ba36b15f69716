"""Brings a database to its seeded state: tables, the cast, and each practice's records.

Needs Django to be set up, so it is imported after that.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import transaction
from django.test.utils import override_settings
from django.utils import timezone

from portal.accounts.cast import CastMember
from portal.accounts.models import Practice, Provider
from portal.bulk import Rows
from portal.financing import sample
from portal.financing.history import Books
from portal.financing.models import Application
from portal.financing.rows import MODELS, AccountRow, PatientRow, TransactionRow
from portal.second_factor import sample as second_factors
from portal.sign_in import lockout

_BATCH = 2_000  # applications of one INSERT


@dataclass(frozen=True, slots=True)
class Volume:
    """How many records there are: of the whole portal, or of one practice."""

    patients: int
    transactions: int


DEFAULT_SIZE = Volume(patients=200, transactions=2_000)
_INTERCHANGEABLE = Volume(patients=3, transactions=24)


def volumes(members: Sequence[CastMember], size: Volume) -> list[Volume]:
    """The records of the practices that ``members`` stand for: of the fixed ones, ``size`` in all.

    The first practice has half of them, the others share the rest.
    """
    fixed = sum(not member.interchangeable for member in members)
    found = []
    for number, member in enumerate(members):
        if member.interchangeable:
            found.append(_INTERCHANGEABLE)
        else:
            found.append(
                Volume(
                    _share(size.patients, number, fixed), _share(size.transactions, number, fixed)
                )
            )
    return found


def _share(whole: int, number: int, of: int) -> int:
    if of == 1:
        return whole
    each = whole // 2 // (of - 1)
    return whole - each * (of - 1) if number == 0 else each


def prepare(
    cast: tuple[CastMember, ...], size: Volume = DEFAULT_SIZE, *, temporary: bool = False
) -> bool:
    """Creates what is missing; what is there already, used codes for one, stays as it is.

    True if nothing was there before, so that the database is in its seeded state now.
    A ``temporary`` database gets its tables as they are today: no later version will ever
    open it, and the forty migrations that led there take a second.
    """
    none = {config.label: None for config in apps.get_app_configs()} if temporary else {}
    with override_settings(MIGRATION_MODULES=none):
        call_command("migrate", run_syncdb=temporary, verbosity=0, interactive=False)
    call_command("clearsessions")
    lockout.forget_unknown(timezone.now())
    present = set(Provider.objects.values_list("user_id", flat=True))
    seed(tuple(member for member in cast if member.user_id not in present), size)
    return not present


@transaction.atomic
def seed(members: tuple[CastMember, ...], size: Volume = DEFAULT_SIZE) -> None:
    """Creates accounts that are not there yet, and the practices that are new with them."""
    now = timezone.now()
    # Members that share a password share its hash, and hashes are made on every core: hashing
    # is what seeding would spend its time on.
    passwords = list({member.password for member in members})
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        hashes = dict(zip(passwords, threads.map(make_password, passwords), strict=True))
    practices = _practices(members, size, now)
    providers = Provider.objects.bulk_create(
        Provider(
            user_id=member.user_id,
            password=hashes[member.password],
            name=member.name,
            email=member.email,
            phone=member.phone,
            standing=member.standing,
            password_expired=member.password_expired,
            is_staff=member.is_staff,
            is_superuser=member.is_staff,
            practice=practices[member.practice],
        )
        for member in members
    )
    second_factors.create(zip(members, providers, strict=True))


def _practices(members: tuple[CastMember, ...], size: Volume, now: datetime) -> dict[str, Practice]:
    """The practices of ``members`` by name; those that are new are filled with records."""
    there = {practice.name: practice for practice in Practice.objects.all()}
    first: dict[str, CastMember] = {}
    for member in members:
        first.setdefault(member.practice, member)
    new = [member for name, member in first.items() if name not in there]
    made = Practice.objects.bulk_create(_practice(member) for member in new)
    _fill(list(zip(made, volumes(new, size), strict=True)), now)
    return there | {practice.name: practice for practice in made}


def _fill(practices: list[tuple[Practice, Volume]], now: datetime) -> None:
    """The records of practices that have none yet."""
    Application.objects.bulk_create(
        [a for practice, _ in practices for a in sample.applications(practice, now)],
        batch_size=_BATCH,
    )
    with Rows(MODELS, sum(volume.transactions for _, volume in practices)) as rows:
        patients, accounts, transactions = map(rows.keys, (PatientRow, AccountRow, TransactionRow))
        for practice, volume in practices:
            people = sample.patients(practice, volume.patients, patients)
            rows.add(people)
            books = Books(
                practice,
                sample.treatments(practice),
                now,
                accounts_from=accounts,
                transactions_from=transactions,
            )
            for account in books.accounts(people, volume.transactions):
                rows.add([account.row])
                rows.add(account.transactions)
                rows.add(account.instalments)
            rows.add(list(books.daily_figures()))


def _practice(member: CastMember) -> Practice:
    return Practice(
        name=member.practice,
        specialty=member.specialty,
        city=member.city,
        own_idle_seconds=member.idle_seconds,
        merchant_number=f"MP-{zlib.crc32(member.key.encode()) % 10**8:08}",
    )
