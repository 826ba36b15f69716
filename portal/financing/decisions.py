"""Deciding on an application: the same figures always lead to the same decision.

What counts is what a year's income leaves after housing, and after the credit that the
patient has at the practice already, used or not, and how much of that is asked for:

| of what is left | decision |
| --- | --- |
| income under $12,000 | declined |
| nothing is left | declined |
| amount up to 20 % | approved, with a limit of those 20 % rounded down to $100, at most $25,000 |
| amount up to 40 % | pending: somebody looks at it |
| more | declined |

A monitor can therefore ask for each decision. With housing of $12,000 and an amount of
$2,500: an income of $60,000 is approved with a limit of $9,600, $20,000 is pending, and
$13,000 is declined.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from portal.financing.models import Application

LEAST_INCOME = Decimal(12_000)
HIGHEST_LIMIT = Decimal(25_000)
_APPROVED_SHARE = Decimal("0.20")
_REVIEWED_SHARE = Decimal("0.40")


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of an application."""

    status: Application.Status
    reason: str = ""  # for the provider to read, unless it is approved
    limit: Decimal = Decimal(0)  # of the account, if it is approved


def decide(
    income: Decimal, housing: Decimal, amount: Decimal, granted: Decimal = Decimal(0)
) -> Decision:
    """The decision on ``amount`` for a yearly ``income`` of which ``housing`` is spent.

    ``granted`` is the credit of the accounts that the patient has already: a limit that is
    not used today may be tomorrow, and the same income must not be lent on twice.
    """
    left = income - housing - granted
    if income < LEAST_INCOME:
        return Decision(Application.Status.DECLINED, f"Income is under ${LEAST_INCOME:,} a year")
    if left <= 0:
        what = "Housing costs and credit granted before" if granted else "Housing costs"
        return Decision(Application.Status.DECLINED, f"{what} take up the income")
    if amount <= left * _APPROVED_SHARE:
        # The amount itself was found to be affordable, so rounding must not undercut it.
        limit = max(amount, left * _APPROVED_SHARE // 100 * 100)
        return Decision(Application.Status.APPROVED, limit=min(limit, HIGHEST_LIMIT))
    if amount <= left * _REVIEWED_SHARE:
        return Decision(
            Application.Status.PENDING, "A credit analyst is looking at the income and the amount"
        )
    return Decision(Application.Status.DECLINED, "Income does not cover the amount")
