"""A gradient penalty takes its norm over one axis of images.

## What it finds

The norm of a critic's gradients at its inputs, taken over the first axis behind the batch alone (`axis=1`),
where the critic takes images or other examples of several axes.

## Why it is wrong

The gradient at one example has as many axes as the example. A norm over one of them leaves a number for every
column and channel, and the penalty holds each of these at 1: the slope at the example, which is what is to be
1, is then many times that. Take the norm over all axes but the first.

## Example

```python
import keras
import tensorflow as tf

critic = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()


def gradient_penalty(real, fake):
    alpha = tf.random.uniform((len(real), 1, 1, 1))
    middle = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(middle)
        score = critic(middle)
    gradients = tape.gradient(score, middle)
    slope = tf.sqrt(tf.reduce_sum(tf.square(gradients), axis=1) + 1e-12)
    return tf.reduce_mean((slope - 1.0) ** 2)


def critic_step(real, fake):
    with tf.GradientTape() as tape:
        cost = tf.reduce_mean(critic(fake)) - tf.reduce_mean(critic(real))
        loss = cost + 10.0 * gradient_penalty(real, fake)
    gradients = tape.gradient(loss, critic.trainable_variables)
    optimizer.apply_gradients(zip(gradients, critic.trainable_variables))


critic_step(tf.random.normal((8, 4, 4, 1)), tf.random.normal((8, 4, 4, 1)))
```

## Read instead

```python
import keras
import tensorflow as tf

critic = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()


def gradient_penalty(real, fake):
    alpha = tf.random.uniform((len(real), 1, 1, 1))
    middle = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(middle)
        score = critic(middle)
    gradients = tape.gradient(score, middle)
    slope = tf.sqrt(tf.reduce_sum(tf.square(gradients), axis=[1, 2, 3]) + 1e-12)
    return tf.reduce_mean((slope - 1.0) ** 2)


def critic_step(real, fake):
    with tf.GradientTape() as tape:
        cost = tf.reduce_mean(critic(fake)) - tf.reduce_mean(critic(real))
        loss = cost + 10.0 * gradient_penalty(real, fake)
    gradients = tape.gradient(loss, critic.trainable_variables)
    optimizer.apply_gradients(zip(gradients, critic.trainable_variables))


critic_step(tf.random.normal((8, 4, 4, 1)), tf.random.normal((8, 4, 4, 1)))
```

## Known limits

Read from the text, in the function that takes the gradient; how many axes an example has is known from the
models that ran. Gradients that are reshaped first are left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._penalties import penalising
from harness.rules._players import one_unit
from harness.rules._program import called, keyword

SEVERITY = Severity.WARNING
NEEDS = "trace"

_SUMS = frozenset({"reduce_sum", "sum", "norm"})


def find(evidence: Evidence) -> Iterator[Match]:
    ranks = {
        len(seen.input_shapes[0]) for seen in evidence.models.values() if one_unit(seen) and seen.input_shapes
    }
    axes = min(ranks, default=0) - 1
    if len(ranks) != 1 or axes < 2:
        return
    for function, names in penalising(evidence):
        if _reshaped(function, names):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and called(node) in _SUMS and _over_one(node, names):
                every = ", ".join(str(axis + 1) for axis in range(axes))
                message = (
                    f"This norm is taken over one of the {axes} axes of an example; the penalty is for the "
                    f"slope at the whole example: write `axis=[{every}]`."
                )
                yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"axes": axes})


def _over_one(node: ast.Call, names: frozenset[str]) -> bool:
    """Whether a sum or norm of the gradients has ``axis=1`` or ``axis=[1]``."""
    held = {part.id for part in ast.walk(node.args[0]) if isinstance(part, ast.Name)} if node.args else set()
    axis = keyword(node, "axis") or keyword(node, "axes")
    if isinstance(axis, ast.List | ast.Tuple) and len(axis.elts) == 1:
        axis = axis.elts[0]
    return bool(held & names) and isinstance(axis, ast.Constant) and axis.value == 1


def _reshaped(function: ast.AST, names: frozenset[str]) -> bool:
    """Whether the gradients get another shape, or are summed before, in the function."""
    return any(
        isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id in names for t in node.targets)
        and any(called(part) in {"reshape", "Flatten", "flatten", *_SUMS} for part in ast.walk(node.value))
        for node in ast.walk(function)
    ) or any(
        called(node) in {"reshape", "flatten", "Flatten"}
        and any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))
        for node in ast.walk(function)
    )
