"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class OwaspArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id at the minimum of the OWASP Password Storage Cheat Sheet: m=19 MiB, t=2, p=1.

    Django's default (100 MiB, eight lanes) takes a multiple of the time and memory for
    each sign-in, which matters where many run at once.
    """

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1
