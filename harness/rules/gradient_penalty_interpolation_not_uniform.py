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

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._penalties import weights

SEVERITY = Severity.WARNING
NEEDS = "source"

_NORMAL = {"normal", "randn", "standard_normal", "truncated_normal", "random_normal"}


def find(evidence: Evidence) -> Iterator[Match]:
    for weight in weights(evidence, _NORMAL):
        message = (
            f"`{weight.name}` is drawn from a normal distribution, so that many points lie outside "
            "of what is between real and generated examples; draw it uniformly from [0, 1]."
        )
        yield weight.match(message)
