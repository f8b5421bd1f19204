"""A GAN's learning rate is far outside the range in which such training works.

## What it finds

An adaptive optimizer (Adam, RMSprop and their kin) of a generator or discriminator with a learning
rate above 0.02 or below 0.0000001.

## Why it is wrong

Adam moves every weight by about the learning rate in each step. At a tenth, weights of initial size
0.05 are gone after one step; at 1e-8 nothing changes in the article's lifetime. Around 0.0002 is
usual.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers, optimizers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) / 127.5 - 1

generator = Sequential(
    [Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(784, activation="tanh")]
)
discriminator = Sequential(
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(loss="binary_crossentropy", optimizer=optimizers.Adam(0.5))
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

Plain gradient descent, whose good rates depend on the loss, is left alone; so are optimizers that
are used without compile.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import number, pairs

SEVERITY = Severity.WARNING
NEEDS = "trace"

_ADAPTIVE = {"Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Lion"}
_HIGH, _LOW = 0.02, 1e-7


def find(evidence: Evidence) -> Iterator[Match]:
    players = {m for pair in pairs(evidence) for m in (pair.generator, pair.discriminator, pair.combined)}
    told: set[int] = set()
    for event in evidence.compiles:
        rate = event.learning_rate
        if (
            event.model not in players
            or event.optimizer not in _ADAPTIVE
            or rate is None
            or event.line is None
        ):
            continue
        if _LOW <= rate <= _HIGH or event.line in told:
            continue
        told.add(event.line)
        side = "above" if rate > _HIGH else "below"
        message = (
            f"{event.optimizer} with a learning rate of {number(rate)} is far {side} what a GAN can be "
            "trained with; around 0.0002 is usual."
        )
        yield Match(
            event.line, message, evidence={"model": event.model, "learning_rate": float(number(rate))}
        )
