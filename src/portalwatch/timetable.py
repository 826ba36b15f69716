"""When each entry of the plan is due, and which of its runs is under way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from portalwatch.entries import Entry
from portalwatch.schedule import Due, first_due, next_due

FIRST_SPREAD = 10.0  # seconds over which the first runs after a start are spread, at least
# Seconds from one of them to the next where there are many: what two cores keep up with, and
# accounts that can sign in once in 30 seconds. Otherwise they would stand in line for both.
FIRST_APART = 4.0

Key = tuple[str, str]  # a check and a browser: what an entry is known by


@dataclass(slots=True)
class Slot:
    """An entry's place in the timetable, and the newest run of it."""

    entry: Entry
    due: Due
    run: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """True while a run of it is under way."""
        return self.run is not None and not self.run.done()


class Timetable:
    """The entries of the plan in force. Times are seconds on one clock of the caller's choice."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._slots: dict[Key, Slot] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._slots

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def next_at(self) -> float | None:
        """When the next entry is due; None without entries."""
        return min((slot.due.at for slot in list(self._slots.values())), default=None)

    def take_up(self, entries: Iterable[Entry], now: float) -> list[Key]:
        """Have ``entries`` in place of those before; gives the keys that are gone.

        An entry that keeps its interval keeps its due time, so that a reload shifts nothing.
        Of the others those are due first that are watched the most often.
        """
        planned = {entry.key: entry for entry in entries}
        gone = [key for key in self._slots if key not in planned]
        spread = max(FIRST_SPREAD, FIRST_APART * len(planned))
        slots: dict[Key, Slot] = {}
        for index, (key, entry) in enumerate(sorted(planned.items(), key=_interval)):
            old = self._slots.get(key)
            if old is not None and old.entry.plan.every == entry.plan.every:
                slots[key] = Slot(entry, old.due, old.run)
            else:
                due = first_due(now, index, len(planned), spread)
                slots[key] = Slot(entry, due, old.run if old else None)
        self._slots = slots
        return gone

    def due(self, now: float) -> Iterator[tuple[Slot, int]]:
        """The slots that are due, each with how many of its runs are missed by now.

        Their next due time is set. A run that is still going when its next is due makes
        that one a miss: a portal that got slow is not asked ever more often.
        """
        for slot in self._slots.values():
            if slot.due.at <= now:
                plan = slot.entry.plan
                slot.due, missed = next_due(slot.due, now, plan.every, plan.jitter, self._rng)
                yield slot, missed + slot.busy


def _interval(planned: tuple[Key, Entry]) -> float:
    return planned[1].plan.every
