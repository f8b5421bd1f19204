"""Events survive the way to JSON and back; hostile records do not get through."""

from __future__ import annotations

import json
import math
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import ArraySummary, Call, Ended, Fault, Moved
from harness.run import channel
from harness.run.codec import CodecError, decode, encode

CALL = Call(
    seq=3,
    line=7,
    api="fit",
    model=0,
    trains=True,
    count=1,
    inputs=(ArraySummary((100, 784), "float32", -1.0, 1.0, None, origin="random"),),
    targets=(ArraySummary((100, 1), "float32", 1.0, 1.0, (1.0,)),),
    outputs=(),
    moved=(Moved(0, 0.25, 0.0, 4, 4),),
    through=(0, 1),
    optimizer_id=1,
    iterations=(0, 1),
    losses=(0.7,),
    batch=100,
    updates=1,
    planned=None,
    in_loop=True,
)


def test_round_trip() -> None:
    assert decode(json.loads(json.dumps(encode(CALL)))) == CALL


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"event": "Nothing"}, "unknown event"),
        ({"seq": "3"}, "seq is str"),
        ({"line": 1.5}, "line is float"),
        ({"count": True}, "count is bool"),
        ({"extra": 1}, "no field 'extra'"),
        ({"api": "x" * 30_000}, "longer than"),
        ({"through": [[0]]}, "through is list"),
        ({"moved": [{"model": 0}]}, "lacks the field"),
        ({"inputs": "abc"}, "not a list"),
    ],
)
def test_wrong_records_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(CodecError, match=message):
        decode({**encode(CALL), **change})


def test_missing_field_is_refused() -> None:
    record = encode(CALL)
    del record["api"]
    with pytest.raises(CodecError, match="lacks the field 'api'"):
        decode(record)


def test_deep_nesting_is_refused() -> None:
    deep: Any = 1
    for _ in range(50):
        deep = [deep]
    record = {"event": "Probe", "seq": 0, "line": None, "name": "x", "models": [], "result": {"a": deep}}
    with pytest.raises(CodecError, match="nested too deeply"):
        decode(record)


def test_not_finite_numbers_survive() -> None:
    event = decode(json.loads(json.dumps(encode(Call(**{**vars(CALL), "losses": (math.nan, math.inf)})))))
    assert isinstance(event, Call)
    assert math.isnan(event.losses[0])
    assert event.losses[1] == math.inf


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_any_json_is_an_event_or_a_codec_error(value: object) -> None:
    with pytest.raises(CodecError):
        decode(value)


@given(st.dictionaries(st.sampled_from(["seq", "line", "statements", "executed", "updates"]), json_values))
def test_any_fields_give_an_event_or_a_codec_error(fields: dict[str, Any]) -> None:
    try:
        event = decode({"event": "Ended", **fields})
    except CodecError:
        return
    assert isinstance(event, Ended)
    assert isinstance(event.statements, int)


def test_only_signed_lines_are_authentic() -> None:
    key = b"k" * 32
    reader, writer = os.pipe()
    channel.writer(writer, key)(encode(CALL))
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        written = [line.rstrip(b"\n") for line in file if line.strip()]
    assert len(written) == 1
    assert channel.verify(written[0], key) == encode(CALL)
    assert channel.verify(written[0], b"x" * 32) is None
    forged = written[0].replace(b'"line": 7', b'"line": 8')
    assert forged != written[0]
    assert channel.verify(forged, key) is None
    assert channel.verify(b'{"event": "Ended"}', key) is None
    assert channel.verify(b"", key) is None


def test_fault_fields_have_plain_types() -> None:
    fault = Fault(0, 1, 1, "E", "m", (1,), "r", 0, "s")
    assert decode(json.loads(json.dumps(encode(fault)))) == fault
