"""The payment plans that a sale can be made on, and the instalments that they lead to."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Terms:
    """A payment plan."""

    code: str
    name: str
    months: int
    yearly_rate: Decimal  # in per cent; 0: no interest
    least_amount: Decimal  # of a sale, US dollars
    deferred: bool = False  # no interest only if all is paid within the months

    def total(self, amount: Decimal) -> Decimal:
        """What is paid in all for a sale of ``amount``, to the cent."""
        return sum(self.instalments(amount), Decimal(0))

    def instalments(self, amount: Decimal) -> list[Decimal]:
        """What is due each month; the last one makes up for the cents of the others."""
        if not self.yearly_rate or self.deferred:
            each = (amount / self.months).quantize(_CENT, ROUND_HALF_UP)
            return [each] * (self.months - 1) + [amount - each * (self.months - 1)]
        # The annuity formula: equal payments at the month's rate.
        rate = self.yearly_rate / 1200
        growth = (1 + rate) ** self.months
        each = (amount * rate * growth / (growth - 1)).quantize(_CENT, ROUND_HALF_UP)
        return [each] * self.months

    def schedule(self, amount: Decimal, sold_on: date) -> Iterator[tuple[int, date, Decimal]]:
        """Number, day and amount of each instalment: the first a month after the sale."""
        for number, due in enumerate(self.instalments(amount), start=1):
            yield number, months_after(sold_on, number), due


TERMS = (
    Terms("NI-6", "6 months, no interest", 6, Decimal(0), Decimal(200)),
    Terms(
        "DI-12",
        "12 months, no interest if paid in full",
        12,
        Decimal("26.99"),
        Decimal(500),
        deferred=True,
    ),
    Terms("RA-24", "24 months, reduced rate of 14.90%", 24, Decimal("14.90"), Decimal(1000)),
    Terms("RA-48", "48 months, reduced rate of 16.90%", 48, Decimal("16.90"), Decimal(2500)),
)

BY_CODE = {terms.code: terms for terms in TERMS}


def offered(amount: Decimal) -> tuple[Terms, ...]:
    """The plans that a sale of ``amount`` can be made on."""
    return tuple(terms for terms in TERMS if amount >= terms.least_amount)


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    # By hand, for relativedelta takes ten times as long, and pages show whole schedules.
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
