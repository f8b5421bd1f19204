"""The training makes fewer updates than one pass over the data set takes.

## What it finds

A training loop of a pair whose own count of rounds, times the rows of a batch, is less than the
number of examples in the data set, or less than 500 rounds where no data set was loaded.

## Why it is wrong

A GAN needs thousands of updates before its images look like anything. What such a short training
makes is noise, whatever the article says of it.

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

for step in range(20000):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))
```

## Known limits

Rounds are read from `range` of plain numbers in the loops around the training calls, and from
`epochs`. A loop of unknown length keeps the rule silent.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, DataLoaded, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import direct, generator_steps, pairs
from harness.rules._program import loop_at, rounds, unreached_training

SEVERITY = Severity.NOTE
NEEDS = "trace"

_FEW = 500


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in pairs(evidence):
        steps = generator_steps(evidence, pair) or direct(evidence, pair.discriminator)
        if not steps or unreached_training(evidence) or any(c.model is None for c in evidence.training):
            continue
        counts = {call.line: _planned(evidence, call) for call in steps}
        if None in counts.values() or steps[0].line is None:
            continue
        updates = sum(count or 0 for count in counts.values())
        rows = max((call.batch or 0 for call in steps), default=0)
        examples = max((s[0] for e in evidence.of(DataLoaded) for s in e.shapes if s), default=0)
        if updates >= _FEW or (examples and updates * rows >= examples):
            continue
        loop = loop_at(evidence, steps[0].line)
        line = loop.lineno if loop else steps[0].line
        of = f", fewer than one pass over the {examples} that were loaded" if examples else ""
        message = (
            f"This makes {updates} updates of {rows} examples in all{of}; a GAN needs thousands. "
            "Train for longer."
        )
        yield Match(line, message, evidence={"updates": updates, "batch": rows, "examples": examples})


def _planned(evidence: Evidence, call: Call) -> int | None:
    """How many updates the article asks for at a call; None where its text does not say."""
    count = 1
    if call.api == "fit":
        if call.planned is None:
            return None
        count = call.planned
    loop = loop_at(evidence, call.line)
    while loop is not None:
        inside = rounds(loop)
        if inside is None:
            return None
        count *= inside
        loop = loop_at(evidence, loop.lineno)
    functions = [n for n in evidence.nodes if isinstance(n, ast.FunctionDef)]
    inside = any(f.lineno <= (call.line or 0) <= (f.end_lineno or 0) for f in functions)
    return None if inside else count
