"""What the article calls an epoch is a single update.

## What it finds

A loop whose variable is named after epochs and that trains the discriminator on one batch per
round, which is a small part of the data set.

## Why it is wrong

An epoch is one pass through the data. With a round of one batch, "100 epochs" are 100 updates: a
reader who compares with other articles, or counts on it for the time it takes, is misled by the
number of batches.

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

for epoch in range(4):
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

Only the name and the trace are compared; some well-known tutorials use the word this way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import DataLoaded, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import direct, is_real, pairs
from harness.rules._program import loop_at

SEVERITY = Severity.NOTE
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    available = max((s[0] for e in evidence.of(DataLoaded) for s in e.shapes if s), default=0)
    for pair in pairs(evidence):
        for call in direct(evidence, pair.discriminator):
            loop = loop_at(evidence, call.line)
            if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name) or not call.inputs:
                continue
            rows = call.inputs[0].shape[0]
            if "epoch" not in loop.target.id.lower() or not is_real(call.inputs[0]) or rows * 10 > available:
                continue
            message = (
                f"A round of this loop is called an epoch, but trains on {rows} of {available} examples: "
                "it is one update."
            )
            yield Match(loop.lineno, message, evidence={"rows": rows, "available": available})
            break
