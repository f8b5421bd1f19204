"""A straight-through estimator hands on the values that were to be quantised, and not the quantised ones.

## What it finds

`q + stop_gradient(x - q)`, where `q` was made by an operation that quantises: nearest codes, rounding,
signs, a hard choice.

## Why it is wrong

The sum has the value of `x` and the gradient of `q`. What comes next is trained on numbers that were never
quantised, so that it does not learn to read the codes; and no gradient gets past the quantisation, so that
what makes `x` is not trained by it. Written the other way round, `x + stop_gradient(q - x)`, the value is
that of `q` and the gradient goes to `x`.

## Example

```python
import tensorflow as tf

codes = tf.random.normal((8, 4))


def quantise(x):
    distances = tf.reduce_sum(tf.square(x[:, None, :] - codes[None, :, :]), axis=2)
    quantised = tf.gather(codes, tf.argmin(distances, axis=1))
    return quantised + tf.stop_gradient(x - quantised)


print(quantise(tf.random.normal((3, 4))))
```

## Read instead

```python
import tensorflow as tf

codes = tf.random.normal((8, 4))


def quantise(x):
    distances = tf.reduce_sum(tf.square(x[:, None, :] - codes[None, :, :]), axis=2)
    quantised = tf.gather(codes, tf.argmin(distances, axis=1))
    return x + tf.stop_gradient(quantised - x)


print(quantise(tf.random.normal((3, 4))))
```

## Known limits

Read from the text, within one function: what quantises must be called there, or by a function of the
program's that is called there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called
from harness.rules._tapes import FUNCTIONS, behind

SEVERITY = Severity.ERROR
NEEDS = "source"

_QUANTISING = frozenset({"argmin", "argmax", "one_hot", "round", "rint", "sign", "floor", "ceil", "top_k"})


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add):
            continue
        for kept, stopped in ((node.left, node.right), (node.right, node.left)):
            difference = stopped.args[0] if isinstance(stopped, ast.Call) and stopped.args else None
            if called(stopped) != "stop_gradient" or not isinstance(difference, ast.BinOp):
                continue
            first, second = ast.unparse(difference.left), ast.unparse(difference.right)
            if not isinstance(difference.op, ast.Sub) or second != ast.unparse(kept) or first == second:
                continue
            if _quantised(evidence, kept) and not _quantised(evidence, difference.left):
                message = (
                    f"This has the value of `{first}`, which is not quantised, and the gradient of "
                    f"`{second}`: write `{first} + stop_gradient({second} - {first})`."
                )
                yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"quantised": second})


def _quantised(evidence: Evidence, value: ast.expr) -> bool:
    """Whether an operation that quantises is among what a value is made of."""
    names = behind(evidence, value)
    own = [node for node in evidence.nodes if isinstance(node, FUNCTIONS) and node.name in names]
    inside = {called(part) for function in own for part in ast.walk(function)}
    return bool((names | inside) & _QUANTISING)
