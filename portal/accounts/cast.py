"""The test accounts that every start of the portal has, the same each time.

Passwords and TOTP secrets stand here on purpose: they open nothing but this fictional
portal, and whoever monitors it must know them.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

_PARALLEL_PASSWORD = "Quiet-Orchard-Signal-58"  # noqa: S105 - see the module's docstring

_FIRST = ("Maya", "Owen", "Ines", "Theo", "Nadia", "Lucas", "Hana", "Elias", "Ruth", "Omar")
_LAST = ("Whitfield", "Castellan", "Nakamura", "Adeyemi", "Lindqvist", "Moreau", "Patel")
_PLACES = ("Alder", "Birch", "Clearwater", "Driftwood", "Elmhurst", "Foxglove", "Granite")
_FIELDS = (("Dental", "Dentistry"), ("Vision", "Optometry"), ("Dermatology", "Dermatology"))
_CITIES = ("Madison, WI", "Boise, ID", "Durham, NC", "Tucson, AZ", "Albany, NY")


@dataclass(frozen=True, slots=True)
class CastMember:
    """A seeded account, with what it takes to sign in as it."""

    key: str  # what tests and plans call it: "totp_1"
    user_id: str
    password: str
    name: str
    practice: str
    specialty: str
    city: str
    totp_secret: str | None  # base32; None: the password is enough


def cast(parallel: int = 0) -> tuple[CastMember, ...]:
    """The fixed members, then ``parallel`` interchangeable ones with a second factor."""
    return (*_FIXED, *(_parallel(number) for number in range(1, parallel + 1)))


def _secret(key: str) -> str:
    """A TOTP secret of 160 bits (RFC 4226, 4 recommends that length), fixed for ``key``."""
    digest = hashlib.sha256(f"meridian cast {key}".encode()).digest()
    return base64.b32encode(digest[:20]).decode()


def _parallel(number: int) -> CastMember:
    key = f"parallel-{number:03}"
    field, specialty = _FIELDS[number % len(_FIELDS)]
    return CastMember(
        key=key,
        user_id=key,
        password=_PARALLEL_PASSWORD,
        name=f"Dr. {_FIRST[number % len(_FIRST)]} {_LAST[number % len(_LAST)]}",
        practice=f"{_PLACES[number % len(_PLACES)]} {field} {number}",
        specialty=specialty,
        city=_CITIES[number % len(_CITIES)],
        totp_secret=_secret(key),
    )


_FIXED = (
    CastMember(
        key="basic",
        user_id="amara.okafor",
        password="Harbor-Lantern-Violet-27",  # noqa: S106
        name="Dr. Amara Okafor",
        practice="Cedar Grove Dental",
        specialty="Dentistry",
        city="Asheville, NC",
        totp_secret=None,
    ),
    CastMember(
        key="totp",
        user_id="daniel.reyes",
        password="Copper-Meadow-Atlas-61",  # noqa: S106
        name="Dr. Daniel Reyes",
        practice="Harborview Vision Care",
        specialty="Optometry",
        city="Duluth, MN",
        totp_secret=_secret("totp"),
    ),
    CastMember(
        key="totp_1",
        user_id="priya.raman",
        password="Silver-Thicket-Comet-34",  # noqa: S106
        name="Dr. Priya Raman",
        practice="Lakeside Dermatology",
        specialty="Dermatology",
        city="Burlington, VT",
        totp_secret=_secret("totp_1"),
    ),
    CastMember(
        key="totp_2",
        user_id="jonas.halvorsen",
        password="Maple-Beacon-Quartz-89",  # noqa: S106
        name="Dr. Jonas Halvorsen",
        practice="North Fork Veterinary",
        specialty="Veterinary medicine",
        city="Missoula, MT",
        totp_secret=_secret("totp_2"),
    ),
    CastMember(
        key="totp_3",
        user_id="leila.haddad",
        password="Amber-Willow-Cipher-15",  # noqa: S106
        name="Dr. Leila Haddad",
        practice="Stonebridge Orthodontics",
        specialty="Orthodontics",
        city="Santa Fe, NM",
        totp_secret=_secret("totp_3"),
    ),
)
