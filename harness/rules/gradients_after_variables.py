"""An optimizer is given variables and gradients in the wrong order.

## What it finds

`optimizer.apply_gradients(zip(variables, gradients))`, or `optimizer.apply(variables, gradients)`: the
gradient that a tape took stands behind the variables that it was taken for.

## Why it is wrong

An optimizer takes pairs of a gradient and its variable, in this order. The other way round it is asked to
change gradients, which are no variables, and fails with an `AttributeError` that names neither.

## Example

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
x = tf.random.normal((32, 4))

with tf.GradientTape() as tape:
    loss = tf.reduce_mean((model(x) - tf.reduce_sum(x, axis=1, keepdims=True)) ** 2)
gradients = tape.gradient(loss, model.trainable_variables)
optimizer.apply_gradients(zip(model.trainable_variables, gradients))
```

## Read instead

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
x = tf.random.normal((32, 4))

with tf.GradientTape() as tape:
    loss = tf.reduce_mean((model(x) - tf.reduce_sum(x, axis=1, keepdims=True)) ** 2)
gradients = tape.gradient(loss, model.trainable_variables)
optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## Known limits

The variables must be written as a model's, and the gradients where a tape takes them or as the name that
holds them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._tapes import applied, functions, gradients, owner, scope

SEVERITY = Severity.ERROR
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    for around in functions(evidence):
        taken = [g for g in gradients(evidence, around) if scope(evidence, g.node) is around]
        nodes = {id(g.node) for g in taken}
        names = {g.name for g in taken if g.name is not None}
        for use in applied(around):
            second = _second(use.node)
            whose = owner(use.gradients)
            if scope(evidence, use.node) is not around or whose is None or second is None:
                continue
            if id(second) not in nodes and not (isinstance(second, ast.Name) and second.id in names):
                continue
            faults = (f for f in evidence.faults if f.line and f.line <= use.node.lineno <= f.end_line)
            yield Match(
                use.node.lineno,
                f"The variables of `{whose}` stand before their gradients here. An optimizer takes pairs of "
                "a gradient and its variable: put the gradients first.",
                end_line=use.node.end_lineno,
                evidence={"variables": whose},
                explains=tuple(fault.seq for fault in faults),
            )


def _second(node: ast.Call) -> ast.expr | None:
    """What stands in the place of the variables."""
    pairs = node.args[0] if len(node.args) == 1 else node
    return pairs.args[1] if isinstance(pairs, ast.Call) and len(pairs.args) == 2 else None
