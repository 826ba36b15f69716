"""Ranges of days that a report can be asked for, and the periods that a range falls into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

MOST_YEARS = 3
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Range:
    """From the first to the last day, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def step(self) -> str:
        """What its figures are given by: so fine that a chart has bars, so coarse that it fits."""
        if self.days <= 31:
            return "day"
        return "week" if self.days <= 185 else "month"

    def periods(self) -> list[Range]:
        """Its days, weeks (from Monday on) or months; the outer ones may be parts of one."""
        return list(self._periods())

    def _periods(self) -> Iterator[Range]:
        first = self.first
        while first <= self.last:
            last = min(_end(first, self.step), self.last)
            yield Range(first, last)
            if last == self.last:
                return
            first = last + _DAY


def _end(day: date, step: str) -> date:
    """The last day of the day, week or month that ``day`` is in."""
    if step == "day":
        return day
    if step == "week":
        return day + timedelta(days=6 - day.weekday())
    return day + relativedelta(day=31)


PRESETS = (
    ("this-month", "This month"),
    ("last-month", "Last month"),
    ("quarter", "This quarter"),
    ("year", "This year"),
)


def preset(name: str, today: date) -> Range:
    """The range that goes by ``name``, which is one of ``PRESETS``."""
    month = today.replace(day=1)
    if name == "last-month":
        return Range(month - relativedelta(months=1), month - _DAY)
    if name == "quarter":
        return Range(month - relativedelta(months=(month.month - 1) % 3), today)
    if name == "year":
        return Range(month.replace(month=1), today)
    return Range(month, today)
