"""Values of the model to JSON and back.  What is read is hostile: types, sizes and names are checked."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Hashable, Mapping
from enum import EnumType
from functools import cache
from typing import Any

_TEXT = 20_000  # longest string
_ITEMS = 20_000  # most items of a sequence or mapping
_DEPTH = 12

Made = typing.TypeVar("Made")


class CodecError(Exception):
    """A record that is no such value; the message says what is wrong with it."""


@cache
def _hints(kind: Hashable) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def plain(value: Any) -> Any:
    """A value of the model as JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value[:_TEXT] if isinstance(value, str) else value
    if isinstance(value, float):
        return value
    # NumPy scalars and the like know how to become a Python number; anything else is named.
    item = getattr(value, "item", None)
    try:
        return plain(item()) if callable(item) else str(value)[:_TEXT]
    except (TypeError, ValueError):
        return str(value)[:_TEXT]


def build(kind: type[Made], record: object) -> Made:
    """The dataclass of the model that ``plain`` made this record of.  Raises CodecError."""
    if not isinstance(record, dict):
        raise CodecError("not an object")
    return typing.cast(Made, _dataclass(kind, record, 0))


def _dataclass(kind: type[Any], values: Mapping[str, Any], depth: int) -> Any:
    hints = _hints(typing.cast(Hashable, kind))
    fields = {field.name: field for field in dataclasses.fields(kind)}
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise CodecError(f"{kind.__name__} has no field {unknown[0][:40]!r}")
    for name, field in fields.items():
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and name not in values:
            raise CodecError(f"{kind.__name__} lacks the field {name!r}")
    return kind(**{name: _value(hints[name], value, depth + 1, name) for name, value in values.items()})


def _value(hint: Any, value: Any, depth: int, name: str) -> Any:
    if depth > _DEPTH:
        raise CodecError(f"{name} is nested too deeply")
    origin = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if hint is Any:
        return _free(value, depth, name)
    if origin in (typing.Union, types.UnionType):
        return _union(arguments, value, depth, name)
    if origin is tuple:
        return _tuple(arguments, value, depth, name)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(arguments, value, depth, name)
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise CodecError(f"{name} is not an object")
        return _dataclass(typing.cast(type[Any], hint), value, depth)
    return _scalar(hint, value, name)


def _scalar(hint: Any, value: Any, name: str) -> Any:
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < 1e308 or math.isnan(value) or math.isinf(value) else math.inf
    if hint is type(None) and value is None:
        return None
    if hint is bool and isinstance(value, bool):
        return value
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if hint is str and isinstance(value, str):
        return _text(value, name)
    if isinstance(hint, EnumType) and isinstance(value, str):
        return _member(hint, value, name)
    raise CodecError(f"{name} is {type(value).__name__}, expected {getattr(hint, '__name__', hint)}")


def _member(kind: EnumType, value: str, name: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise CodecError(f"{name} is {value[:40]!r}, no {kind.__name__}") from None


def _union(arguments: tuple[Any, ...], value: Any, depth: int, name: str) -> Any:
    for argument in arguments:
        try:
            return _value(argument, value, depth, name)
        except CodecError:
            continue
    raise CodecError(f"{name} is {type(value).__name__}, which it cannot be")


def _tuple(arguments: tuple[Any, ...], value: Any, depth: int, name: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) > _ITEMS:
        raise CodecError(f"{name} is not a list of a sensible length")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_value(arguments[0], item, depth + 1, name) for item in value)
    if len(arguments) != len(value):
        raise CodecError(f"{name} has {len(value)} items, expected {len(arguments)}")
    return tuple(_value(hint, item, depth + 1, name) for hint, item in zip(arguments, value, strict=True))


def _mapping(arguments: tuple[Any, ...], value: Any, depth: int, name: str) -> dict[Any, Any]:
    if not isinstance(value, dict) or len(value) > _ITEMS:
        raise CodecError(f"{name} is not an object of a sensible size")
    key_hint, item_hint = arguments
    made: dict[Any, Any] = {}
    for key, item in value.items():
        try:
            known = int(key) if key_hint is int else _text(key, name)
        except ValueError:
            raise CodecError(f"{name} has the key {key[:40]!r}, expected a number") from None
        made[known] = _value(item_hint, item, depth + 1, name)
    return made


def _free(value: Any, depth: int, name: str) -> Any:
    """Any JSON value within bounds; lists become tuples, as everywhere in the model."""
    if depth > _DEPTH:
        raise CodecError(f"{name} is nested too deeply")
    if isinstance(value, str):
        return _text(value, name)
    if isinstance(value, list):
        return _tuple((Any, Ellipsis), value, depth, name)
    if isinstance(value, dict):
        return _mapping((str, Any), value, depth, name)
    return value


def _text(value: str, name: str) -> str:
    if len(value) > _TEXT:
        raise CodecError(f"{name} is longer than {_TEXT} characters")
    return value
