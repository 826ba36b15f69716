"""Plausible applications and payments of a practice: the same ones for the same practice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from portal.accounts.models import Practice
from portal.financing.models import Application, Payment

APPLICATIONS = 18
PAYMENTS = 12

_FIRST = (
    "Grace", "Mateo", "Aisha", "Henrik", "Yuki", "Carla", "Dmitri", "Noor", "Felix", "Ada",
    "Samuel", "Lucia", "Kwame", "Ingrid", "Rafael", "Mei", "Tobias", "Zara",
)  # fmt: skip
_LAST = (
    "Bellamy", "Osei", "Marchetti", "Sandoval", "Kowalski", "Tran", "Fitzgerald", "Abebe",
    "Lindgren", "Popescu", "Hashimoto", "Delgado", "Novak", "Achterberg", "Singh",
)  # fmt: skip
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
_WAITING = 8


def applications(practice: Practice, now: datetime) -> Iterator[Application]:
    """Unsaved applications over the last six weeks, the newest an hour old."""
    rng = _random(practice, "applications")
    submitted_at = now - timedelta(hours=1)
    for number in range(APPLICATIONS):
        status = _STATUSES[number % len(_STATUSES)]
        if status is Application.Status.PENDING and number >= _WAITING:
            status = Application.Status.APPROVED
        yield Application(
            practice=practice,
            reference=f"A-{practice.merchant_number[3:]}-{1000 + APPLICATIONS - number}",
            patient=_patient(rng),
            treatment=rng.choice(_TREATMENTS[practice.specialty]),
            amount=Decimal(rng.randrange(400, 9000, 50)),
            status=status,
            submitted_at=submitted_at,
        )
        submitted_at -= timedelta(hours=rng.randrange(20, 90))


def payments(practice: Practice, now: datetime) -> Iterator[Payment]:
    """Unsaved payments from five weeks ago to two weeks ahead; one of the past is unpaid."""
    rng = _random(practice, "payments")
    for number in range(PAYMENTS):
        due = now + timedelta(days=13 - 4 * number, hours=-rng.randrange(1, 9))
        is_overdue = number == 5  # eight days ago
        is_paid = due < now and not is_overdue
        yield Payment(
            practice=practice,
            reference=f"P-{practice.merchant_number[3:]}-{5000 + PAYMENTS - number}",
            patient=_patient(rng),
            amount=Decimal(rng.randrange(4500, 48000)) / 100,
            due_on=due.date(),
            paid_at=due if is_paid else None,
        )


def _random(practice: Practice, what: str) -> random.Random:
    return random.Random(f"meridian {practice.merchant_number} {what}")  # noqa: S311 - sample data


def _patient(rng: random.Random) -> str:
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
