"""A compiled function is traced anew again and again.

## What it finds

A `tf.function` that is made inside a loop, by its decorator or by a call, so that every round has a
function object of its own.

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

Retracing for other reasons, such as Python numbers or changing shapes as arguments, is not looked
for. A model that is recompiled in the loop retraces too; that has rules of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import dotted, loop_around

SEVERITY = Severity.NOTE
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        if not isinstance(node, ast.expr) or dotted(node) not in {"tf.function", "tensorflow.function"}:
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
