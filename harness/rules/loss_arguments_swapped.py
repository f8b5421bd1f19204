"""A cross-entropy is given the prediction as the label, and the label as the prediction.

## What it finds

A loss object for cross-entropy or divergence that is called with a model's output in the first place and with
fixed labels, or rows of the data, in the second; one of Keras's functions that a hand-written step gives a
model's output first and its own input second; or a loss of the program's own, handed to `compile`, that takes
its two arguments the other way round.

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
from harness.rules._program import called, dotted, enclosing, keyword, method_calls
from harness.rules._tapes import FUNCTIONS, bound_to, scope

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
            yield from _handed(evidence, node)


def _handed(evidence: Evidence, node: ast.Call) -> Iterator[Match]:
    """A loss for ``compile`` that hands its second argument, the output, to Keras's as the labels."""
    own = enclosing(evidence, node, *FUNCTIONS)
    if not isinstance(own, FUNCTIONS) or _own(evidence, node) or not _compiled_with(evidence, own.name):
        return
    taken = [argument.arg for argument in own.args.args]
    given = [argument.id if isinstance(argument, ast.Name) else None for argument in node.args[:2]]
    bound = {n.id for n in ast.walk(own) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    if len(taken) != 2 or given != taken[::-1] or bound & set(taken):
        return
    message = (
        f"Keras hands a loss the labels first, but `{own.name}` gives its first argument, `{taken[0]}`, to "
        f"`{called(node)}` as the prediction. Write `def {own.name}({taken[1]}, {taken[0]})`."
    )
    yield Match(own.lineno, message, end_line=node.end_lineno, evidence={"loss": called(node)})


def _compiled_with(evidence: Evidence, name: str) -> bool:
    """Whether a function is only ever used as the loss of ``compile``, and never called by the program."""
    used = [n for n in evidence.nodes if isinstance(n, ast.Name) and n.id == name]
    losses = [
        loss
        for site in method_calls(evidence)
        if site.method == "compile"
        for loss in (keyword(site.node, "loss"), *site.node.args[1:2])
    ]
    return bool(used) and all(any(node is loss for loss in losses) for node in used)


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
