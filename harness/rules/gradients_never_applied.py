"""Gradients are computed in a training loop and never applied.

## What it finds

A gradient of a model's trainable variables that is taken in a loop, beside an optimizer that the program
makes and never uses.

## Why it is wrong

`tape.gradient` only computes: the weights stay what they were, and the loss goes up and down with the
batches. Call `optimizer.apply_gradients(zip(gradients, model.trainable_variables))` after it.

## Example

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
for step in range(4):
    x = tf.random.normal((16, 4))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x, training=True) - 1.0))
    gradients = tape.gradient(loss, model.trainable_variables)
```

## Read instead

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
for step in range(4):
    x = tf.random.normal((16, 4))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x, training=True) - 1.0))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## Known limits

Read from the text. Programs that change weights in any other way (`assign`, `set_weights`, `fit`) are left
alone, and so are those without an optimizer, which only look at gradients.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, enclosing, is_called, loop_around
from harness.rules._tapes import FUNCTIONS, gradients

SEVERITY = Severity.ERROR
NEEDS = "source"

_CHANGING = {
    "apply_gradients",
    "apply",
    "stateless_apply",
    "minimize",
    "assign",
    "assign_add",
    "assign_sub",
    "set_weights",
    "fit",
    "fit_generator",
    "train_on_batch",
    "compile",
}
_OPTIMIZERS = {"Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "SGD", "Adagrad", "Adadelta", "Ftrl", "Lion"}


def find(evidence: Evidence) -> Iterator[Match]:
    if any(isinstance(node, ast.Attribute) and node.attr in _CHANGING for node in evidence.nodes):
        return
    idle = [name for name in _optimizers(evidence) if not _read(evidence, name)]
    if not idle:
        return
    for taken in gradients(evidence, evidence.tree):
        if taken.owner is None or not taken.owner.isidentifier() or not _repeated(evidence, taken.node):
            continue
        message = (
            f"The gradients of `{taken.owner}` are computed here and never applied: none of its weights ever "
            f"changes. Call `{idle[0]}.apply_gradients(zip({taken.name or 'gradients'}, "
            f"{taken.owner}.trainable_variables))` after it."
        )
        yield Match(
            taken.node.lineno, message, end_line=taken.node.end_lineno, evidence={"optimizer": idle[0]}
        )
        return


def _optimizers(evidence: Evidence) -> Iterator[str]:
    """The variables that hold an optimizer."""
    for node in evidence.nodes:
        if isinstance(node, ast.Assign) and called(node.value) in _OPTIMIZERS:
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _read(evidence: Evidence, name: str) -> bool:
    return any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) for n in evidence.nodes
    )


def _repeated(evidence: Evidence, node: ast.AST) -> bool:
    """Whether a node stands in a loop, or in a function that is called in one."""
    if loop_around(evidence, node) is not None:
        return True
    function = enclosing(evidence, node, *FUNCTIONS)
    if not isinstance(function, FUNCTIONS) or not is_called(evidence, function.name):
        return False
    calls = [n for n in evidence.nodes if isinstance(n, ast.Call) and called(n) == function.name]
    return any(loop_around(evidence, call) is not None for call in calls)
