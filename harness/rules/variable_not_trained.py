"""A layer's variable is none of Keras's, and no training changes it.

## What it finds

A layer or model of the program's own that holds a `tf.Variable` as an attribute, in a model that Keras 3
trains.

## Why it is wrong

Keras 3 only knows the variables that it has made itself. A `tf.Variable` is not among the model's weights:
`fit` leaves it at its first value, `trainable_variables` leaves it out, and saving forgets it. Until Keras 2
it was found by itself. Make it with `self.add_weight`, or as a `keras.Variable`.

## Example

```python
import keras
import numpy as np
import tensorflow as tf


class Scale(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.factor = tf.Variable(1.0)

    def call(self, inputs):
        return inputs * self.factor


x = np.random.normal(size=(64, 4)).astype("float32")
y = x.sum(axis=1, keepdims=True)
model = keras.Sequential([keras.Input((4,)), Scale(), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import keras
import numpy as np


class Scale(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.factor = self.add_weight(shape=(), initializer="ones")

    def call(self, inputs):
        return inputs * self.factor


x = np.random.normal(size=(64, 4)).astype("float32")
y = x.sum(axis=1, keepdims=True)
model = keras.Sequential([keras.Input((4,)), Scale(), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Variables that are not to be trained, `trainable=False`, are left alone, and so are those that the program
assigns or hands to an optimizer by their name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, enclosing

SEVERITY = Severity.ERROR
NEEDS = "trace"

_ASSIGNING = {"assign", "assign_add", "assign_sub"}
_TAKING = {"gradient", "zip", "set_value", "batch_set_value", "setattr"}


def find(evidence: Evidence) -> Iterator[Match]:
    trained = {call.model for call in evidence.training if call.error is None}
    trained |= {moved.model for call in evidence.training for moved in call.moved if moved.trainable > 0}
    told: set[tuple[str, str]] = set()
    for seen in evidence.models.values():
        for kind, name in seen.untracked if seen.model in trained else ():
            made = _made(evidence, kind, name)
            if made is None or (kind, name) in told or _handled(evidence, name):
                continue
            told.add((kind, name))
            message = (
                f"`{name}` is a `tf.Variable`, which Keras 3 does not train: "
                f"in `{evidence.name_of(seen.model)}` it keeps its first value. Make it with "
                "`self.add_weight(...)`."
            )
            yield Match(made.lineno, message, end_line=made.end_lineno, evidence={"model": seen.model})


def _made(evidence: Evidence, kind: str, name: str) -> ast.Assign | None:
    """Where a method of the class binds the attribute."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Assign) or not any(
            isinstance(target, ast.Attribute) and target.attr == name for target in node.targets
        ):
            continue
        around = enclosing(evidence, node, ast.ClassDef)
        if isinstance(around, ast.ClassDef) and around.name == kind:
            return node
    return None


def _handled(evidence: Evidence, name: str) -> bool:
    """Whether the program changes the variable itself, or names it where gradients are taken or applied."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Attribute) or node.attr != name or not isinstance(node.ctx, ast.Load):
            continue
        holder = evidence.parents.get(node)
        if isinstance(holder, ast.Attribute) and holder.attr in _ASSIGNING:
            return True
        call = enclosing(evidence, node, ast.Call)
        if isinstance(holder, ast.List | ast.Tuple) or called(call or ast.Pass()) in _TAKING:
            return True
    return False
