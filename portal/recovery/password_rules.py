"""What a password must be, and why one is refused (NIST SP 800-63B-4, 3.1.1.2).

Length, and not to be guessed; no rules of composition. ``problems`` is for every page
that sets a password; settings.py lists the validators.
"""

from __future__ import annotations

import re

from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError

from portal.accounts.models import Provider
from portal.brand import BRAND
from portal.faults import switchboard
from portal.second_factor import factors
from portal.second_factor.models import Factor

ALONE = 15  # characters, where the password is all that is asked for
WITH_SECOND_FACTOR = 8
LONGEST = 256  # bounds the work of hashing; 64 is the least that may be allowed

_RUNS = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "1234567890", "qwertyuiopasdfghjklzxcvbnm")


def problems(password: str, provider: Provider | None = None) -> list[str]:
    """Why ``password`` cannot be ``provider``'s: a sentence each; empty where it can."""
    about = provider.user_id if provider else None
    if switchboard.active("password_rules_off", about) is not None:
        return []
    composed = all(re.search(kind, password) for kind in (r"[A-Z]", r"\d", r"[^\w\s]"))
    if not composed and switchboard.active("password_composition", about) is not None:
        return ["Password must have a capital letter, a digit and a sign"]
    try:
        validate_password(password, provider)
    except ValidationError as error:
        return list(error.messages)
    return []


def shortest(provider: Provider | None) -> int:
    """The fewest characters that ``provider``'s password may have."""
    on = set(factors.of(provider)) if provider else set()
    # Codes by mail do not count: a mailbox is no second factor (NIST SP 800-63B-4, 3.1.3.1).
    enough = {Factor.APP, Factor.SMS}
    if provider and switchboard.active("mail_is_second_factor", provider.user_id) is not None:
        enough.add(Factor.EMAIL)
    return WITH_SECOND_FACTOR if on & enough else ALONE


class LengthValidator:
    """Long enough for an account without a second factor, or with one."""

    def validate(self, password: str, user: Provider | None = None) -> None:
        least = shortest(user)
        if len(password) < least:
            raise ValidationError(f"Password must be at least {least} characters")
        if len(password) > LONGEST:
            raise ValidationError(f"Password must be {LONGEST} characters or fewer")

    def get_help_text(self) -> str:
        return f"At least {ALONE} characters, or {WITH_SECOND_FACTOR} with a second factor."


class CommonValidator(CommonPasswordValidator):
    """None of those that leaked most often, nor one of them with a few more digits or signs.

    Few on Django's list are long enough to get here; people who are asked for more
    characters put them at the end.
    """

    def validate(self, password: str, user: Provider | None = None) -> None:
        plain = password.lower().strip()
        stem = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
        is_most_of_it = 2 * len(stem) >= len(plain)
        if plain in self.passwords or (is_most_of_it and stem in self.passwords):
            raise ValidationError(
                "Password must not be a common one: this is among the first that attackers try"
            )


class OwnWordsValidator:
    """Not made of what anybody knows of the account or of this portal."""

    def validate(self, password: str, user: Provider | None = None) -> None:
        known = {"your User ID": user.user_id, "your name": user.name} if user else {}
        known |= {"the name of this portal": BRAND.portal, "our name": BRAND.company}
        rest = plain = _plain(password)
        for what, text in known.items():
            if _plain(text) in plain:
                raise ValidationError(f"Password must not contain {what}")
        words = {word for text in known.values() for word in re.split(r"[\W_]+", text.lower())}
        for word in sorted(words, key=len, reverse=True):
            rest = rest.replace(word, "")
        if rest != plain and re.fullmatch(r"\d*", rest):
            raise ValidationError("Password must be more than names and a number")

    def get_help_text(self) -> str:
        return "Not your User ID, your name or the name of this portal."


class TooSimpleValidator:
    """Not one piece again and again, nor a run of the alphabet, the digits or the keyboard."""

    def validate(self, password: str, user: Provider | None = None) -> None:
        plain = password.lower()
        if re.fullmatch(r"(.{1,8}?)\1+", plain):
            raise ValidationError("Password must not be the same characters over and over")
        if any(plain in run * (len(plain) // len(run) + 2) for run in (*_RUNS, *_reversed())):
            raise ValidationError("Password must not be a run of neighbouring characters")

    def get_help_text(self) -> str:
        return "Not a repetition, nor a run such as 123456."


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def _reversed() -> tuple[str, ...]:
    return tuple(run[::-1] for run in _RUNS)
