"""A gradient penalty mixes real and generated examples, and takes the gradient somewhere else.

## What it finds

A function that takes a gradient at inputs and holds its norm at 1, in which points between real and generated
examples are computed and never used.

## Why it is wrong

The penalty bounds the critic's slope where it is measured. At the real examples alone it says nothing about
the way from generated examples to real ones, along which the generator is to be led. Call the critic on the
points between, and take the gradient for them.

## Example

```python
import tensorflow as tf


def gradient_penalty(critic, real, fake):
    alpha = tf.random.uniform((tf.shape(real)[0], 1))
    middle = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(real)
        score = critic(real)
    gradients = tape.gradient(score, real)
    slope = tf.sqrt(tf.reduce_sum(tf.square(gradients), axis=1) + 1e-12)
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

Read from the text. A penalty that is meant for the real examples, and mixes nothing, is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._penalties import penalising
from harness.rules._program import called
from harness.rules._tapes import bound_to, loads

SEVERITY = Severity.ERROR
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    for function, _ in penalising(evidence):
        taken = [
            node for node in ast.walk(function) if called(node) == "gradient" and isinstance(node, ast.Call)
        ]
        for assign in (node for node in ast.walk(function) if isinstance(node, ast.Assign)):
            target = assign.targets[0]
            if not isinstance(target, ast.Name) or not _mixture(assign.value) or not taken:
                continue
            uses = [name for name in loads(function, target.id) if not _watched(evidence, name)]
            if not uses:
                point = ast.unparse(taken[0].args[1]) if len(taken[0].args) > 1 else "other points"
                message = (
                    f"The points between, `{target.id}`, are never used: this gradient is taken at "
                    f"`{point}`. Call the critic on `{target.id}`, and take the gradient for it."
                )
                line = taken[0].lineno
                found = {"mixed_at": assign.lineno}
                yield Match(line, message, end_line=taken[0].end_lineno, evidence=found)
            elif all(_is_source(name, taken) for name in uses):
                yield from _judged_elsewhere(evidence, function, taken, target.id)


def _judged_elsewhere(
    evidence: Evidence, function: ast.AST, taken: list[ast.Call], mixed: str
) -> Iterator[Match]:
    """The gradient is taken for the points between, and what it is taken of was said of other points."""
    said = taken[0].args[0] if len(taken) == 1 and taken[0].args else None
    made = bound_to(function, said.id, taken[0].lineno) if isinstance(said, ast.Name) else None
    if made is None or not isinstance(made.value, ast.Call) or not made.value.args:
        return
    first, last = getattr(function, "lineno", 1), getattr(function, "end_lineno", 0) or 0
    failed = [
        fault.seq
        for fault in evidence.faults
        if fault.line is not None and first <= fault.line <= last and "None values" in fault.message
    ]
    message = (
        f"The critic is asked about `{ast.unparse(made.value.args[0])}` here, and the gradient is taken for "
        f"`{mixed}`, of which that says nothing. Call the critic on `{mixed}`."
    )
    yield Match(made.lineno, message, end_line=made.end_lineno, explains=tuple(failed))


def _is_source(name: ast.Name, taken: list[ast.Call]) -> bool:
    """Whether a name stands where a gradient is told what it is taken for."""
    return any(name in set(ast.walk(source)) for call in taken for source in call.args[1:])


def _watched(evidence: Evidence, name: ast.Name) -> bool:
    return called(evidence.parents.get(name) or name) == "watch"


def _mixture(value: ast.expr) -> bool:
    """``a + w * (b - a)`` or ``w * a + (1 - w) * b``."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add):
        return False
    products = [side for side in (value.left, value.right) if isinstance(side, ast.BinOp)]
    weighed = [one for one in products if isinstance(one.op, ast.Mult)]
    names = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
    return bool(weighed) and len(names) >= 3
