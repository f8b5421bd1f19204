"""The variables of a model are listed before it has any.

## What it finds

An optimizer that is given no variables at all, because the name that should hold them was bound to
`model.trainable_variables` before the model was built.

## Why it is wrong

A model that is not told the shape of its input makes its weights when it is first called. Until then its list
of variables is empty, and a name that was bound to the list stays bound to the empty one: no gradient is
taken for anything, and the optimizer fails for want of pairs.

## Example

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
variables = model.trainable_variables
optimizer = keras.optimizers.Adam()
x = tf.random.normal((32, 4))

with tf.GradientTape() as tape:
    loss = tf.reduce_mean((model(x) - tf.reduce_sum(x, axis=1, keepdims=True)) ** 2)
optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
```

## Read instead

```python
import keras
import tensorflow as tf

model = keras.Sequential(
    [keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)]
)
variables = model.trainable_variables
optimizer = keras.optimizers.Adam()
x = tf.random.normal((32, 4))

with tf.GradientTape() as tape:
    loss = tf.reduce_mean((model(x) - tf.reduce_sum(x, axis=1, keepdims=True)) ** 2)
optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
```

## Known limits

The name must be bound once, and outside of the function that trains.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Fault, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._predicted import bound_once
from harness.rules._tapes import applied, owner

SEVERITY = Severity.ERROR
NEEDS = "trace"

# What Keras says of an empty list of pairs, and of an empty list of variables.
_EMPTY = ("not enough values to unpack (expected 2, got 0)", "No gradients provided for any variable")


def find(evidence: Evidence) -> Iterator[Match]:
    told: dict[int, Match] = {}
    for use in applied(evidence.tree):
        faults = [fault for fault in evidence.faults if _is_empty(fault, use.node)]
        for name in sorted({n.id for n in ast.walk(use.node) if isinstance(n, ast.Name)}) if faults else ():
            listed = bound_once(evidence, name)
            whose = owner(listed)
            if listed is None or whose is None or listed.lineno in told:
                continue
            told[listed.lineno] = Match(
                listed.lineno,
                f"`{whose}` has no weights yet: it makes them when it is first called, and `{name}` stays "
                "empty. Tell its first layer the shape of the input, or list them after the first call.",
                evidence={"name": name, "model": whose, "applied_at": use.node.lineno},
                explains=tuple(fault.seq for fault in faults),
            )
    yield from told.values()


def _is_empty(fault: Fault, node: ast.Call) -> bool:
    return fault.spans(node.lineno) and any(words in fault.message for words in _EMPTY)
