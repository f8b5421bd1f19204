"""One update is made on the whole data set.

## What it finds

`train_on_batch` inside a loop, given thousands of rows, or `fit` with a batch of thousands: all that the
data set has.

## Why it is wrong

A single update then costs as much as a whole epoch of small ones and needs the memory for all
activations at once, and the noise of small batches, which helps the training of a GAN, is gone.
Against a batch of a hundred fakes the real side also weighs hundreds of times more.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:6000].reshape(-1, 784) / 127.5 - 1

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
    discriminator.trainable = True
    discriminator.train_on_batch(x_train, np.ones((6000, 1)))
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

Full-batch training on fewer than 5,000 rows is common with small data and no finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Call, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import is_real

SEVERITY = Severity.WARNING
NEEDS = "trace"

_MANY = 5000


def find(evidence: Evidence) -> Iterator[Match]:
    for call in evidence.training:
        if call.line is None or call.model is None or not (_in_rounds(call) or _in_epochs(call)):
            continue
        rows = [array.shape[0] for array in call.inputs if array.shape and is_real(array)]
        if rows and max(rows) >= _MANY:
            message = (
                f"Each update of `{evidence.name_of(call.model)}` takes {max(rows)} examples as one batch; "
                "draw a small random batch in every round."
            )
            yield Match(call.line, message, evidence={"rows": max(rows)})


def _in_rounds(call: Call) -> bool:
    return call.api == "train_on_batch" and call.in_loop


def _in_epochs(call: Call) -> bool:
    """A ``fit`` whose batch is all there is."""
    rows = max((array.shape[0] for array in call.inputs if array.shape), default=0)
    return call.api == "fit" and call.batch == rows
