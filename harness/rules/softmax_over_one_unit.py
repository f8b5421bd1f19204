"""A softmax is taken over a single unit.

## What it finds

A model whose output is one number per example with a softmax for its activation.

## Why it is wrong

Softmax divides each value by the sum of all of them. With one value the result is always 1: the
model answers the same to every input. The loss may still fall, because Keras on TensorFlow computes
it from the number before the softmax, while every prediction stays 1. Use a sigmoid.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) / 127.5 - 1

generator = Sequential(
    [Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(784, activation="tanh")]
)
discriminator = Sequential(
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="softmax")]
)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) / 127.5 - 1

generator = Sequential(
    [Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(784, activation="tanh")]
)
discriminator = Sequential(
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))
```

## Known limits

Models with several outputs are not looked into.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Call, Severity
from harness.rules._activations import output_activation
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import REGRESSION, row_size
from harness.rules._places import output_line
from harness.rules._players import one_unit

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    for seen in evidence.models.values():
        line = output_line(evidence, seen.model)
        if (
            line is None
            or seen.contains
            or not one_unit(seen)
            or output_activation(evidence, seen.model) != "softmax"
        ):
            continue
        if any(call.model == seen.model and _wants_more(call) for call in evidence.training):
            continue  # it lacks units, and the targets say how many
        losses = {loss for e in evidence.compiles if e.model == seen.model for loss in e.losses}
        advice = "leave the activation out" if losses and losses <= REGRESSION else "use a sigmoid"
        message = f"A softmax over the one output of `{evidence.name_of(seen.model)}` is always 1; {advice}."
        yield Match(line, message, evidence={"model": seen.model})


def _wants_more(call: Call) -> bool:
    """Whether training failed on targets of several numbers an example."""
    return call.error is not None and any((row_size(target) or 1) > 1 for target in call.targets)
