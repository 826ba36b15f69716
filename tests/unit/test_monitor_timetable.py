"""Who is due, who is missed, and what a new plan does to both."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from portalwatch.entries import Entry
from portalwatch.plan import CheckPlan
from portalwatch.timetable import FIRST_APART, FIRST_SPREAD, Timetable


def entry(check: str, every: float = 60.0, browser: str = "chromium") -> Entry:
    plan = CheckPlan.model_construct(check=check, every=every, jitter=0.0, browsers=(browser,))
    return Entry(plan, check, browser)


@dataclass
class Run:
    ended: bool = False

    def done(self) -> bool:
        return self.ended


@pytest.fixture
def timetable() -> Timetable:
    return Timetable(random.Random(1))


def due(timetable: Timetable, now: float) -> list[tuple[str, int]]:
    return [(slot.entry.plan.check, missed) for slot, missed in timetable.due(now)]


def test_first_runs_are_spread(timetable):
    timetable.take_up([entry("a"), entry("b")], 100.0)
    assert timetable.next_at == 100.0
    assert due(timetable, 100.0) == [("a", 0)]
    assert timetable.next_at == 100.0 + FIRST_SPREAD / 2
    assert due(timetable, 100.0 + FIRST_SPREAD) == [("b", 0)]


def test_first_runs_of_many_are_apart_and_the_most_watched_come_first(timetable):
    entries = [entry(f"seldom {n}", 900.0) for n in range(99)]
    timetable.take_up([*entries, entry("often", 30.0)], 0.0)
    assert due(timetable, 0.0) == [("often", 0)]
    assert due(timetable, FIRST_APART) == [("seldom 0", 0)]
    assert due(timetable, 2 * FIRST_APART) == [("seldom 1", 0)]


def test_each_entry_is_due_again_after_its_own_interval(timetable):
    timetable.take_up([entry("a", 10.0), entry("b", 60.0)], 0.0)
    assert due(timetable, 5.0) == [("a", 0), ("b", 0)]
    assert due(timetable, 9.9) == []
    assert due(timetable, 10.0) == [("a", 0)]
    assert due(timetable, 65.0) == [("a", 4), ("b", 0)]


def test_a_run_still_going_makes_the_next_one_a_miss(timetable):
    timetable.take_up([entry("a", 10.0)], 0.0)
    ((slot, missed),) = timetable.due(0.0)
    assert (slot.busy, missed) == (False, 0)
    slot.run = Run()
    assert due(timetable, 10.0) == [("a", 1)]
    assert slot.busy
    slot.run.ended = True
    assert due(timetable, 20.0) == [("a", 0)]
    assert not slot.busy


def test_a_new_plan_keeps_due_times_and_runs_of_what_stays(timetable):
    timetable.take_up([entry("a", 60.0), entry("b", 60.0)], 0.0)
    ((slot, _),) = timetable.due(0.0)
    slot.run = Run()
    gone = timetable.take_up([entry("c", 60.0), entry("a", 60.0)], 30.0)
    assert gone == [("b", "chromium")]
    assert ("b", "chromium") not in timetable
    assert len(timetable) == 2
    assert due(timetable, 40.0) == [("c", 0)]
    assert due(timetable, 60.0) == [("a", 1)]  # still at its old time, and still going


def test_a_changed_interval_counts_from_now(timetable):
    timetable.take_up([entry("a", 3600.0)], 0.0)
    assert due(timetable, 0.0) == [("a", 0)]
    assert timetable.take_up([entry("a", 10.0)], 100.0) == []
    assert due(timetable, 100.0) == [("a", 0)]
    assert timetable.next_at == 110.0


def test_without_entries_nothing_is_due(timetable):
    assert timetable.next_at is None
    assert due(timetable, 0.0) == []
