"""Files that only an account's own secrets open, and marks by which those are known again.

What is kept beside results can be as good as a password. Sealed with a key that is made
of the secrets of the account that it belongs to, it is worthless to who does not have them,
needs no key of its own to be kept anywhere, and ends with the secrets that it is of.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
import os
from typing import Any

from portalwatch.account import Account

_SALT_BYTES, _NONCE_BYTES = 16, 12
# Drawn once in a process, and kept with what it seals: that costs one derivation for each
# account, and not one for each run.
_SALT = os.urandom(_SALT_BYTES)


def seal(plain: bytes, account: Account, *, bound_to: bytes) -> bytes | None:
    """``plain`` as ``unseal`` opens it for the same ``bound_to`` alone, which says what it is.

    None where the account has no secret to seal it with.
    """
    secrets = _secrets_of(account)
    if secrets is None:
        return None
    nonce = os.urandom(_NONCE_BYTES)
    return b"".join((_SALT, nonce, _cipher(secrets, _SALT).encrypt(nonce, plain, bound_to)))


def unseal(sealed: bytes, account: Account, *, bound_to: bytes) -> bytes | None:
    """What was sealed; None where it is damaged, or of something or somebody else."""
    secrets = _secrets_of(account)
    head = _SALT_BYTES + _NONCE_BYTES
    if secrets is None or len(sealed) < head:
        return None
    from cryptography.exceptions import InvalidTag

    salt, nonce = sealed[:_SALT_BYTES], sealed[_SALT_BYTES:head]
    try:
        return bytes(_cipher(secrets, salt).decrypt(nonce, sealed[head:], bound_to))
    except InvalidTag:
        return None


def mark_of(account: Account) -> bytes | None:
    """By what ``is_marked`` knows the secrets of ``account`` again; None where it has none.

    Who finds it is told nothing of them, but can try guesses, slowly.
    """
    secrets = _secrets_of(account)
    return None if secrets is None else _SALT + _mark(secrets, _SALT)


def is_marked(account: Account, mark: bytes) -> bool:
    """Whether ``mark`` was made of the secrets that ``account`` has now."""
    secrets = _secrets_of(account)
    salt, rest = mark[:_SALT_BYTES], mark[_SALT_BYTES:]
    return secrets is not None and hmac.compare_digest(_mark(secrets, salt), rest)


def _mark(secrets: bytes, salt: bytes) -> bytes:
    # Not the key itself, which opens what is sealed with the same salt.
    return hmac.digest(_derived(secrets, salt), b"mark", "sha256")


def _secrets_of(account: Account) -> bytes | None:
    kept = (account.password, account.totp_secret)
    if not any(kept):
        return None
    return json.dumps([secret.reveal() if secret else None for secret in kept]).encode()


def _cipher(secrets: bytes, salt: bytes) -> Any:
    # Here, for it takes 8 MB, which the monitor's own process has no use for.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(_derived(secrets, salt))


@functools.lru_cache(maxsize=256)
def _derived(secrets: bytes, salt: bytes) -> bytes:
    """Slow on purpose (80 ms): a file must not be a quick way to guess at the password."""
    return hashlib.scrypt(secrets, salt=salt, n=2**15, r=8, p=1, maxmem=2**26, dklen=32)
