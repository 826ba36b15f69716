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
    totp_secret: str | None = None  # base32
    factors: tuple[str, ...] = ()  # besides TOTP: "email", "sms", "backup"
    phone: str = ""  # where texts go
    backup_codes: tuple[str, ...] = ()  # each good once
    standing: str = "active"  # a value of Provider.Standing
    password_expired: bool = False
    is_staff: bool = False  # may use the administration
    idle_seconds: int | None = None  # that the practice's sessions last; None: the portal's time

    @property
    def email(self) -> str:
        """Where mail goes."""
        return f"{self.user_id}@practice.example"

    @property
    def interchangeable(self) -> bool:
        """True for one of many that are alike: see ``cast``."""
        return self.key.startswith("parallel-")


def cast(parallel: int = 0) -> tuple[CastMember, ...]:
    """The fixed members, then ``parallel`` interchangeable ones with a second factor."""
    return (*_FIXED, *(_parallel(number) for number in range(1, parallel + 1)))


def _secret(key: str) -> str:
    """A TOTP secret of 160 bits (RFC 4226, 4 recommends that length), fixed for ``key``."""
    digest = hashlib.sha256(f"meridian cast {key}".encode()).digest()
    return base64.b32encode(digest[:20]).decode()


def _backup_codes(key: str) -> tuple[str, ...]:
    """Ten codes of 50 bits for ``key``, as a member would have written them down."""
    digests = (hashlib.sha256(f"meridian backup {key} {n}".encode()).digest() for n in range(10))
    return tuple(base64.b32encode(digest)[:10].decode().lower() for digest in digests)


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
    CastMember(
        key="email_code",
        user_id="sofia.brandt",
        password="Ember-Canyon-Ribbon-42",  # noqa: S106
        name="Sofia Brandt",
        practice="Cedar Grove Dental",
        specialty="Dentistry",
        city="Asheville, NC",
        factors=("email",),
    ),
    CastMember(
        key="sms_code",
        user_id="marcus.tully",
        password="Walnut-Harbor-Prism-73",  # noqa: S106
        name="Marcus Tully",
        practice="Cedar Grove Dental",
        specialty="Dentistry",
        city="Asheville, NC",
        factors=("sms",),
        phone="+12025550143",
    ),
    CastMember(
        key="backup_codes",
        user_id="helen.achebe",
        password="Juniper-Falcon-Slate-56",  # noqa: S106
        name="Helen Achebe",
        practice="Cedar Grove Dental",
        specialty="Dentistry",
        city="Asheville, NC",
        totp_secret=_secret("backup_codes"),
        factors=("backup",),
        backup_codes=_backup_codes("backup_codes"),
    ),
    CastMember(
        key="all_factors",
        user_id="victor.lindahl",
        password="Cobalt-Garden-Anchor-18",  # noqa: S106
        name="Victor Lindahl",
        practice="Cedar Grove Dental",
        specialty="Dentistry",
        city="Asheville, NC",
        totp_secret=_secret("all_factors"),
        factors=("email", "sms", "backup"),
        phone="+12025550144",
        backup_codes=_backup_codes("all_factors"),
    ),
    CastMember(
        key="no_factor_yet",
        user_id="paula.jensen",
        password="Saffron-Bridge-Lumen-64",  # noqa: S106
        name="Paula Jensen",
        practice="Cedar Grove Dental",
        specialty="Dentistry",
        city="Asheville, NC",
    ),
    CastMember(
        key="suspended",
        user_id="grant.osborne",
        password="Pewter-Lagoon-Thistle-92",  # noqa: S106
        name="Grant Osborne",
        practice="Cedar Grove Dental",
        specialty="Dentistry",
        city="Asheville, NC",
        standing="suspended",
    ),
    CastMember(
        key="inactive",
        user_id="irene.castillo",
        password="Dahlia-Quarry-Signet-37",  # noqa: S106
        name="Irene Castillo",
        practice="Cedar Grove Dental",
        specialty="Dentistry",
        city="Asheville, NC",
        standing="inactive",
    ),
    CastMember(
        key="expired_password",
        user_id="noah.feldman",
        password="Birch-Compass-Velvet-81",  # noqa: S106
        name="Noah Feldman",
        practice="Cedar Grove Dental",
        specialty="Dentistry",
        city="Asheville, NC",
        password_expired=True,
    ),
    CastMember(
        key="lockout",
        user_id="tessa.morgan",
        password="Granite-Swallow-Opal-29",  # noqa: S106
        name="Tessa Morgan",
        practice="Cedar Grove Dental",
        specialty="Dentistry",
        city="Asheville, NC",
    ),
    CastMember(
        key="lockout_totp",
        user_id="arjun.mehta",
        password="Cinder-Meadow-Locket-75",  # noqa: S106
        name="Arjun Mehta",
        practice="Cedar Grove Dental",
        specialty="Dentistry",
        city="Asheville, NC",
        totp_secret=_secret("lockout_totp"),
    ),
    CastMember(
        key="recovery",
        user_id="clara.novak",
        password="Russet-Pebble-Beacon-46",  # noqa: S106
        name="Clara Novak",
        practice="Cedar Grove Dental",
        specialty="Dentistry",
        city="Asheville, NC",
    ),
    CastMember(
        key="recovery_totp",
        user_id="simon.okoye",
        password="Indigo-Prairie-Hinge-53",  # noqa: S106
        name="Simon Okoye",
        practice="Cedar Grove Dental",
        specialty="Dentistry",
        city="Asheville, NC",
        totp_secret=_secret("recovery_totp"),
    ),
    CastMember(
        key="short_session",
        user_id="mina.solberg",
        password="Topaz-Meander-Anvil-38",  # noqa: S106
        name="Dr. Mina Solberg",
        practice="Riverbend Dermatology",
        specialty="Dermatology",
        city="Ithaca, NY",
        idle_seconds=20,
    ),
    CastMember(
        key="staff",
        user_id="meridian.admin",
        password="Onyx-Lighthouse-Fern-60",  # noqa: S106
        name="Robin Hale",
        practice="Cedar Grove Dental",
        specialty="Dentistry",
        city="Asheville, NC",
        is_staff=True,
    ),
)
