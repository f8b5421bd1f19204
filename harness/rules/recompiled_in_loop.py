"""A model is compiled anew in every round of its training loop.

## What it finds

`compile` inside a loop that trains the same model, keeping one optimizer object.

## Why it is wrong

Each compile throws the compiled training function away: the next update traces and compiles it
again, which costs seconds where the update costs milliseconds. Compile once, before the loop.

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
adam = optimizers.Adam()
discriminator.compile(loss="binary_crossentropy", optimizer=adam)
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.compile(loss="binary_crossentropy", optimizer=adam)
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

Where the optimizer is made anew as well, `optimizer-reset-in-loop` says so instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules.optimizer_reset_in_loop import compiles_in_training_loop

SEVERITY = Severity.WARNING
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    for site, events in compiles_in_training_loop(evidence):
        if (
            len(events) > 1
            and len({e.optimizer_id for e in events}) == 1
            and len({e.model for e in events}) == 1
        ):
            message = (
                f"`{site.receiver}` is compiled in every round of the loop, so that its training function is "
                "built anew each time; compile it once, before the loop."
            )
            yield Match(site.line, message, end_line=site.end_line, evidence={"receiver": site.receiver})
