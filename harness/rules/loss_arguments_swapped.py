"""A cross-entropy is given the prediction as the label, and the label as the prediction.

## What it finds

A loss object for cross-entropy or divergence that is called with a model's output in the first place and with
fixed labels, or rows of the data, in the second.

## Why it is wrong

Keras's losses take the truth first: `loss(y_true, y_pred)`. These are not symmetric. The other way round the
numbers differ and so do their slopes: a label of 0 drives the model not at all, and one of 1 without end,
however right its answer is.

## Example

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

x = tf.random.normal((16, 4))
with tf.GradientTape() as tape:
    output = model(x)
    loss = cross_entropy(output, tf.ones_like(output))
variables = model.trainable_variables
optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
```

## Read instead

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

x = tf.random.normal((16, 4))
with tf.GradientTape() as tape:
    output = model(x)
    loss = cross_entropy(tf.ones_like(output), output)
variables = model.trainable_variables
optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
```

## Known limits

Seen are loss objects, and outputs that reach them unchanged. Losses that are the same both ways round, such
as the mean squared error, are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import LossTaken, Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"

_ONE_WAY = frozenset(
    {
        "binary_crossentropy",
        "binary_focal_crossentropy",
        "categorical_crossentropy",
        "categorical_focal_crossentropy",
        "sparse_categorical_crossentropy",
        "kl_divergence",
        "poisson",
        "hinge",
    }
)


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int] = set()
    for event in evidence.of(LossTaken):
        if event.labels is None or event.line is None or event.name not in _ONE_WAY or event.line in told:
            continue
        told.add(event.line)
        name = evidence.name_of(event.labels)
        message = (
            f"This loss is given the output of `{name}` as the labels, and the labels as the prediction. "
            "Write the labels first: `loss(labels, output)`."
        )
        yield Match(event.line, message, evidence={"model": event.labels, "loss": event.name})
