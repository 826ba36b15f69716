"""What happened on a practice's accounts: sales, what was paid back of them, a few refunds.

The same for the same practice at the same moment. Amounts are whole cents and moments are
texts: a million transactions are made in seconds, which they would not be of objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from dateutil.relativedelta import relativedelta

from portal.accounts.models import Practice
from portal.financing.models import CreditAccount, Transaction
from portal.financing.rows import AccountRow, DailyRow, InstalmentRow, PatientRow, TransactionRow
from portal.financing.sample import seeded_random
from portal.financing.terms import BY_CODE, TERMS, Terms, months_after

MONTHS = 18  # that the history goes back
_TAKEN = (6, 4, 2, 1)  # how often each of TERMS is taken: the shorter, the more often
_MISSED = 0.06  # of the payments of the last month
_REFUNDED = 0.15  # of the sales of which nothing is paid yet
_DECLINED = 0.03  # of the sales
_HIGHEST_LIMIT = 24_500  # so that a sale may be over it, and is still at most $25,000
_EACH_CLOSED = 25  # one account in so many is closed, with all of it paid back
_SALE, _REFUND, _PAYMENT = (kind.value for kind in Transaction.Kind)
_POSTED, _REFUSED = (status.value for status in Transaction.Status)


@dataclass(slots=True)
class Account:
    """An account with all that happened on it."""

    row: AccountRow
    transactions: list[TransactionRow] = field(default_factory=list)
    instalments: list[InstalmentRow] = field(default_factory=list)


class Books:
    """A practice's history up to ``now``, written account by account.

    ``accounts_from`` and ``transactions_from`` give the keys of the rows.
    """

    def __init__(
        self,
        practice: Practice,
        treatments: Sequence[str],
        now: datetime,
        *,
        accounts_from: Iterator[int],
        transactions_from: Iterator[int],
    ) -> None:
        self._practice, self._code = practice.pk, practice.code
        self._treatments = treatments
        self._rng = seeded_random(practice, "history")
        now = now.astimezone(UTC).replace(microsecond=0, tzinfo=None)
        self._now, self._today = str(now), str(now.date())
        self._month_ago = str(now - timedelta(days=31))
        self._months = [now - relativedelta(months=n) for n in range(MONTHS + 1)]
        self._account_keys, self._keys = accounts_from, transactions_from
        self._number = self._sales = 0
        self._days: dict[tuple[str, str], list[int]] = {}  # count and cents

    def accounts(self, people: Sequence[PatientRow], transactions: int) -> Iterator[Account]:
        """An account for each of ``people``, with ``transactions`` on all of them."""
        each, more = divmod(transactions, len(people)) if people else (0, 0)
        for number, patient in enumerate(people):
            yield self._account(patient, number + 1, each + (number < more))

    def daily_figures(self) -> Iterator[DailyRow]:
        """The days' sums of all that was posted so far."""
        for (day, kind), (count, cents) in self._days.items():
            yield DailyRow(self._practice, day, kind, count, cents / 100)

    def _account(self, patient: PatientRow, number: int, transactions: int) -> Account:
        limit = self._rng.randrange(12_000, _HIGHEST_LIMIT, 500)
        row = AccountRow(
            id=next(self._account_keys),
            practice_id=self._practice,
            patient_id=patient.id,
            number=patient.number.replace("PT-", "AC-", 1),
            status=CreditAccount.Status.OPEN.value,
            credit_limit=limit,
            balance=0,
            opened_on=str(self._months[MONTHS].date()),
        )
        account = Account(row)
        closed = number % _EACH_CLOSED == 0
        owed, overdue = (self._closed if closed else self._open)(account, transactions)
        if closed:
            status = CreditAccount.Status.CLOSED
        else:
            status = CreditAccount.Status.PAST_DUE if overdue else CreditAccount.Status.OPEN
        account.row = row._replace(status=status.value, balance=owed / 100)
        return account

    def _open(self, account: Account, transactions: int) -> tuple[int, bool]:
        """Sales and what followed, in ``transactions``; what is owed, and if some is overdue."""
        rng, owed, overdue, left = self._rng, 0, False, transactions
        while left > 0:
            # So old that each instalment due since then has room for its payment.
            sold_at = self._moment(rng.randrange(min(MONTHS, left)))
            self._sales += 1
            # One at least in each practice that has three sales.
            if left > 1 and (self._sales == 3 or rng.random() < _DECLINED):
                self._decline(account, sold_at)
                left -= 1
            terms = rng.choices(TERMS, weights=_TAKEN)[0]
            cents = self._cents(terms)
            used, unpaid, late = self._sell(account, terms, cents, sold_at, left - 1, _MISSED)
            left, owed, overdue = left - 1 - used, owed + unpaid, overdue or late
        return owed, overdue

    def _closed(self, account: Account, transactions: int) -> tuple[int, bool]:
        """Sales that are paid back, and tries to buy that came too late."""
        terms, left = BY_CODE["NI-6"], transactions
        while left > terms.months:
            sold_at = self._moment(self._rng.randrange(terms.months + 1, MONTHS))
            used, *_ = self._sell(account, terms, self._cents(terms), sold_at, left - 1, missed=0)
            left -= 1 + used
        for _ in range(left):
            self._decline(account, self._moment(0))
        return 0, False

    def _moment(self, months_ago: int) -> datetime:
        rng = self._rng
        return self._months[months_ago] - timedelta(
            days=rng.randrange(27), seconds=rng.randrange(3_600, 40_000)
        )

    def _cents(self, terms: Terms) -> int:
        least = int(terms.least_amount)
        return self._rng.randrange(least * 100, max(least + 500, 2_500) * 100, 25)

    def _sell(
        self,
        account: Account,
        terms: Terms,
        cents: int,
        sold_at: datetime,
        at_most: int,
        missed: float,
    ) -> tuple[int, int, bool]:
        """A sale with its instalments: those of the past paid, with now and then one missed.

        Gives how many transactions followed, ``at_most`` so many, the cents that are still
        owed, and whether some of them are overdue.
        """
        rng, moment = self._rng, str(sold_at)
        sale = self._post(account, _SALE, cents, rng.choice(self._treatments), moment, terms.code)
        dues = terms.instalments(Decimal(cents) / 100)
        each, last = int(dues[0] * 100), int(dues[-1] * 100)
        clock, paid, unpaid, overdue = moment[10:], 0, 0, False
        for number, due_on in enumerate(_due_days(sold_at.date(), terms.months), start=1):
            amount = each if number < terms.months else last
            at = due_on + clock
            lately = self._month_ago < at <= self._now
            if at < self._now and paid < at_most and not (lately and rng.random() < missed):
                paid += 1
                self._post(account, _PAYMENT, amount, "Payment received", at)
            else:
                unpaid += amount
                overdue = overdue or due_on < self._today
                at = None
            account.instalments.append(
                InstalmentRow(self._practice, sale.id, number, due_on, amount / 100, at)
            )
        if not paid and at_most and rng.random() < _REFUNDED:
            # The last instalment, given back an hour later and so no longer owed.
            at = min(str(sold_at + timedelta(hours=1)), self._now)
            self._post(account, _REFUND, last, f"Refund of {sale.reference}", at, sale_id=sale.id)
            account.instalments.pop()
            return 1, unpaid - last, overdue
        return paid, unpaid, overdue

    def _decline(self, account: Account, tried_at: datetime) -> None:
        """A sale that was over the account's credit, or made on a closed one."""
        over = self._rng.randrange(25_00, 500_00, 25)
        self._post(
            account,
            _SALE,
            int(account.row.credit_limit) * 100 + over,
            self._rng.choice(self._treatments),
            str(tried_at),
            TERMS[0].code,
            status=_REFUSED,
        )

    def _post(
        self,
        account: Account,
        kind: str,
        cents: int,
        description: str,
        at: str,
        terms: str = "",
        status: str = _POSTED,
        sale_id: int | None = None,
    ) -> TransactionRow:
        self._number += 1
        if status == _POSTED:
            day = self._days.setdefault((at[:10], kind), [0, 0])
            day[0] += 1
            day[1] += cents
        row = TransactionRow(
            next(self._keys),
            self._practice,
            account.row.id,
            f"T-{self._code}-{self._number:07}",
            kind,
            status,
            cents / 100,
            description,
            terms,
            at,
            sale_id,
        )
        account.transactions.append(row)
        return row


@cache
def _due_days(sold_on: date, months: int) -> tuple[str, ...]:
    """When the instalments of a sale fall due; sales are made on few hundred days."""
    return tuple(str(months_after(sold_on, number)) for number in range(1, months + 1))
