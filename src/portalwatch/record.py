"""The base of the records that cross a process, a file or a database: plain data and back."""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import StrEnum
from typing import Any, Self


class Record:
    """Base of the records: ``to_json()`` and ``from_json()`` between record and plain data.

    ``from_json`` ignores unknown keys, so that an older version reads a newer one's
    records, and raises ``KeyError`` or ``ValueError`` for what is missing or wrong.
    """

    def to_json(self) -> dict[str, Any]:
        """The record as plain dicts, lists, strings and numbers."""
        return {f.name: _plain(getattr(self, f.name)) for f in _fields(type(self))}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The record that ``to_json()`` gave ``data`` of."""
        hints = _hints(cls)
        known = {f.name: data[f.name] for f in _fields(cls) if f.name in data or _required(f)}
        return cls(**{name: _typed(hints[name], value) for name, value in known.items()})


def _fields(cls: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(cls)


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


# What JSON has for each: a whole number may stand for a float.
_SCALARS: dict[Any, Any] = {str: str, bool: bool, int: int, float: (int, float)}

_HINTS: dict[type, dict[str, Any]] = {}  # resolving annotations costs more than the rest


def _hints(cls: type) -> dict[str, Any]:
    if cls not in _HINTS:
        _HINTS[cls] = typing.get_type_hints(cls)
    return _HINTS[cls]


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_json()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _typed(hint: Any, value: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        hint = next(a for a in typing.get_args(hint) if a is not type(None))
        return _typed(hint, value)
    if origin is tuple:
        return tuple(_typed(typing.get_args(hint)[0], item) for item in value)
    if isinstance(hint, type) and issubclass(hint, Record):
        return hint.from_json(value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if not isinstance(value, _SCALARS.get(hint, object)):
        raise ValueError(f"{value!r} is no {hint.__name__}")
    return value
