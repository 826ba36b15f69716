"""The JSON round trip of every record of the model."""

import dataclasses
import json
import types
import typing
from dataclasses import replace
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portalwatch import model, status
from portalwatch.model import Step
from portalwatch.record import Record

RECORDS = [
    member
    for member in {**vars(model), **vars(status)}.values()
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
