"""The generator is given another kind of noise than it was trained on.

## What it finds

A generator that is trained on uniform noise, and given noise that goes far beyond it elsewhere, as that of a
normal distribution does.

## Why it is wrong

A generator learns what to make of the noise it is shown. Half of all normal numbers are negative: one that
has only seen numbers from 0 to 1 has never been taught anything about those, and makes what it happens to
make.

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
    noise = np.random.uniform(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))

samples = generator.predict(np.random.normal(size=(16, 16)))
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
    noise = np.random.uniform(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))

samples = generator.predict(np.random.uniform(size=(16, 16)))
```

## Known limits

Only noise that is recognised as random is compared, by its range; numbers within what was trained are fine.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import ArraySummary, Roles, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._own_steps import fed_inside
from harness.rules._players import number, pairs

SEVERITY = Severity.WARNING
NEEDS = "trace"

_MOST = 1.001  # uniform noise
_BEYOND = 0.5  # of normal noise about a third is further out
_NUMBERS = 64
_ROWS = 8


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in pairs(evidence):
        shown = [array for array in _trained(evidence, pair) if _is_noise(array)]
        low = min((array.low for array in shown if array.low is not None), default=None)
        high = max((array.high for array in shown if array.high is not None), default=None)
        if low is None or high is None or low < -_MOST or high > _MOST:
            continue
        for call in evidence.calls:
            given = call.inputs[0] if call.inputs else None
            if call.model != pair.generator or call.trains or given is None or not _is_noise(given):
                continue
            if given.low is None or given.low >= low - _BEYOND or call.line is None:
                continue
            name = evidence.name_of(pair.generator)
            message = (
                f"`{name}` is trained on noise in [{number(low)}, {number(high)}], and given noise that goes "
                f"down to {number(given.low)} here. Draw both in the same way."
            )
            yield Match(call.line, message, evidence={"model": pair.generator, "trained_on": [low, high]})
            break


def _trained(evidence: Evidence, pair: Roles) -> Iterator[ArraySummary]:
    """What the generator is given in steps that train it, through the combined model too."""
    for call in evidence.training:
        if call.model is not None and call.model == pair.combined:
            yield from call.inputs[:1]
        if any(pair.generator in step.trained for step in call.steps):
            yield from (fed.array for fed in fed_inside(evidence, call) if fed.model == pair.generator)


def _is_noise(array: ArraySummary) -> bool:
    # In a traced step the number of rows may be left open; it is more than a few.
    numbers = (
        (array.shape[0] if array.shape[0] >= 0 else _ROWS) * array.shape[1] if len(array.shape) == 2 else 0
    )
    return array.origin == "random" and numbers >= _NUMBERS and array.dtype.startswith("float")
