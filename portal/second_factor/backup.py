"""Backup codes: ten at a time, each good once, shown once.

Not django-otp's static device: it keeps the codes in plain text (NIST SP 800-63B-4, 3.1.2.2:
they SHALL be stored hashed), and what was used is deleted and so looks like a wrong one.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Provider
from portal.faults import switchboard
from portal.second_factor.models import BackupCode
from portal.second_factor.verdict import Verdict

COUNT = 10
LENGTH = 10  # base32: 50 bits, far above the 20 that NIST SP 800-63B-4, 3.1.2.1 asks for
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
# A code is random and tries at it are limited: the rounds are for a stolen table.
_ROUNDS = 10_000


def left(provider: Provider) -> int:
    """How many are still good."""
    return BackupCode.objects.filter(provider=provider, used_at=None).count()


@transaction.atomic
def renew(provider: Provider) -> tuple[str, ...]:
    """New codes for ``provider``; all earlier ones are void. The only time they can be read."""
    codes = tuple(
        base64.b32encode(secrets.token_bytes(7))[:LENGTH].decode().lower() for _ in range(COUNT)
    )
    remove(provider)
    BackupCode.objects.bulk_create(rows(provider, codes))
    return codes


def remove(provider: Provider) -> None:
    """Makes every code of ``provider`` void."""
    BackupCode.objects.filter(provider=provider).delete()


def rows(provider: Provider, codes: Iterable[str]) -> list[BackupCode]:
    """Unsaved rows for ``codes``."""
    return [BackupCode(provider=provider, code_hash=_hash(provider, code)) for code in codes]


def verify(provider: Provider, code: str) -> Verdict:
    """Checks a code and, if it is right, uses it up: of two at the same time one is refused."""
    found = BackupCode.objects.filter(provider=provider, code_hash=_hash(provider, code))
    again = switchboard.active("backup_code_reusable", provider.user_id) is not None
    if found.filter(used_at=None).update(used_at=timezone.now()) or (again and found.exists()):
        return Verdict.ACCEPTED
    return Verdict.USED if found.exists() else Verdict.WRONG


def in_groups(code: str) -> str:
    """As it is shown: "abcde-23456"."""
    return f"{code[:5]}-{code[5:]}"


def _hash(provider: Provider, code: str) -> str:
    salt = f"portal.second_factor.backup {provider.pk}".encode()
    return hashlib.pbkdf2_hmac("sha256", code.encode(), salt, _ROUNDS).hex()
