"""Both players are built and compiled, and nothing in the article trains them.

## What it finds

A program with a generator and a discriminator that compiles at least one of them, contains no call
that trains (`fit`, `train_on_batch`, an optimizer applying gradients) and made none in its run.

## Why it is wrong

`compile` only stores a loss and an optimizer. Both networks keep their random initial weights, so
every image made with them is noise.

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
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")
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

A training loop inside a function counts when the function is called or is a method. Articles about
a single network are left alone: they may load its weights.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import pairs
from harness.rules._program import reachable_training, training_sites

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    found = pairs(evidence)
    if not found or evidence.training or reachable_training(evidence):
        return
    if evidence.trace is None or not evidence.trace.completed:
        return
    players = {model for pair in found for model in (pair.generator, pair.discriminator, pair.combined)}
    lines = [event.line for event in evidence.compiles if event.model in players and event.line is not None]
    if not lines:
        return
    names = f"`{evidence.name_of(found[0].generator)}` and `{evidence.name_of(found[0].discriminator)}`"
    idle = sorted({site.function for site in training_sites(evidence) if site.function})
    cure = f"Call `{idle[0]}`." if idle else "Add a loop that trains both in turn."
    where = f"`{idle[0]}`, which would train them, is never called" if idle else "nothing trains them"
    message = f"{names} are built, but {where}: `compile` alone changes no weight. {cure}"
    yield Match(max(lines), message, evidence={"compiled": sorted(set(lines)), "training_calls": 0})
