"""A gradient penalty takes one norm over the whole batch.

## What it finds

The norm of a critic's gradients at its inputs, taken without an axis: one number for all examples.

## Why it is wrong

The penalty holds the slope at every example at 1. One norm over the batch holds their sum of squares there
instead: the more examples a batch has, the flatter the critic must be, and one steep example is paid for by
the others. Take the norm over all axes but the first.

## Example

```python
import tensorflow as tf


def gradient_penalty(critic, real, fake):
    alpha = tf.random.uniform((tf.shape(real)[0], 1))
    middle = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(middle)
        score = critic(middle)
    gradients = tape.gradient(score, middle)
    slope = tf.sqrt(tf.reduce_sum(tf.square(gradients)) + 1e-12)
    return tf.reduce_mean((slope - 1.0) ** 2)
```

## Read instead

```python
import tensorflow as tf


def gradient_penalty(critic, real, fake):
    alpha = tf.random.uniform((tf.shape(real)[0], 1))
    middle = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(middle)
        score = critic(middle)
    gradients = tape.gradient(score, middle)
    slope = tf.sqrt(tf.reduce_sum(tf.square(gradients), axis=1) + 1e-12)
    return tf.reduce_mean((slope - 1.0) ** 2)
```

## Known limits

Read from the text: a norm, or the square root of a sum of squares, in the function that takes the gradient.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._penalties import penalising
from harness.rules._program import called, keyword
from harness.rules._tapes import scope

SEVERITY = Severity.WARNING
NEEDS = "source"

_SUMS = {"reduce_sum", "sum"}
_AXES = ("axis", "axes", "keepdims")


def find(evidence: Evidence) -> Iterator[Match]:
    for function, names in penalising(evidence):
        sums = {
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and _sums_all(node.value, names)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(function):
            if not isinstance(node, ast.Call) or scope(evidence, node) is not function or not node.args:
                continue
            if _norm_of_all(node, names) or (called(node) == "sqrt" and _root(node.args[0], names, sums)):
                message = (
                    "This is one norm over the whole batch; the penalty is for the slope at each example: "
                    "give it all axes but the first."
                )
                yield Match(node.lineno, message, end_line=node.end_lineno)


def _norm_of_all(node: ast.Call, names: frozenset[str]) -> bool:
    """Whether a call is ``norm(gradients)`` of everything; its axis may also be the third argument."""
    return called(node) == "norm" and len(node.args) < 3 and _is(node.args[0], names) and not _axis(node)


def _root(node: ast.expr, names: frozenset[str], sums: set[str]) -> bool:
    """Whether a square root is taken of such a sum, with a small number added or without."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _root(node.left, names, sums) or _root(node.right, names, sums)
    return (isinstance(node, ast.Name) and node.id in sums) or _sums_all(node, names)


def _sums_all(node: ast.expr, names: frozenset[str]) -> bool:
    """Whether an expression is the sum of all squares of the gradients."""
    if called(node) not in _SUMS or not isinstance(node, ast.Call) or len(node.args) != 1 or _axis(node):
        return False
    squared = node.args[0]
    if isinstance(squared, ast.Call):
        return called(squared) in {"square", "pow"} and bool(squared.args) and _is(squared.args[0], names)
    return (
        isinstance(squared, ast.BinOp)
        and isinstance(squared.op, ast.Pow | ast.Mult)
        and _is(squared.left, names)
    )


def _is(node: ast.expr, names: frozenset[str]) -> bool:
    inner = node.value if isinstance(node, ast.Subscript) else node
    return isinstance(inner, ast.Name) and inner.id in names


def _axis(node: ast.Call) -> bool:
    return any(keyword(node, name) is not None for name in _AXES)
