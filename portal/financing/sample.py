"""Plausible patients and applications: the same for the same practice, on the same day.

``history`` has what happened on the patients' accounts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

from faker import Faker

from portal.accounts.models import Practice
from portal.financing import decisions
from portal.financing.models import Application
from portal.financing.rows import PatientRow

APPLICATIONS = 18  # that were sent in
DRAFTS = 2

_TREATMENTS = {
    "Dentistry": ("Crown and bridge", "Dental implant", "Root canal"),
    "Optometry": ("Progressive lenses", "Laser vision correction", "Contact lens plan"),
    "Dermatology": ("Laser resurfacing", "Acne treatment plan", "Mole removal"),
    "Veterinary medicine": ("Cruciate surgery", "Dental cleaning", "Emergency care"),
    "Orthodontics": ("Clear aligners", "Braces, full treatment", "Retainers"),
}
# Half approved, a third waiting, the rest declined, in an order that shows all of them
# among the newest; the oldest ones have all been decided.
_STATUSES = (
    Application.Status.PENDING,
    Application.Status.APPROVED,
    Application.Status.APPROVED,
    Application.Status.PENDING,
    Application.Status.DECLINED,
    Application.Status.APPROVED,
)
_WAITING = 8  # the newest, of which some are not decided yet


def treatments(practice: Practice) -> tuple[str, ...]:
    """What the practice treats, as an application names it."""
    return _TREATMENTS[practice.specialty]


@dataclass(frozen=True, slots=True)
class _Names:
    """Faker's words, drawn once: to ask it for each of a hundred thousand people takes minutes."""

    first: Sequence[str]
    last: Sequence[str]
    street: Sequence[str]
    town: Sequence[tuple[str, str, str]]  # city, state, postcode


@cache
def _names() -> _Names:
    faker = Faker("en_US")
    faker.seed_instance(20_260_101)
    return _Names(
        first=[faker.first_name() for _ in range(400)],
        last=[faker.last_name() for _ in range(800)],
        street=[faker.street_address() for _ in range(400)],
        town=[(faker.city(), state := faker.state_abbr(False, False), faker.zipcode_in_state(state))
              for _ in range(60)],
    )  # fmt: skip


def patients(practice: Practice, count: int, keys: Iterator[int]) -> list[PatientRow]:
    """Patients of ``practice``, with the next of ``keys``."""
    rng, names = seeded_random(practice, "patients"), _names()
    made = []
    for number in range(1, count + 1):
        first, last = rng.choice(names.first), rng.choice(names.last)
        city, state, postcode = rng.choice(names.town)
        made.append(
            PatientRow(
                id=next(keys),
                practice_id=practice.pk,
                number=f"PT-{practice.code}-{number:04}",
                first_name=first,
                last_name=last,
                birth_date=str(date(1940, 1, 1) + timedelta(days=rng.randrange(66 * 365))),
                email=f"{first}.{last}.{number}@mail.example".lower().replace(" ", ""),
                phone=_phone(rng),
                street=rng.choice(names.street),
                city=city,
                state=state,
                postcode=postcode,
            )
        )
    return made


def applications(practice: Practice, now: datetime) -> Iterator[Application]:
    """Unsaved applications over the last six weeks, the newest an hour old, and drafts."""
    rng, names = seeded_random(practice, "applications"), _names()
    submitted_at = now - timedelta(hours=1)
    for number in range(APPLICATIONS):
        found = status = _STATUSES[number % len(_STATUSES)]
        if status is Application.Status.PENDING and number >= _WAITING:
            status = Application.Status.APPROVED  # by the analyst who had a look
        application, reason = _applicant(practice, rng, names, found)
        application.reference = f"A-{practice.code}-{1000 + APPLICATIONS - number}"
        application.status = status
        application.created_at = submitted_at - timedelta(minutes=12)
        application.submitted_at = application.consented_at = submitted_at
        if status is not Application.Status.PENDING:
            application.decided_at = submitted_at + timedelta(minutes=2)
        if status is not Application.Status.APPROVED:
            application.reason = reason
        yield application
        submitted_at -= timedelta(hours=rng.randrange(20, 90))
    for number in range(1, DRAFTS + 1):
        application, _ = _applicant(practice, rng, names, Application.Status.APPROVED)
        application.reference = f"A-{practice.code}-{1000 + APPLICATIONS + number}"
        application.created_at = now - timedelta(days=2 * number, hours=3)
        application.yearly_income = application.yearly_housing = application.amount = None
        application.treatment = ""
        yield application


def _applicant(
    practice: Practice, rng: random.Random, names: _Names, status: Application.Status
) -> tuple[Application, str]:
    """A draft with all that a patient enters, on which ``decisions`` decides as ``status``.

    With the reason of the decision.
    """
    first, last = rng.choice(names.first), rng.choice(names.last)
    city, state, postcode = rng.choice(names.town)
    application = Application(
        practice=practice,
        first_name=first,
        last_name=last,
        birth_date=date(1950, 1, 1) + timedelta(days=rng.randrange(50 * 365)),
        email=f"{first}.{last}@mail.example".lower().replace(" ", ""),
        phone=_phone(rng),
        street=rng.choice(names.street),
        city=city,
        state=state,
        postcode=postcode,
        treatment=rng.choice(treatments(practice)),
    )
    while True:
        income = Decimal(rng.randrange(14_000, 140_000, 500))
        housing = Decimal(rng.randrange(6_000, 30_000, 300))
        amount = Decimal(rng.randrange(400, 9000, 50))
        decision = decisions.decide(income, housing, amount)
        if decision.status == status:
            break
    application.yearly_income, application.yearly_housing = income, housing
    application.amount = amount
    return application, decision.reason


def _phone(rng: random.Random) -> str:
    # 555-0100 to 555-0199 are kept for fiction in the North American numbering plan.
    return f"({rng.randrange(201, 990)}) 555-01{rng.randrange(100):02}"


def seeded_random(practice: Practice, what: str) -> random.Random:
    """Chance that falls alike for the same practice each time."""
    return random.Random(f"meridian {practice.merchant_number} {what}")  # noqa: S311 - sample data
