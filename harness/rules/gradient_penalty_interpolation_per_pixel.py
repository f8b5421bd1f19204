"""The points of a gradient penalty are mixed pixel by pixel.

## What it finds

A gradient penalty whose weight between real and generated examples is drawn for every number of an example,
where one is to be drawn for each example.

## Why it is wrong

The penalty belongs on the straight lines between a real example and a generated one: one random weight an
example. With a weight for every pixel the points lie on no such line; they are real images speckled with
pixels of generated ones, of which the bound says nothing. Draw weights of the shape `(batch, 1, 1, 1)`.

## Example

```python
import tensorflow as tf


def gradient_penalty(critic, real, fake):
    alpha = tf.random.uniform(tf.shape(real), 0.0, 1.0)
    mixed = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(mixed)
        scores = critic(mixed)
    slopes = tape.gradient(scores, mixed)
    norms = tf.sqrt(tf.reduce_sum(tf.square(slopes), axis=[1, 2, 3]) + 1e-12)
    return tf.reduce_mean((norms - 1.0) ** 2)
```

## Read instead

```python
import tensorflow as tf


def gradient_penalty(critic, real, fake):
    alpha = tf.random.uniform([tf.shape(real)[0], 1, 1, 1], 0.0, 1.0)
    mixed = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(mixed)
        scores = critic(mixed)
    slopes = tape.gradient(scores, mixed)
    norms = tf.sqrt(tf.reduce_sum(tf.square(slopes), axis=[1, 2, 3]) + 1e-12)
    return tf.reduce_mean((norms - 1.0) ** 2)
```

## Known limits

Read from the text: the weight is drawn in the function of the penalty, with the shape written there as a
list of plain numbers, or as the shape of the examples. A penalty around real examples (as in DRAGAN) is left
alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._penalties import weights
from harness.rules._program import called, keyword

SEVERITY = Severity.WARNING
NEEDS = "source"

_DRAWN = {"uniform", "random_uniform", "rand", "random_sample"}
# A penalty around real examples mixes them with noisy copies of themselves, each number by its own weight.
_AROUND = re.compile(r"dragan|perturb|nois[ey]", re.IGNORECASE)


def find(evidence: Evidence) -> Iterator[Match]:
    for weight in weights(evidence, _DRAWN):
        if _for_each_number(weight.drawn) and not _AROUND.search(ast.unparse(weight.function)):
            message = (
                f"`{weight.name}` is drawn for every number of an example, so that the points lie on no "
                "line between a real and a generated one; draw one for each example, of the shape "
                "`(batch, 1, 1, 1)`."
            )
            yield weight.match(message)


def _for_each_number(drawn: ast.Call) -> bool:
    """Whether the shape of what is drawn is that of whole examples."""
    shape = keyword(drawn, "shape") or keyword(drawn, "size") or (drawn.args[0] if drawn.args else None)
    if isinstance(shape, ast.List | ast.Tuple):
        sizes = [each.value for each in shape.elts[1:] if isinstance(each, ast.Constant)]
        return len(sizes) > 1 and any(isinstance(size, int) and size > 1 for size in sizes)
    whole = shape.args[0] if isinstance(shape, ast.Call) and called(shape) == "shape" and shape.args else None
    if isinstance(shape, ast.Attribute) and shape.attr == "shape":
        whole = shape.value
    return isinstance(whole, ast.Name)
