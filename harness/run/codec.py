"""Events to JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from harness.model import Event
from harness.run.values import CodecError, build, plain

__all__ = ["CodecError", "decode", "encode"]


def _all_events(kind: type[Event]) -> list[type[Event]]:
    return [found for sub in kind.__subclasses__() for found in (sub, *_all_events(sub))]


@cache
def _events() -> Mapping[str, type[Event]]:
    return {kind.__name__: kind for kind in _all_events(Event) if kind.__module__ == Event.__module__}


def encode(event: Event) -> dict[str, Any]:
    """An event as JSON values; the key "event" holds its class name."""
    return {"event": type(event).__name__, **plain(event)}


def decode(record: object) -> Event:
    """The event that a record states.  Raises CodecError."""
    if not isinstance(record, dict):
        raise CodecError("not an object")
    kind = _events().get(str(record.get("event")))
    if kind is None:
        raise CodecError(f"unknown event {str(record.get('event'))[:40]!r}")
    return build(kind, {k: v for k, v in record.items() if k != "event"})
