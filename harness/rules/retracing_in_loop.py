"""A compiled function is traced anew again and again.

## What it finds

A `tf.function` that is made inside a loop, by its decorator or by a call, so that every round has a
function object of its own; and one that a loop calls with its own counter, a Python number of another
value in every round.

## Why it is wrong

Tracing costs a hundred times as much as running the traced function. It happens anew for every
Python number, every new shape and every new function object, such as one decorated inside the loop.

## Example

```python
import tensorflow as tf

total = tf.Variable(0.0)
for step in range(12):

    @tf.function
    def add(amount):
        return total.assign_add(amount)

    add(tf.constant(1.0))
```

## Read instead

```python
import tensorflow as tf

total = tf.Variable(0.0)


@tf.function
def add(amount):
    return total.assign_add(amount)


for step in range(12):
    add(tf.constant(1.0))
```

## Known limits

Of Python numbers only a loop's own counter is looked for, from `range` or `enumerate`. Retracing for
other reasons, such as changing shapes, is not. A model that is recompiled in the loop retraces too; that
has rules of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted, enclosing, loop_around, rounds
from harness.rules._tapes import FUNCTIONS

SEVERITY = Severity.NOTE
NEEDS = "source"

_COMPILED = {"tf.function", "tensorflow.function"}
_FEW = 5  # rounds; TensorFlow itself warns from then on

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def find(evidence: Evidence) -> Iterator[Match]:
    yield from _made_in_a_loop(evidence)
    yield from _called_with_a_counter(evidence)


def _made_in_a_loop(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        if not isinstance(node, ast.expr) or dotted(node) not in _COMPILED:
            continue
        if loop_around(evidence, _maker(evidence, node)) is not None:
            message = (
                "A new compiled function is made, and traced anew, in every round of this loop: make it "
                "once, before."
            )
            yield Match(node.lineno, message)


def _maker(evidence: Evidence, node: ast.AST) -> ast.AST:
    """The function that a decorator belongs to, whose own surroundings matter; else the node itself."""
    holder = evidence.parents[node]
    while isinstance(holder, ast.Call):
        holder = evidence.parents[holder]
    return holder if isinstance(holder, ast.FunctionDef) else node


def _called_with_a_counter(evidence: Evidence) -> Iterator[Match]:
    compiled = {n.name for n in evidence.nodes if isinstance(n, FUNCTIONS) and _retraces(n)}
    # A name that several functions have may stand for another one.
    plain = {n.name for n in evidence.nodes if isinstance(n, FUNCTIONS) and not _retraces(n)}
    for loop in evidence.nodes:
        counter = _counter(loop) if isinstance(loop, ast.For) else None
        if counter is None or not isinstance(loop, ast.For) or _within_traced(evidence, loop):
            continue
        inside = [node for statement in loop.body for node in ast.walk(statement)]
        if any(isinstance(n, ast.Name) and n.id == counter and isinstance(n.ctx, ast.Store) for n in inside):
            continue
        for node in inside:
            if not isinstance(node, ast.Call) or called(node) not in compiled - plain:
                continue
            given = [*node.args, *(word.value for word in node.keywords)]
            if any(isinstance(value, ast.Name) and value.id == counter for value in given):
                message = (
                    f"`{called(node)}` is compiled, and traced anew for every value of the Python number "
                    f"`{counter}`: hand over `tf.constant({counter})`, or leave it out."
                )
                yield Match(node.lineno, message)


def _retraces(function: _Function) -> bool:
    """Whether a function is compiled, for whatever it is given."""
    words = {
        word.arg for made in function.decorator_list if isinstance(made, ast.Call) for word in made.keywords
    }
    return _is_compiled(function) and "input_signature" not in words


def _is_compiled(function: _Function) -> bool:
    made = [d.func if isinstance(d, ast.Call) else d for d in function.decorator_list]
    return any(dotted(decorator) in _COMPILED for decorator in made)


def _counter(loop: ast.For) -> str | None:
    """The variable of a loop that holds a Python number of another value in every round."""
    source, target = loop.iter, loop.target
    if not isinstance(source, ast.Call) or not isinstance(source.func, ast.Name):
        return None
    if source.func.id == "range" and (rounds(loop) or _FEW) >= _FEW:
        return target.id if isinstance(target, ast.Name) else None
    if source.func.id == "enumerate" and isinstance(target, ast.Tuple):
        first = target.elts[0]
        return first.id if isinstance(first, ast.Name) else None
    return None


def _within_traced(evidence: Evidence, node: ast.AST) -> bool:
    """Whether a loop stands in a compiled function, which is traced once with all its rounds."""
    around = enclosing(evidence, node, *FUNCTIONS)
    while isinstance(around, FUNCTIONS):
        if _is_compiled(around):
            return True
        around = enclosing(evidence, around, *FUNCTIONS)
    return False
