"""The discriminator sees far more of one side than of the other.

## What it finds

A discriminator that is trained on batches of real and of generated examples whose sizes differ by a
factor of four or more.

## Why it is wrong

The larger side decides the gradient: the discriminator does well by answering its label to
anything. Use batches of the same size.

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
    real = x_train[np.random.randint(0, 64, 128)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((128, 1)))
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

The rows of all calls on one side are added up, as if each were made once in a round. A whole data
set used as one batch has a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import direct, is_fake, is_real, pairs

SEVERITY = Severity.WARNING
NEEDS = "trace"
ECHO_OF = ("whole-dataset-as-batch",)

_FACTOR = 4


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in pairs(evidence):
        real: dict[int, int] = {}
        fake: dict[int, int] = {}
        calls = direct(evidence, pair.discriminator)
        if any(call.error for call in calls):
            continue
        for call in calls:
            if call.api != "train_on_batch" or call.line is None or not call.inputs:
                continue
            array = call.inputs[0]
            if is_real(array) and array.origin_model is None:
                real[call.line] = array.shape[0]
            elif is_fake(array, pair.generator):
                fake[call.line] = array.shape[0]
        many, few = max(sum(real.values()), sum(fake.values())), min(sum(real.values()), sum(fake.values()))
        if few and many >= _FACTOR * few:
            more, less = ("real", "generated") if sum(real.values()) == many else ("generated", "real")
            side = real if more == "real" else fake
            name = evidence.name_of(pair.discriminator)
            message = (
                f"`{name}` is shown about {round(many / few)} times as many {more} examples as {less} ones. "
                "Show it "
                "as many of each."
            )
            yield Match(min(side), message, evidence={"real_lines": sorted(real), "fake_lines": sorted(fake)})
