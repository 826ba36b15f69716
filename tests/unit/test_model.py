"""The records: their JSON round trip, and what is derived from them."""

import dataclasses
import json
import types
import typing
from dataclasses import replace
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portalwatch import model
from portalwatch.model import Cause, Outcome, Record, Result, Step
from tests.records import attempt, result

RECORDS = [
    member
    for member in vars(model).values()
    if isinstance(member, type) and issubclass(member, Record) and member is not Record
]

PLAIN = {
    str: st.text(max_size=12),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
}


def values(hint):
    """Any value that fits the type of a record's field."""
    arguments = typing.get_args(hint)
    if isinstance(hint, types.UnionType):
        return st.one_of(*(st.none() if a is type(None) else values(a) for a in arguments))
    if typing.get_origin(hint) is tuple:
        least = 1 if arguments[0] is model.Attempt else 0
        return st.lists(values(arguments[0]), min_size=least, max_size=2).map(tuple)
    if issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    return PLAIN[hint] if hint in PLAIN else records(hint)


def records(cls):
    """Any record of a class."""
    return st.builds(
        cls, **{name: values(hint) for name, hint in typing.get_type_hints(cls).items()}
    )


def test_the_records_of_the_model_are_known_here():
    assert {cls.__name__ for cls in RECORDS} >= {"Result", "Attempt", "Step", "Status", "Flip"}


@pytest.mark.parametrize("cls", RECORDS)
@settings(max_examples=30)
@given(data=st.data())
def test_it_survives_a_round_trip_through_json(cls, data):
    record = data.draw(records(cls))
    assert cls.from_json(json.loads(json.dumps(record.to_json()))) == record


@pytest.mark.parametrize("cls", RECORDS)
@settings(max_examples=30)
@given(data=st.data())
def test_it_ignores_keys_of_a_newer_version(cls, data):
    record = data.draw(records(cls))
    assert cls.from_json(record.to_json() | {"of_next_year": [1, {"a": None}]}) == record


@pytest.mark.parametrize("cls", RECORDS)
@settings(max_examples=30)
@given(data=st.data())
def test_it_raises_for_a_missing_key_and_fills_in_one_that_has_a_default(cls, data):
    record = data.draw(records(cls))
    for field in dataclasses.fields(cls):
        rest = {k: v for k, v in record.to_json().items() if k != field.name}
        if field.default is dataclasses.MISSING:
            with pytest.raises(KeyError, match=field.name):
                cls.from_json(rest)
        else:
            assert cls.from_json(rest) == replace(record, **{field.name: field.default})


def test_it_raises_for_a_value_outside_a_closed_list():
    with pytest.raises(ValueError, match="perhaps"):
        Step.from_json({"name": "x", "outcome": "perhaps", "offset": 0.0, "seconds": 0.0})


def test_it_refuses_a_result_without_an_attempt():
    with pytest.raises(ValueError, match="at least one attempt"):
        replace(result("r1"), attempts=())


def test_the_last_attempt_gives_the_verdict():
    first = attempt(Outcome.FAIL, at=100.0, seconds=7.0)
    second = attempt(Outcome.PASS, at=110.0, seconds=3.0)
    run = replace(result("r1"), attempts=(first, second))
    assert (run.outcome, run.cause, run.message) == (Outcome.PASS, None, "")
    assert (run.started_at, run.ended_at, run.seconds) == (93.0, 110.0, 3.0)
    assert run.flaky


def test_a_run_that_passes_at_once_or_never_is_not_flaky():
    assert not result("r1").flaky
    assert not replace(result("r2"), attempts=(attempt(), attempt(Outcome.FAIL))).flaky


def test_it_names_the_innermost_step_that_failed():
    steps = (
        Step("sign in", Outcome.FAIL, offset=0.0, seconds=1.0),
        Step("press the button", Outcome.FAIL, offset=0.5, seconds=0.5, level=1),
        Step("read the greeting", Outcome.SKIP, offset=1.0, seconds=0.0),
    )
    assert replace(attempt(Outcome.FAIL), steps=steps).failed_step == steps[1]
    assert attempt().failed_step is None


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_words_and_a_side(cause):
    assert cause.words
    assert cause.words[0].isupper()
    assert cause.outcome is (Outcome.ERROR if cause.ours else Outcome.FAIL)


def test_our_faults_are_never_called_the_portals():
    assert Cause.WORKER_CRASHED.outcome is Outcome.ERROR
    assert Cause.DEADLINE_KILLED.ours
    assert Result.from_json(result("r1", Outcome.ERROR).to_json()).outcome is Outcome.ERROR
    assert Cause.SERVER_ERROR.outcome is Outcome.FAIL
