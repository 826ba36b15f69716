"""When provider support answers the telephone; portal.brand has the same in words."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Chicago")
_WEEKDAY = (time(7), time(21))
_SATURDAY = (time(8), time(17))
_OPEN = {0: _WEEKDAY, 1: _WEEKDAY, 2: _WEEKDAY, 3: _WEEKDAY, 4: _WEEKDAY, 5: _SATURDAY}


def is_open(now: datetime) -> bool:
    """Whether somebody answers at ``now``."""
    here = now.astimezone(ZONE)
    opens, closes = _OPEN.get(here.weekday(), (time(), time()))
    return opens <= here.time() < closes


def in_words(moment: datetime) -> str:
    """A time of opening as the page tells it: "Monday at 7 a.m."."""
    here = moment.astimezone(ZONE)
    return f"{here:%A} at {here.hour % 12 or 12} {'a.m.' if here.hour < 12 else 'p.m.'}"


def next_opening(now: datetime) -> datetime:
    """When somebody answers again, in support's own time zone."""
    here = now.astimezone(ZONE)
    for days in range(8):
        day = here.date() + timedelta(days=days)
        if day.weekday() in _OPEN:
            opens = datetime.combine(day, _OPEN[day.weekday()][0], tzinfo=ZONE)
            if opens > here:
                return opens
    raise AssertionError("no week is without an opening")
