"""The gradient penalty enters the critic's loss with the wrong sign.

## What it finds

A loss from which a gradient penalty is subtracted.

## Why it is wrong

A penalty is paid for a slope that is not 1. Subtracted, it is a reward: the critic makes its slope as steep
as it can, its values grow without end, and its gradients tell the generator nothing of use.

## Example

```python
import keras
import tensorflow as tf

critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()


def gradient_penalty(real, fake):
    alpha = tf.random.uniform((len(real), 1))
    middle = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(middle)
        score = critic(middle)
    slope = tf.norm(tape.gradient(score, middle), axis=1)
    return tf.reduce_mean((slope - 1.0) ** 2)


def critic_step(real, fake):
    with tf.GradientTape() as tape:
        cost = tf.reduce_mean(critic(fake)) - tf.reduce_mean(critic(real))
        loss = cost - 10.0 * gradient_penalty(real, fake)
    gradients = tape.gradient(loss, critic.trainable_variables)
    optimizer.apply_gradients(zip(gradients, critic.trainable_variables))
```

## Read instead

```python
import keras
import tensorflow as tf

critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()


def gradient_penalty(real, fake):
    alpha = tf.random.uniform((len(real), 1))
    middle = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(middle)
        score = critic(middle)
    slope = tf.norm(tape.gradient(score, middle), axis=1)
    return tf.reduce_mean((slope - 1.0) ** 2)


def critic_step(real, fake):
    with tf.GradientTape() as tape:
        cost = tf.reduce_mean(critic(fake)) - tf.reduce_mean(critic(real))
        loss = cost + 10.0 * gradient_penalty(real, fake)
    gradients = tape.gradient(loss, critic.trainable_variables)
    optimizer.apply_gradients(zip(gradients, critic.trainable_variables))
```

## Known limits

Read from the text, by the names of the penalty and the loss. A loss whose negative is taken anywhere in the
same function is left alone: there it may be something to maximise.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._penalties import is_penalty
from harness.rules._program import called
from harness.rules._tapes import FUNCTIONS, scope

SEVERITY = Severity.ERROR
NEEDS = "source"

_PASSING = {"reduce_mean", "reduce_sum", "mean", "sum"}


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        if not isinstance(node, ast.Assign | ast.AugAssign | ast.Return) or node.value is None:
            continue
        name = _loss(evidence, node)
        if name is None or _negated(scope(evidence, node), name):
            continue
        sign = -1 if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub) else 1
        for way, term in _terms(node.value, sign):
            if way < 0 and is_penalty(term):
                message = f"The gradient penalty is subtracted from `{name}` here; it is to be added."
                yield Match(term.lineno, message, evidence={"loss": name})


def _loss(evidence: Evidence, node: ast.Assign | ast.AugAssign | ast.Return) -> str | None:
    """The name of the loss that a statement makes."""
    if isinstance(node, ast.Return):
        around = scope(evidence, node)
        name = around.name if isinstance(around, FUNCTIONS) else ""
    else:
        name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
    return name if "loss" in name.lower() or "cost" in name.lower() else None


def _negated(around: ast.AST, name: str) -> bool:
    return any(
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and ast.unparse(node.operand) == name
        for node in ast.walk(around)
    )


def _terms(node: ast.expr, sign: int) -> Iterator[tuple[int, ast.expr]]:
    """The summands of an expression with their signs."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield from _terms(node.left, sign)
        yield from _terms(node.right, sign if isinstance(node.op, ast.Add) else -sign)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield from _terms(node.operand, -sign)
    elif isinstance(node, ast.Call) and called(node) in _PASSING and len(node.args) == 1:
        yield from _terms(node.args[0], sign)
    else:
        yield sign, node
