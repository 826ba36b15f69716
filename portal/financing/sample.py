"""Plausible records of a practice: the same ones for the same practice, on the same day."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from dateutil.relativedelta import relativedelta
from faker import Faker

from portal.accounts.models import Practice
from portal.financing.models import (
    Application,
    CreditAccount,
    DailyFigures,
    Instalment,
    Patient,
    Transaction,
)
from portal.financing.terms import BY_CODE, TERMS, Terms

MONTHS = 18  # that the history goes back
APPLICATIONS = 18

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
_TAKEN = (6, 4, 2, 1)  # how often each of TERMS is taken: the shorter, the more often


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
        town=[(faker.city(), state := faker.state_abbr(False), faker.zipcode_in_state(state))
              for _ in range(60)],
    )  # fmt: skip


def patients(practice: Practice, count: int) -> list[Patient]:
    """Unsaved patients of ``practice``."""
    rng, names = _random(practice, "patients"), _names()
    made = []
    for number in range(1, count + 1):
        first, last = rng.choice(names.first), rng.choice(names.last)
        city, state, postcode = rng.choice(names.town)
        made.append(
            Patient(
                practice=practice,
                number=f"PT-{practice.code}-{number:04}",
                first_name=first,
                last_name=last,
                birth_date=date(1940, 1, 1) + timedelta(days=rng.randrange(66 * 365)),
                email=f"{first}.{last}.{number}@mail.example".lower().replace(" ", ""),
                phone=_phone(rng),
                street=rng.choice(names.street),
                city=city,
                state=state,
                postcode=postcode,
            )
        )
    return made


@dataclass(slots=True)
class History:
    """Unsaved accounts with all that happened on them; each refers to the objects before it."""

    accounts: list[CreditAccount] = field(default_factory=list)
    sales: list[Transaction] = field(default_factory=list)
    others: list[Transaction] = field(default_factory=list)  # payments and refunds
    instalments: list[Instalment] = field(default_factory=list)
    days: dict[tuple[date, str], list[Decimal]] = field(
        default_factory=lambda: defaultdict(lambda: [Decimal(0), Decimal(0)])
    )

    def daily_figures(self, practice: Practice) -> list[DailyFigures]:
        """The days' sums of all that was posted."""
        return [
            DailyFigures(practice=practice, day=day, kind=kind, count=int(count), amount=amount)
            for (day, kind), (count, amount) in self.days.items()
        ]


def history(
    practice: Practice, people: Sequence[Patient], transactions: int, now: datetime
) -> History:
    """An account for each of ``people`` and ``transactions`` of them, up to an hour ago."""
    made = History()
    writer = _HistoryWriter(practice, made, _random(practice, "history"), now)
    each, more = divmod(transactions, len(people)) if people else (0, 0)
    for number, patient in enumerate(people):
        writer.account(patient, each + (number < more))
    return made


class _HistoryWriter:
    def __init__(
        self, practice: Practice, made: History, rng: random.Random, now: datetime
    ) -> None:
        self.practice = practice
        self.made = made
        self.rng = rng
        self.now = now
        self._number = 0

    def account(self, patient: Patient, transactions: int) -> None:
        account = CreditAccount(
            practice=self.practice,
            patient=patient,
            number=patient.number.replace("PT-", "AC-", 1),
            credit_limit=Decimal(self.rng.randrange(12_000, 30_000, 500)),
            opened_on=(self.now - relativedelta(months=MONTHS)).date(),
        )
        self.made.accounts.append(account)
        left = transactions
        while left > 0:
            left -= self._sale(account, left)

    def _sale(self, account: CreditAccount, at_most: int) -> int:
        """A sale and what followed, in ``at_most`` transactions; gives how many there were."""
        rng = self.rng
        terms = rng.choices(TERMS, weights=_TAKEN)[0]
        # So old that each instalment due since then has room for its payment.
        months_ago = rng.randrange(min(MONTHS, at_most))
        sold_at = self.now - relativedelta(months=months_ago) - timedelta(
            days=rng.randrange(27), seconds=rng.randrange(3_600, 40_000)
        )  # fmt: skip
        most = max(int(terms.least_amount) + 500, 2_500)
        amount = Decimal(rng.randrange(int(terms.least_amount) * 100, most * 100, 25)) / 100
        sale = self._post(account, Transaction.Kind.SALE, amount, sold_at, terms)
        self.made.sales.append(sale)
        return 1 + self._pay_back(sale, terms, at_most - 1)

    def _pay_back(self, sale: Transaction, terms: Terms, at_most: int) -> int:
        """The instalments of ``sale``: those of the past paid, with now and then one missed."""
        paid = 0
        for number, due_on, amount in terms.schedule(sale.amount, sale.at.date()):
            due_at = datetime.combine(due_on, sale.at.timetz(), tzinfo=UTC)
            instalment = Instalment(
                practice=self.practice, sale=sale, number=number, due_on=due_on, amount=amount
            )
            self.made.instalments.append(instalment)
            days_late = (self.now - due_at).days
            missed = 0 <= days_late < 31 and self.rng.random() < 0.06
            if due_at < self.now and not missed and paid < at_most:
                paid += 1
                instalment.paid_at = due_at
                payment = self._post(sale.account, Transaction.Kind.PAYMENT, amount, due_at)
                self.made.others.append(payment)
            else:
                sale.account.balance += amount
                if due_on < self.now.date():
                    sale.account.status = CreditAccount.Status.PAST_DUE
        if not paid and at_most and self.rng.random() < 0.15:
            self._refund(sale)
            return 1
        return paid

    def _refund(self, sale: Transaction) -> None:
        """A part of ``sale``, of which nothing is paid yet, given back an hour later."""
        terms = BY_CODE[sale.terms]
        last = self.made.instalments[-1]
        amount = min(last.amount, sale.amount).quantize(Decimal("0.01"))
        if terms.months < 2:
            return
        at = min(sale.at + timedelta(hours=1), self.now)
        refund = self._post(sale.account, Transaction.Kind.REFUND, amount, at)
        refund.sale = sale
        refund.description = f"Refund of {sale.reference}"
        self.made.others.append(refund)
        self.made.instalments.pop()
        sale.account.balance -= amount

    def _post(
        self,
        account: CreditAccount,
        kind: Transaction.Kind,
        amount: Decimal,
        at: datetime,
        terms: Terms | None = None,
    ) -> Transaction:
        self._number += 1
        day = self.made.days[at.date(), kind]
        day[0] += 1
        day[1] += amount
        return Transaction(
            practice=self.practice,
            account=account,
            reference=f"T-{self.practice.code}-{self._number:07}",
            kind=kind,
            amount=amount,
            description=(
                self.rng.choice(treatments(self.practice)) if terms else "Payment received"
            ),
            terms=terms.code if terms else "",
            at=at,
        )


def applications(practice: Practice, now: datetime) -> Iterator[Application]:
    """Unsaved applications over the last six weeks, the newest an hour old."""
    rng, names = _random(practice, "applications"), _names()
    submitted_at = now - timedelta(hours=1)
    for number in range(APPLICATIONS):
        status = _STATUSES[number % len(_STATUSES)]
        if status is Application.Status.PENDING and number >= _WAITING:
            status = Application.Status.APPROVED
        first, last = rng.choice(names.first), rng.choice(names.last)
        city, state, postcode = rng.choice(names.town)
        decided = status is not Application.Status.PENDING
        yield Application(
            practice=practice,
            reference=f"A-{practice.code}-{1000 + APPLICATIONS - number}",
            status=status,
            first_name=first,
            last_name=last,
            birth_date=date(1950, 1, 1) + timedelta(days=rng.randrange(50 * 365)),
            email=f"{first}.{last}@mail.example".lower(),
            phone=_phone(rng),
            street=rng.choice(names.street),
            city=city,
            state=state,
            postcode=postcode,
            yearly_income=Decimal(rng.randrange(28_000, 140_000, 500)),
            yearly_housing=Decimal(rng.randrange(6_000, 30_000, 300)),
            treatment=rng.choice(treatments(practice)),
            amount=Decimal(rng.randrange(400, 9000, 50)),
            consented_at=submitted_at,
            created_at=submitted_at - timedelta(minutes=12),
            submitted_at=submitted_at,
            decided_at=submitted_at + timedelta(minutes=2) if decided else None,
            reason=(
                "Income does not cover the amount" if status is Application.Status.DECLINED else ""
            ),
        )
        submitted_at -= timedelta(hours=rng.randrange(20, 90))


def _phone(rng: random.Random) -> str:
    # 555-0100 to 555-0199 are kept for fiction in the North American numbering plan.
    return f"({rng.randrange(201, 990)}) 555-01{rng.randrange(100):02}"


def _random(practice: Practice, what: str) -> random.Random:
    return random.Random(f"meridian {practice.merchant_number} {what}")  # noqa: S311 - sample data
