"""The discriminator is never trained.

## What it finds

A pair whose generator is trained while no training call has anything to do with the discriminator,
or while the calls that train the discriminator leave its weights as they were.

## Why it is wrong

The generator's only teacher is the discriminator. One that keeps its random initial weights teaches
nothing about the data. Under Keras 3 this happens without any error: `trainable = False`, set
before the first update, holds for the discriminator's own training too (Keras 2 kept the flag of
the moment of `compile`).

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
discriminator.trainable = False
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
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

A training call that raised counts as an attempt: then its fault is the finding. A joint training
step that could not be read keeps the rule silent.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Call, Roles, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import (
    direct,
    freezings,
    keras_version,
    moves,
    only_normalises,
    opaque,
    pairs,
    taken_at,
    toggling,
    watched_throughout,
)
from harness.rules._program import unreached_training

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = (
    "gan-without-its-players",
    "discriminator-disconnected",
    "players-trained-as-one",
    "wrong-variables-in-apply",
    "gradient-cut",
)


_CHECK = "Check that it is trainable, and that the learning rate of its optimizer is not 0."


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in pairs(evidence):
        model = pair.discriminator
        if not evidence.training or any(_learns(evidence, call, model) for call in evidence.training):
            continue
        if not watched_throughout((c for c in evidence.training if opaque(c)), model):
            continue
        attempts = direct(evidence, model)
        yield from _idle(evidence, pair, attempts) if attempts else _absent(evidence, pair)


def _learns(evidence: Evidence, call: Call, model: int) -> bool:
    return moves(call, model) and not only_normalises(evidence, call, model)


def _idle(evidence: Evidence, pair: Roles, attempts: tuple[Call, ...]) -> Iterator[Match]:
    """Training calls on the discriminator that move nothing of it."""
    model = pair.discriminator
    line = attempts[0].line
    if line is None or not watched_throughout(attempts, model):
        return
    flags = freezings(evidence, model)
    still = any(moves(call, model) for call in attempts)  # its normalisation, then
    if still and not flags:
        return
    name, version = evidence.name_of(model), keras_version(evidence)
    cause = ""
    if flags:
        under = f"under Keras {version} " if version else ""
        cause = f": {under}`trainable = False` in line {flags[0]} also holds here"
    what = "but its normalisation " if still else ""
    cure = toggling(evidence, model) if flags else _CHECK
    message = f"This training leaves every weight of `{name}` {what}as it was{cause}. {cure}"
    yield Match(line, message, evidence={"model": model, "keras": version, "frozen_at": flags})


def _absent(evidence: Evidence, pair: Roles) -> Iterator[Match]:
    known = evidence.models[pair.generator].names
    trained = [call for call in evidence.training if moves(call, pair.generator) and call.line is not None]
    if not trained or any(site.receiver not in known for site in unreached_training(evidence)):
        return
    line = taken_at(evidence.training, pair.discriminator) or trained[0].line
    name = evidence.name_of(pair.discriminator)
    message = (
        f"Only the generator's side is trained: no training call ever updates `{name}`. Train it as well, on "
        "real examples towards one label and on generated ones towards another, in every round."
    )
    if line is not None:
        yield Match(line, message, evidence={"model": pair.discriminator})
