"""What the article calls an epoch is one update, or a few, and no pass through the data.

## What it finds

A loop whose variable is named after epochs and that trains the discriminator on one batch per
round, or on a fixed number of batches, which are a small part of the data set; and a `fit` whose
`steps_per_epoch` are.

## Why it is wrong

An epoch is one pass through the data. With a round of one batch, "100 epochs" are 100 updates, and with a
round of ten they are 1,000: a reader who compares with other articles, or counts on it for the time it
takes, is misled by the number of batches in a pass.

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

from harness.model import Call, DataLoaded, Roles, Severity
from harness.rules._data_places import argument_named
from harness.rules._evidence import Evidence, Match
from harness.rules._players import direct, involves, is_real, pairs
from harness.rules._program import loop_at, rounds

SEVERITY = Severity.NOTE
NEEDS = "trace"

_PART = 3  # an epoch of less than this part of the data is none


def find(evidence: Evidence) -> Iterator[Match]:
    available = max((s[0] for e in evidence.of(DataLoaded) for s in e.shapes if s), default=0)
    for pair in pairs(evidence):
        for line, rows, batches in (*_loops(evidence, pair), *_fits(evidence, pair)):
            if rows < 1 or rows * batches * _PART > available:
                continue
            what = "one update" if batches == 1 else f"{batches} updates"
            seen = f"{rows * batches} of {available} examples"
            message = (
                f"This is called an epoch, but trains on {seen}: it is {what}. Call it a step, or go through "
                f"all the data in it, in {-(-available // rows)} batches."
            )
            yield Match(line, message, evidence={"rows": rows * batches, "available": available})
            break


def _loops(evidence: Evidence, pair: Roles) -> Iterator[tuple[int, int, int]]:
    """Loops over epochs: their line, the rows of a batch, and the batches of a round."""
    for call in direct(evidence, pair.discriminator):
        if not call.inputs or not is_real(call.inputs[0]):
            continue
        batches, loop = 1, loop_at(evidence, call.line)
        while loop is not None:
            if _over_epochs(loop):
                yield loop.lineno, call.inputs[0].shape[0], batches
                break
            inside = rounds(loop)
            if inside is None:
                break
            batches, loop = batches * inside, loop_at(evidence, loop.lineno)


def _over_epochs(loop: ast.For | ast.While) -> bool:
    return (
        isinstance(loop, ast.For) and isinstance(loop.target, ast.Name) and "epoch" in loop.target.id.lower()
    )


def _fits(evidence: Evidence, pair: Roles) -> Iterator[tuple[int, int, int]]:
    for call in evidence.training:
        if call.api == "fit" and involves(call, pair.discriminator) and call.line is not None and call.inputs:
            batches = _steps(evidence, call)
            if batches and call.batch and is_real(call.inputs[0]):
                yield call.line, call.batch, batches


def _steps(evidence: Evidence, call: Call) -> int | None:
    given = argument_named(evidence, call, "steps_per_epoch")
    value = given.value if isinstance(given, ast.Constant) else None
    return value if isinstance(value, int) else None
