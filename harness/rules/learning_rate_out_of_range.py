"""The learning rate is far outside the range in which training works.

## What it finds

An adaptive optimizer (Adam, RMSprop and their kin) with a learning rate below 0.0000001, or above 0.02 for a
generator or discriminator, or above 0.15 for another network of several layers.

## Why it is wrong

Adam moves every weight by about the learning rate in each step. At a tenth, weights of initial size
0.05 are gone after one step; at 1e-8 nothing changes in the article's lifetime. Around 0.0002 is
usual for a GAN, and 0.001 else.

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
discriminator.compile(loss="binary_crossentropy", optimizer=optimizers.Adam(0.5))
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

A single layer, as in a linear regression, may take large steps. A rate of exactly 0 is found by what it does.
Plain gradient descent, whose good rates depend on the loss, is left alone. Of optimizers that are used
without compile only such are judged whose rate stands where they are made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import number, pairs
from harness.rules._program import called, keyword

SEVERITY = Severity.WARNING
NEEDS = "trace"

_ADAPTIVE = {"Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Lion"}
_HIGH, _LOW = 0.02, 1e-7
_OTHERS = (0.15, "a network of several layers", "0.001")
_WEIGHTED = ("Dense", "Conv", "SeparableConv", "LSTM", "GRU", "SimpleRNN", "Bidirectional")


def find(evidence: Evidence) -> Iterator[Match]:
    players = {m for pair in pairs(evidence) for m in (pair.generator, pair.discriminator, pair.combined)}
    told: set[int] = set()
    for event in evidence.compiles:
        rate = event.learning_rate
        if event.optimizer not in _ADAPTIVE or rate is None or event.line is None or rate == 0:
            continue
        if event.model not in players and not _deep(evidence, event.model):
            continue
        limit, what, usual = (_HIGH, "a GAN", "0.0002") if event.model in players else _OTHERS
        if _LOW <= rate <= limit or event.line in told:
            continue
        told.add(event.line)
        side = "above" if rate > limit else "below"
        message = (
            f"{event.optimizer} with a learning rate of {number(rate)} is far {side} what {what} can be "
            f"trained with; around {usual} is usual."
        )
        yield Match(
            event.line, message, evidence={"model": event.model, "learning_rate": float(number(rate))}
        )
    yield from _applied(evidence, players)


def _applied(evidence: Evidence, players: set[int | None]) -> Iterator[Match]:
    """Optimizers that hand-written steps apply: made with a rate that stands in the text, above any use."""
    steps = [call for call in evidence.training if call.api in {"apply", "function"} or call.steps]
    trained = {model for call in steps for step in call.steps for model in step.trained}
    held = {event.optimizer_id for event in evidence.compiles}
    if not trained or any(call.optimizer_id in held for call in steps):
        return
    limit, what, usual = (_HIGH, "a GAN", "0.0002") if trained & players else _OTHERS
    if not trained & players and not any(_deep(evidence, model) for model in trained):
        return
    for node in evidence.nodes:
        name = called(node)
        if not isinstance(node, ast.Call) or name not in _ADAPTIVE:
            continue
        given = keyword(node, "learning_rate") or (node.args[0] if node.args else None)
        rate = given.value if isinstance(given, ast.Constant) else None
        if isinstance(rate, int | float) and rate > limit:
            message = (
                f"{name} with a learning rate of {number(rate)} is far above what {what} can be trained "
                f"with; around {usual} is usual."
            )
            yield Match(node.lineno, message, evidence={"model": None, "learning_rate": float(number(rate))})


def _deep(evidence: Evidence, model: int) -> bool:
    """Whether a model has two layers with weights or more, those of models inside it counted."""
    seen = evidence.models.get(model)
    if seen is None:
        return False
    weighted = [layer for layer in seen.layers if layer.parameters and layer.kind.startswith(_WEIGHTED)]
    return len(weighted) > 1 or any(layer.model is not None for layer in seen.layers)
