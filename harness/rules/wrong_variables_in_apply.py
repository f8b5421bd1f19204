"""The gradients of one network are applied to the variables of another.

## What it finds

A training step that takes a gradient for one model's variables and hands it to the optimizer together with
another model's.

## Why it is wrong

An optimizer goes through gradients and variables side by side. Where the shapes differ it fails; where they
happen to agree, one network is moved by numbers that belong to the other, and the one that the gradient was
taken for never moves.

## Example

```python
import keras
import tensorflow as tf

generator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
discriminator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()


def train_step(noise):
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(discriminator(generator(noise)))
    gradients = tape.gradient(loss, generator.trainable_variables)
    optimizer.apply_gradients(zip(gradients, discriminator.trainable_variables))


train_step(tf.random.normal((8, 4)))
```

## Read instead

```python
import keras
import tensorflow as tf

generator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
discriminator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()


def train_step(noise):
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(discriminator(generator(noise)))
    gradients = tape.gradient(loss, generator.trainable_variables)
    optimizer.apply_gradients(zip(gradients, generator.trainable_variables))


train_step(tf.random.normal((8, 4)))
```

## Known limits

Read from the text, within one function, where both are written as `model.trainable_variables`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence, Match
from harness.rules._tapes import applied, functions, gradients, scope

SEVERITY = Severity.ERROR
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    for around in functions(evidence):
        taken = [g for g in gradients(evidence, around) if scope(evidence, g.node) is around]
        for use in applied(around):
            if scope(evidence, use.node) is not around or use.owner is None:
                continue
            inline = [g for g in taken if g.node is use.gradients]
            before = [g for g in taken if g.node.lineno < use.node.lineno and _same(g.name, use.gradients)]
            latest = next(reversed(inline or before), None)
            if latest is None or latest.owner is None or latest.owner == use.owner:
                continue
            if _alias(evidence, latest.owner, use.owner):
                continue
            faults = [fault.seq for fault in evidence.faults if fault.spans(use.node.lineno)]
            message = (
                f"The gradients taken for `{latest.owner}` in line {latest.node.lineno} are applied to the "
                f"variables of `{use.owner}`. Apply them to those of `{latest.owner}`."
            )
            found = {"taken_for": latest.owner, "applied_to": use.owner, "taken_at": latest.node.lineno}
            yield Match(
                use.node.lineno,
                message,
                end_line=use.node.end_lineno,
                evidence=found,
                explains=tuple(faults),
            )


def _same(name: str | None, node: ast.expr) -> bool:
    return name is not None and isinstance(node, ast.Name) and node.id == name


def _alias(evidence: Evidence, one: str, other: str) -> bool:
    """Whether one name was bound to the other: two words for one model."""
    for name, text in ((one, other), (other, one)):
        if any(ast.unparse(assign.value) == text for assign in assignments(evidence, name)):
            return True
    return False
