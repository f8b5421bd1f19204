"""A cross-entropy is given the prediction as the label, and the label as the prediction.

## What it finds

A loss object for cross-entropy or divergence that is called with a model's output in the first place and with
fixed labels, or rows of the data, in the second; or one of Keras's functions that a hand-written step gives a
model's output first and its own input second.

## Why it is wrong

Keras's losses take the truth first: `loss(y_true, y_pred)`. These are not symmetric. The other way round the
numbers differ and so do their slopes: a label of 0 drives the model not at all, and one of 1 without end,
however right its answer is.

## Example

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

x = tf.random.normal((16, 4))
with tf.GradientTape() as tape:
    output = model(x)
    loss = cross_entropy(output, tf.ones_like(output))
variables = model.trainable_variables
optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
```

## Read instead

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

x = tf.random.normal((16, 4))
with tf.GradientTape() as tape:
    output = model(x)
    loss = cross_entropy(tf.ones_like(output), output)
variables = model.trainable_variables
optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
```

## Known limits

Seen are outputs that reach a loss unchanged. Losses that are the same both ways round, such
as the mean squared error, are left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import LossTaken, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._losses import functions
from harness.rules._program import called, dotted
from harness.rules._tapes import bound_to, scope

SEVERITY = Severity.ERROR
NEEDS = "trace"

_ONE_WAY = frozenset(
    {
        "binary_crossentropy",
        "binary_focal_crossentropy",
        "categorical_crossentropy",
        "categorical_focal_crossentropy",
        "sparse_categorical_crossentropy",
        "kl_divergence",
        "poisson",
        "hinge",
    }
)


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int] = set()
    for event in evidence.of(LossTaken):
        if event.labels is None or event.line is None or event.name not in _ONE_WAY or event.line in told:
            continue
        told.add(event.line)
        name = evidence.name_of(event.labels)
        message = (
            f"This loss is given the output of `{name}` as the labels, and the labels as the prediction. "
            "Write the labels first: `loss(labels, output)`."
        )
        yield Match(event.line, message, evidence={"model": event.labels, "loss": event.name})
    for node in evidence.nodes:
        if isinstance(node, ast.Call) and called(node) in _ONE_WAY and len(node.args) >= 2:
            yield from _function(evidence, node)


def _function(evidence: Evidence, node: ast.Call) -> Iterator[Match]:
    """A loss function of Keras that a hand-written step gives a model's output first, and none second."""
    model = _maker(evidence, node.args[0])
    if model is None or not _is_given(evidence, node.args[1]) or _own(evidence, node):
        return
    name, loss = evidence.name_of(model), called(node)
    message = (
        f"`{loss}` is given the output of `{name}` as the labels, and the labels as the prediction. "
        f"Write the labels first: `{loss}({ast.unparse(node.args[1])}, {ast.unparse(node.args[0])})`."
    )
    yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"model": model, "loss": loss})


def _is_given(evidence: Evidence, value: ast.expr) -> bool:
    """Whether a name stands for what a function was handed or a loop goes through, or for a part of that."""
    if not isinstance(value, ast.Name):
        return False
    made = bound_to(scope(evidence, value), value.id, value.lineno)
    return made is None or isinstance(made.value, ast.Name | ast.Subscript | ast.Attribute)


def _own(evidence: Evidence, node: ast.Call) -> bool:
    """Whether the program has a function of its own by that name."""
    return isinstance(node.func, ast.Name) and node.func.id in functions(evidence)


def _maker(evidence: Evidence, given: ast.expr) -> int | None:
    """The model whose call made a value: ``decoder(z)``, or a name that was bound to that last."""
    if isinstance(given, ast.Name):
        made = bound_to(scope(evidence, given), given.id, given.lineno)
        if made is None or not isinstance(made.targets[0], ast.Name):
            return None
        given = made.value
    name = dotted(given.func) if isinstance(given, ast.Call) else None
    if name is None:
        return None
    held = {held.rpartition(".")[2]: seen.model for held, seen in evidence.named.items()}
    return held.get(name.rpartition(".")[2])
