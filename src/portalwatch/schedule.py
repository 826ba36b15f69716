"""When the next run of an entry is due: a grid of its own, with jitter that does not add up.

All times are seconds on one clock of the caller's choice. On a clock that stands still
while the machine sleeps, no due is missed by sleeping.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Due:
    """A due time: ``at`` is when to start, ``slot`` the point of the grid it belongs to.

    The next due is counted from ``slot``, so that jitter never shifts the grid.
    """

    slot: float
    at: float


def first_due(now: float, index: int, count: int, spread: float) -> Due:
    """The first due of entry ``index`` of ``count``, spread evenly over ``spread`` seconds.

    The first entry is due at once; all of them at once would fill every lane and leave
    them idle afterwards. Raises ``ValueError`` where there is no such entry.
    """
    if not 0 <= index < count:
        raise ValueError(f"there is no entry {index} among {count}")
    slot = now + spread * index / count
    return Due(slot=slot, at=slot)


def next_due(
    previous: Due, now: float, every: float, jitter: float, rng: random.Random
) -> tuple[Due, int]:
    """The due after ``previous`` and how many were missed between the two.

    It is the first slot later than ``now``, ``every`` seconds apart from ``previous``,
    plus a random delay of up to ``jitter`` seconds. Slots that went by, as when the
    machine slept, are counted and not made up for: a backlog would run all at once.
    Where the clock was set back, a new grid begins at ``now``; waiting for the old one
    would leave the portal unwatched. Raises ``ValueError`` unless 0 ≤ jitter < every.
    """
    if not 0 <= jitter < every:
        raise ValueError(f"a jitter of {jitter} s does not fit an interval of {every} s")
    steps = max(1, int((now - previous.slot) // every) + 1)
    slot = previous.slot + steps * every
    if slot <= now:  # rounding of large floats only
        steps += 1
        slot += every
    if slot > now + every:
        slot = now + every
    return Due(slot=slot, at=slot + rng.uniform(0, jitter)), steps - 1
