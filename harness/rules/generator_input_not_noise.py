"""The generator's side is fed images where it takes a vector of noise.

## What it finds

A training call on a generator, or on the model that holds it, that failed because it was given
arrays of more than one axis per example, the discriminator's batch for instance, while the model
takes one vector.

## Why it is wrong

A generator turns a random vector into an example. The discriminator's input is not its input: the
shapes do not fit, and if they did, nothing new would be generated.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64] / 127.5 - 1

generator = Sequential(
    [
        Input((16,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(784, activation="tanh"),
        layers.Reshape((28, 28)),
    ]
)
discriminator = Sequential(
    [
        Input((28, 28)),
        layers.Flatten(),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
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
    gan.train_on_batch(real, np.ones((16, 1)))
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

Image-to-image networks take images on purpose and are left alone: the rule asks for a model that
takes one vector.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import holds, pairs, shape_text

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    found = pairs(evidence)
    makers = {pair.generator for pair in found}
    makers |= {m for m in evidence.models for pair in found if holds(evidence, m, pair.generator)}
    for call in evidence.training:
        seen = evidence.models.get(call.model) if call.model in makers and call.model is not None else None
        if seen is None or call.error is None or call.line is None or not call.inputs:
            continue
        fed, taken = call.inputs[0].shape, seen.input_shapes
        if len(taken) != 1 or len(taken[0]) != 2 or len(fed) <= 2:
            continue
        faults = [f.seq for f in evidence.faults if f.line is not None and f.line <= call.line <= f.end_line]
        message = (
            f"`{evidence.name_of(seen.model)}` takes vectors of {taken[0][1]} random numbers, but is fed "
            f"arrays of shape {shape_text(fed[1:])}. Feed it noise of shape (batch, {taken[0][1]})."
        )
        about = {"model": seen.model, "fed": list(fed[1:]), "taken": list(taken[0][1:])}
        yield Match(call.line, message, evidence=about, explains=tuple(faults))
