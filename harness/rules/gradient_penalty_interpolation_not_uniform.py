"""The points of a gradient penalty are not drawn between real and generated examples.

## What it finds

A gradient penalty whose interpolation weight is drawn from a normal distribution.

## Why it is wrong

The penalty is to be taken on the straight lines between real and generated examples, so that the weight must
lie between 0 and 1: `uniform`. Normal numbers put half of the points outside, on either side, where neither
player ever comes.

## Example

```python
import tensorflow as tf


def gradient_penalty(critic, real, fake):
    alpha = tf.random.normal((tf.shape(real)[0], 1))
    middle = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(middle)
        score = critic(middle)
    slope = tf.norm(tape.gradient(score, middle), axis=1)
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
    slope = tf.norm(tape.gradient(score, middle), axis=1)
    return tf.reduce_mean((slope - 1.0) ** 2)
```

## Known limits

Read from the text: in a function with `penalty` in its name, or one that takes the gradient of what it mixed.
A penalty around real examples with normal noise (as in DRAGAN) adds it, and is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._penalties import of_inputs
from harness.rules._program import called, dotted
from harness.rules._tapes import FUNCTIONS

SEVERITY = Severity.WARNING
NEEDS = "source"

_NORMAL = {"normal", "randn", "standard_normal", "truncated_normal", "random_normal"}


def find(evidence: Evidence) -> Iterator[Match]:
    for function in evidence.nodes:
        if not isinstance(function, FUNCTIONS) or not _penalises(function):
            continue
        for assign in (node for node in ast.walk(function) if isinstance(node, ast.Assign)):
            target = assign.targets[0]
            if called(assign.value) not in _NORMAL or not isinstance(target, ast.Name):
                continue
            if _mixes(function, target.id):
                message = (
                    f"`{target.id}` is drawn from a normal distribution, so that many points lie outside "
                    "of what is between real and generated examples; draw it uniformly from [0, 1]."
                )
                yield Match(
                    assign.lineno, message, end_line=assign.end_lineno, evidence={"weight": target.id}
                )


def _penalises(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    named = "penalty" in function.name.lower() or function.name.lower().endswith("gp")
    taken = any(called(node) in {"gradient", "gradients"} for node in ast.walk(function))
    return (named and taken) or any(of_inputs(node) for node in ast.walk(function))


def _mixes(function: ast.AST, name: str) -> bool:
    """Whether ``name`` weighs a difference, as ``a + w * (b - a)``, or both: ``w * a + (1 - w) * b``."""
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            sides = (node.left, node.right)
            for one, other in (sides, sides[::-1]):
                if dotted(one) == name and _difference(function, other):
                    return True
                if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub) and _one_minus(one, name):
                    return True
    return False


def _difference(function: ast.AST, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        values = [a.value for a in ast.walk(function) if isinstance(a, ast.Assign) and _binds(a, node.id)]
        return any(_difference(function, value) for value in values if not isinstance(value, ast.Name))
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)


def _binds(assign: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in assign.targets)


def _one_minus(node: ast.BinOp, name: str) -> bool:
    return isinstance(node.left, ast.Constant) and node.left.value == 1 and dotted(node.right) == name
