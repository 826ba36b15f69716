"""When the next run is due."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portalwatch.schedule import Due, first_due, next_due

NO_JITTER = random.Random(0)


def test_it_spreads_the_first_runs_evenly_and_starts_the_first_at_once():
    dues = [first_due(1_000.0, index, 4, spread=60.0).at for index in range(4)]
    assert dues == [1_000.0, 1_015.0, 1_030.0, 1_045.0]


def test_it_knows_no_entry_outside_the_plan():
    with pytest.raises(ValueError, match="no entry 4 among 4"):
        first_due(1_000.0, 4, 4, spread=60.0)


def test_the_next_due_is_one_interval_after_the_previous():
    due, missed = next_due(Due(100.0, 100.0), 100.2, 60.0, 0.0, NO_JITTER)
    assert (due, missed) == (Due(160.0, 160.0), 0)


def test_a_due_exactly_now_is_past():
    due, missed = next_due(Due(100.0, 100.0), 160.0, 60.0, 0.0, NO_JITTER)
    assert (due.slot, missed) == (220.0, 1)


def test_it_counts_what_a_sleep_of_the_machine_missed_and_does_not_make_up_for_it():
    due, missed = next_due(Due(100.0, 100.0), 730.0, 60.0, 0.0, NO_JITTER)
    assert (due.slot, missed) == (760.0, 10)


def test_a_clock_set_back_begins_a_new_grid():
    due, missed = next_due(Due(100_000.0, 100_003.0), 4_000.0, 60.0, 0.0, NO_JITTER)
    assert (due.slot, missed) == (4_060.0, 0)


@pytest.mark.parametrize("jitter", [-1.0, 60.0, 61.0])
def test_it_refuses_a_jitter_that_does_not_fit_the_interval(jitter):
    with pytest.raises(ValueError, match="does not fit an interval of 60"):
        next_due(Due(100.0, 100.0), 100.0, 60.0, jitter, NO_JITTER)


@given(
    start=st.floats(0, 2e9),
    every=st.integers(1, 86_400),
    share=st.floats(0, 0.99),
    seed=st.integers(0, 99),
)
def test_jitter_never_moves_the_grid(start, every, share, seed):
    rng = random.Random(seed)
    due = Due(start, start)
    for run in range(1, 200):
        due, missed = next_due(due, due.at, every, share * every, rng)
        assert missed == 0
        assert due.slot == pytest.approx(start + run * every, abs=1e-3)
        assert 0 <= due.at - due.slot <= share * every + 1e-6


@given(
    slot=st.floats(0, 2e9),
    late=st.floats(0, 1e6),
    every=st.floats(0.5, 86_400),
)
def test_the_next_due_is_later_than_now_by_one_interval_at_most(slot, late, every):
    now = slot + late
    due, missed = next_due(Due(slot, slot), now, every, 0.0, NO_JITTER)
    assert now < due.slot <= now + every + 1e-6
    assert due.slot == pytest.approx(slot + (missed + 1) * every, abs=1e-3)
