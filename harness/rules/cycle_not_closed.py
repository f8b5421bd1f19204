"""The round trip of a cycle consistency loss does not come back to where it began.

## What it finds

An example that goes through the same translator twice where the way back has another one, and a round trip
that is compared with an example of the other kind.

## Why it is wrong

The cycle loss asks that a picture which is translated and translated back is the one it began as. That
makes the two translators each other's inverses. Through one translator twice, or held against the other
picture, it asks for something that no pair of translators should do, and works against the rest of the
loss.

## Example

```python
import keras
import tensorflow as tf

there = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
back = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])


def cycle_loss(horses, zebras):
    fake_zebras, fake_horses = there(horses), back(zebras)
    cycled_horses = there(fake_zebras)
    cycled_zebras = there(fake_horses)
    return tf.reduce_mean(tf.abs(horses - cycled_horses)) + tf.reduce_mean(tf.abs(zebras - cycled_zebras))


print(cycle_loss(tf.zeros((2, 4)), tf.ones((2, 4))))
```

## Read instead

```python
import keras
import tensorflow as tf

there = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
back = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])


def cycle_loss(horses, zebras):
    fake_zebras, fake_horses = there(horses), back(zebras)
    cycled_horses = back(fake_zebras)
    cycled_zebras = there(fake_horses)
    return tf.reduce_mean(tf.abs(horses - cycled_horses)) + tf.reduce_mean(tf.abs(zebras - cycled_zebras))


print(cycle_loss(tf.zeros((2, 4)), tf.ones((2, 4))))
```

## Known limits

Read from the text, within one function: the translations must be calls there, and both directions must occur.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from harness.model import Severity
from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted
from harness.rules._tapes import functions, made_by, own_calls, scope

SEVERITY = Severity.ERROR
NEEDS = "source"

_CYCLED = re.compile(r"cycl|recon|(^|_)rec(_|$)", re.IGNORECASE)
_NOT_NETWORKS = frozenset(
    {"abs", "square", "reduce_mean", "mean", "sum", "reduce_sum", "print", "cast", "len"}
)


@dataclass(frozen=True)
class Trip:
    """``name = second(first(start))``."""

    name: str
    start: str
    first: str
    second: str
    call: ast.Call


def find(evidence: Evidence) -> Iterator[Match]:
    for around in functions(evidence):
        trips = list(_trips(evidence, around))
        there_and_back = [trip for trip in trips if trip.first != trip.second]
        held = list(_compared(evidence, around))
        for trip in trips:
            other = next((t for t in there_and_back if trip.first in {t.first, t.second}), None)
            close = any(names == {trip.name, trip.start} for _, names in held) or _CYCLED.search(trip.name)
            if trip.first == trip.second and other is not None and close:
                back = other.second if trip.first == other.first else other.first
                message = (
                    f"`{trip.name}` has gone through `{trip.first}` twice: the way back from "
                    f"`{trip.first}({trip.start})` goes through `{back}`."
                )
                yield Match(trip.call.lineno, message, evidence={"twice": trip.first})
        yield from _held_against_others(there_and_back, held)


def _held_against_others(trips: list[Trip], held: list[tuple[int, set[str]]]) -> Iterator[Match]:
    """Round trips that are compared with where another one began, which is held against none of its own."""
    closed = {trip.start for trip in trips if any(names == {trip.name, trip.start} for _, names in held)}
    for trip in trips:
        reverse = trip.second, trip.first
        begun = {other.start for other in trips if (other.first, other.second) == reverse} - {trip.start}
        for line, names in held:
            for other in sorted(names - {trip.name} if trip.name in names else ()):
                if other in begun - closed:
                    message = (
                        f"`{trip.name}` began as `{trip.start}` and is held against `{other}` here. Hold it "
                        f"against `{trip.start}`."
                    )
                    yield Match(line, message, evidence={"round trip": trip.name})


def _trips(evidence: Evidence, around: ast.AST) -> Iterator[Trip]:
    for call in own_calls(evidence, around):
        name, second = _takes(evidence, call), dotted(call.func)
        inner = call.args[0] if call.args else None
        if isinstance(inner, ast.Name):
            made = _bound_before(evidence, around, inner)
            inner = None if made is None else made_by(made, inner.id)
        if name is None or second is None or not isinstance(inner, ast.Call) or not inner.args:
            continue
        first, start = dotted(inner.func), inner.args[0]
        if first is None or not isinstance(start, ast.Name) or {called(call), called(inner)} & _NOT_NETWORKS:
            continue
        yield Trip(name, start.id, first, second, call)


def _bound_before(evidence: Evidence, around: ast.AST, name: ast.Name) -> ast.Assign | None:
    """The last statement of the same function before a place that binds its name."""
    bound = assignments(evidence, name.id)
    before = bisect_left(bound, name.lineno, key=lambda one: one.lineno)
    return next((bound[n] for n in range(before - 1, -1, -1) if scope(evidence, bound[n]) is around), None)


def _takes(evidence: Evidence, call: ast.Call) -> str | None:
    """The variable that takes a call's result, alone or at its place in a tuple."""
    holder = evidence.parents.get(call)
    if isinstance(holder, ast.Assign) and isinstance(holder.targets[0], ast.Name):
        return holder.targets[0].id
    assign = evidence.parents.get(holder) if isinstance(holder, ast.Tuple) else None
    if not isinstance(assign, ast.Assign) or not isinstance(assign.targets[0], ast.Tuple):
        return None
    names = (target.id for target in assign.targets[0].elts if isinstance(target, ast.Name))
    return next((name for name in names if made_by(assign, name) is call), None)


def _compared(evidence: Evidence, around: ast.AST) -> Iterator[tuple[int, set[str]]]:
    """Two variables that are subtracted from each other, or given to one function of two, with their line."""
    for node in ast.walk(around):
        sides: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            sides = [node.left, node.right]
        elif isinstance(node, ast.Call) and len(node.args) >= 2:
            sides = node.args[:2]
        names = {side.id for side in sides if isinstance(side, ast.Name)}
        if len(names) == 2 and isinstance(node, ast.expr) and scope(evidence, node) is around:
            yield node.lineno, names
