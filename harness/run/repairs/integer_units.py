"""Makes a Python integer of a layer size that is a float or a NumPy number."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import NamedTuple

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import own_nodes, replaced, text, tree

# What Keras says of a size that it refuses: which argument it is, and the value.
_REFUSALS = (
    re.compile(r"invalid value for (?:argument )?`(?P<argument>\w+)`, expected a positive integer"),
    re.compile(r"`(?P<argument>\w+)` must be a positive integer"),
)
_VALUE = re.compile(r"\b{argument}=(?P<value>[^\s,()]+)")
# Where the size stands in a layer's call, by the argument's name and then by the layer's.
_PLACES: Mapping[str, Mapping[str, int]] = {
    "units": dict.fromkeys(("Dense", "EinsumDense", "LSTM", "GRU", "SimpleRNN"), 0),
    "input_dim": {"Embedding": 0},
    "output_dim": {"Embedding": 1},
    "key_dim": {"MultiHeadAttention": 1},
}


class _Refusal(NamedTuple):
    argument: str
    value: str


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    refusal = _refusal(context.message)
    if statement is None or refusal is None:
        return None
    sizes = [
        size
        for node in own_nodes(statement)
        if isinstance(node, ast.Call) and (size := _size(node, refusal.argument)) is not None
    ]
    if len(sizes) != 1:
        return None  # which of several was refused cannot be told from the message
    before = text(context, sizes[0])
    after = f"int({before})"
    return Proposal(
        rule="units-not-an-integer",
        statement=replaced(context.source, [(sizes[0], after)]),
        bind=None,
        before=before,
        after=after,
        evidence={"expression": before, "found": refusal.value, "argument": refusal.argument},
    )


def _refusal(message: str) -> _Refusal | None:
    for pattern in _REFUSALS:
        if (said := pattern.search(message)) is not None:
            argument = said["argument"]
            value = re.search(_VALUE.pattern.format(argument=argument), message)
            if value is not None and _positive(value["value"]):
                return _Refusal(argument, value["value"])
    return None


def _positive(value: str) -> bool:
    """Whether it is the number's type that Keras refuses, not its size: ``-1`` stays wrong as an integer."""
    try:
        return float(value) >= 1
    except ValueError:
        return False


def _size(call: ast.Call, argument: str) -> ast.expr | None:
    """The size that a layer is made with, where it is computed rather than written out."""
    name = getattr(call.func, "attr", getattr(call.func, "id", None))
    place = _PLACES.get(argument, {}).get(str(name))
    if place is None:
        return None
    named = [keyword.value for keyword in call.keywords if keyword.arg == argument]
    sizes = named or call.args[place : place + 1]
    if not sizes or (isinstance(sizes[0], ast.Constant) and isinstance(sizes[0].value, int)):
        return None
    return sizes[0]
