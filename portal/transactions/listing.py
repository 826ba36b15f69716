"""Finding transactions among a million: which index answers what is asked.

Filters and orders walk one of four indexes (see ``Transaction``) that hold all they look at,
so rows are only read for the page shown. A text is looked up first, as references or as
accounts, and what it leads to is few enough to be sorted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from portal.accounts.models import Practice
from portal.faults import switchboard
from portal.financing.models import CreditAccount, Transaction

MOST_ACCOUNTS = 1_000  # that a text may stand for
MOST_SORTED = 150_000  # transactions of theirs
_FEW = 20_000  # rows that are quicker sorted than looked for in another order
_ORDERS = {
    "-at": ("-at", "-pk"),
    "at": ("at", "pk"),
    "-amount": ("-amount", "-at", "-pk"),
    "amount": ("amount", "at", "pk"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """Transactions in their order."""

    rows: QuerySet[Transaction]
    count: int
    too_many: bool = False  # some accounts that the text stands for were not looked at


def find(practice: Practice, asked: dict[str, Any]) -> Found:
    """The practice's transactions that ``asked`` describes: a FilterForm's cleaned data."""
    if switchboard.active("filters_ignored") is not None:
        asked = {}
    order = _ORDERS[asked.get("sort") or "-at"]
    if asked.get("q"):
        return _search(practice, asked, order)
    rows = practice.transactions.filter(_of_status(asked), _of_kind(asked))
    count = _count(practice, asked)
    if "amount" in order[0] and asked.get("status") == Transaction.Status.DECLINED:
        # Few, and found by their index; the one of amounts would be walked for their order.
        rows = rows.filter(_between(asked, "at")).alias(size=Coalesce("amount", "amount"))
        return Found(rows.order_by(*(name.replace("amount", "size") for name in order)), count)
    if "amount" in order[0] and count > _FEW:
        # Hidden from the database's planner, which would sort all that lies in the range.
        moment = _between(asked, "moment")
        return Found(rows.alias(moment=Coalesce("at", "at")).filter(moment).order_by(*order), count)
    return Found(rows.filter(_between(asked, "at")).order_by(*order), count)


def accounts(practice: Practice, text: str) -> QuerySet[CreditAccount]:
    """Accounts whose number, or whose patient's names, begin with the words of ``text``."""
    number = text.strip().upper()
    tail = number.removeprefix(f"AC-{practice.code}-")
    by_number = _begins("number", f"AC-{practice.code}-{tail}")
    by_name = Q(practice=practice)
    for word in text.split()[:4]:
        by_name &= Q(patient__first_name__istartswith=word) | Q(
            patient__last_name__istartswith=word
        )
    # One or the other, never both in one query: together they would be answered by no index.
    is_number = re.fullmatch(r"(AC-)?[0-9]{4,}.*|AC-.*", number)
    return practice.credit_accounts.filter(by_number if is_number else by_name)


def _search(practice: Practice, asked: dict[str, Any], order: tuple[str, ...]) -> Found:
    too_many, keys = False, []
    matches = _with_reference(practice, asked["q"])
    if matches is None:
        found = accounts(practice, asked["q"]).values_list("pk", flat=True)[: MOST_ACCOUNTS + 1]
        too_many, keys = len(found) > MOST_ACCOUNTS, list(found[:MOST_ACCOUNTS])
        matches = Transaction.objects.filter(account__in=keys)
    # The keys are the practice's own. Its name is left out of the query: with it, an index
    # of all the practice's transactions might be walked for these few.
    narrowed = (_of_status(asked), _of_kind(asked), _between(asked, "at"))
    count = matches.filter(*narrowed).count()
    if keys and count > MOST_SORTED:
        # Of accounts with thousands of transactions each, as many as can be sorted in time;
        # one of them is never left out in part.
        few = keys[: max(1, len(keys) * MOST_SORTED // count)]
        too_many = too_many or len(few) < len(keys)
        matches = Transaction.objects.filter(account__in=few)
        count = matches.filter(*narrowed).count()
    return Found(matches.filter(*narrowed).order_by(*order), count, too_many)


def _with_reference(practice: Practice, text: str) -> QuerySet[Transaction] | None:
    """Transactions whose reference is ``text``, or goes on from it after its practice's part."""
    tail = text.strip().upper().removeprefix(f"T-{practice.code}-")
    if not re.fullmatch(r"[0-9A-Z]{4,8}", tail):
        return None
    begins = f"T-{practice.code}-{tail}"
    # Asked for by the reference alone, so that its index is used; whose it is, is looked at.
    those = Transaction.objects.filter(_begins("reference", begins))
    keys = those.order_by("reference").values_list("pk", "practice")[:MOST_ACCOUNTS]
    found = [key for key, owner in keys if owner == practice.pk]
    return Transaction.objects.filter(pk__in=found) if found else None


def _begins(field: str, text: str) -> Q:
    """That ``field`` begins with ``text``, in words that an index answers."""
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": text, f"{field}__lt": f"{text}\U0010ffff"})
    # PostgreSQL puts texts in the order of a language, where such a range means little.
    return Q(**{f"{field}__startswith": text})


def _count(practice: Practice, asked: dict[str, Any]) -> int:
    """How many there are: the posted ones by day, for those are counted as they are posted."""
    status = asked.get("status")
    count = 0
    if status != Transaction.Status.DECLINED:
        days = practice.daily_figures.filter(_of_kind(asked))
        if asked.get("since"):
            days = days.filter(day__gte=asked["since"])
        if asked.get("until"):
            days = days.filter(day__lte=asked["until"])
        count += days.aggregate(sum=Sum("count", default=0))["sum"]
    if status != Transaction.Status.POSTED:
        declined = practice.transactions.filter(
            _of_kind(asked), _between(asked, "at"), status=Transaction.Status.DECLINED
        )
        count += declined.count()
    return count


def _of_kind(asked: dict[str, Any]) -> Q:
    return Q(kind=asked["kind"]) if asked.get("kind") else Q()


def _of_status(asked: dict[str, Any]) -> Q:
    status = asked.get("status")
    if status == Transaction.Status.POSTED:
        # Nearly all of them, which is no use as a way into an index.
        return ~Q(status=Transaction.Status.DECLINED)
    return Q(status=status) if status else Q()


def _between(asked: dict[str, Any], field: str) -> Q:
    """From the first moment of the one day to the last of the other, in UTC."""
    found = Q()
    if asked.get("since"):
        found &= Q(**{f"{field}__gte": datetime.combine(asked["since"], time(), UTC)})
    if asked.get("until"):
        end = datetime.combine(asked["until"], time(), UTC) + timedelta(days=1)
        found &= Q(**{f"{field}__lt": end})
    return found
