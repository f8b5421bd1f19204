"""A square root is taken where its argument may be zero, and its gradient is needed.

## What it finds

A gradient penalty whose norm is written out as the square root of a sum of squares, with nothing added under
the root.

## Why it is wrong

The square root's slope at zero is infinite. Where the critic's gradient vanishes at a point, as it does for a
ReLU network that is off there, the penalty's own gradient becomes NaN, and one such point spoils every
weight. Add a small number under the root, or use a maximum with one.

## Example

```python
import tensorflow as tf


def gradient_penalty(critic, middle):
    with tf.GradientTape() as tape:
        tape.watch(middle)
        score = critic(middle)
    gradients = tape.gradient(score, middle)
    norm = tf.sqrt(tf.reduce_sum(tf.square(gradients), axis=1))
    return tf.reduce_mean((norm - 1.0) ** 2)
```

## Read instead

```python
import tensorflow as tf


def gradient_penalty(critic, middle):
    with tf.GradientTape() as tape:
        tape.watch(middle)
        score = critic(middle)
    gradients = tape.gradient(score, middle)
    norm = tf.sqrt(tf.reduce_sum(tf.square(gradients), axis=1) + 1e-12)
    return tf.reduce_mean((norm - 1.0) ** 2)
```

## Known limits

Read from the text. Many programs train for long without meeting the point; where one does, the loss shows it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called
from harness.rules._tapes import FUNCTIONS

SEVERITY = Severity.NOTE
NEEDS = "source"

_SUMS = {"reduce_sum", "sum"}


def find(evidence: Evidence) -> Iterator[Match]:
    for function in evidence.nodes:
        if not isinstance(function, FUNCTIONS) or "penalty" not in function.name.lower():
            continue
        sums = {
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and called(node.value) in _SUMS
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and called(node) == "sqrt" and node.args:
                inner = node.args[0]
                bare = called(inner) in _SUMS or (isinstance(inner, ast.Name) and inner.id in sums)
                if bare:
                    message = (
                        "The square root has no gradient where this sum is 0; add a small number under it."
                    )
                    yield Match(node.lineno, message, end_line=node.end_lineno)
