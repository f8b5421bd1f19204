"""`predict` is called on small batches inside a training loop.

## What it finds

A call of `predict` in a loop that also trains.

## Why it is wrong

`predict` is made for large inputs: each call builds a data pipeline, runs callbacks and prints a
progress bar. For one batch in a loop, calling the model itself, `generator(noise, training=False)`,
gives the same numbers several times faster.

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

for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator.predict(noise, verbose=0), np.zeros((16, 1)))
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

The results are the same; this is a matter of time only.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import loop_around, method_calls, training_sites

SEVERITY = Severity.NOTE
NEEDS = "trace"

_BATCH = 256


def find(evidence: Evidence) -> Iterator[Match]:
    for site in method_calls(evidence):
        loop = loop_around(evidence, site.node)
        if site.method != "predict" or loop is None or site.receiver not in evidence.named:
            continue
        # predict among other things that happen once per epoch costs nothing to speak of.
        beside = [other for other in training_sites(evidence) if loop_around(evidence, other.node) is loop]
        if beside and not (all(other.method == "fit" for other in beside) and _large(evidence, site.line)):
            message = (
                f"`{site.receiver}.predict` builds a data pipeline for every batch of this loop; "
                f"call `{site.receiver}(...)` itself."
            )
            yield Match(site.line, message, end_line=site.end_line, evidence={"receiver": site.receiver})


def _large(evidence: Evidence, line: int) -> bool:
    """Whether what is predicted in a line is no batch: so it is where a loop fits one model after another."""
    rows = [call.inputs[0].shape[:1] for call in evidence.calls if call.line == line and call.inputs]
    return bool(rows) and min(rows) > (_BATCH,)
