"""The learning rate is far outside the range in which training works.

## What it finds

An adaptive optimizer (Adam, RMSprop and their kin) with a learning rate below 0.0000001, or above 0.02 for a
generator or discriminator, or above 0.15 for another network of several layers. Any optimizer with a negative
rate. Plain gradient descent on such a network where the run shows the harm: with a rate of 0.05 or more
after which the loss is not finite, or a whole layer of ReLUs puts out nothing but 0; or with a rate of a
millionth or less that has moved no weight by a ten-thousandth. Adadelta with its default rate, or less, where
that is so.

## Why it is wrong

Adam moves every weight by about the learning rate in each step. At a tenth, weights of initial size 0.05 are
gone after one step; at 1e-8 nothing changes in the article's lifetime. Around 0.0002 is usual for a GAN, and
0.001 else. Plain gradient descent moves them by the rate times the gradient: too large a step throws the
weights to where nothing is learned any more. A negative rate climbs where it should descend.

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
What rates are good for plain gradient descent depends on the loss and on the data, so that only the harm
speaks, and only where the inputs are of a usual size. Of optimizers that are used without compile only such
are judged whose rate stands where they are made. Where a model of the same layers is compiled with the same
optimizer at a usual rate as well, the article shows what the rate does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import ArraySummary, Compiled, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._layers_probed import probed
from harness.rules._losses import used
from harness.rules._mended import pretrained_in_place
from harness.rules._optimizers import optimizer_line
from harness.rules._own_steps import breaks_down
from harness.rules._players import number, pairs
from harness.rules._program import called, keyword

SEVERITY = Severity.WARNING
NEEDS = "trace"

_ADAPTIVE = {"Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Lion"}
_HIGH, _LOW = 0.02, 1e-7
_OTHERS = (0.15, "a network of several layers", "0.001")
_WEIGHTED = ("Dense", "Conv", "SeparableConv", "LSTM", "GRU", "SimpleRNN", "Bidirectional")
_PLAIN = "SGD"
_STEEP, _FLAT = 0.05, 1e-6  # rates of plain descent from which on its harm may be theirs
_ADADELTA = 0.0011  # rates below: the default of Keras since 2.3, as a 32-bit number, is a little above 0.001
_SOME = 5  # updates from which on standing still says something
_STILL = 1e-4  # weights are of the size of a tenth
_USUAL = 20.0  # inputs beyond that do harm at any rate
_FEWEST = 8  # units that may all be silent by chance are fewer


def find(evidence: Evidence) -> Iterator[Match]:
    players = {m for pair in pairs(evidence) for m in (pair.generator, pair.discriminator, pair.combined)}
    told: set[int] = set()
    for event in evidence.compiles:
        rate, line = event.learning_rate, optimizer_line(evidence, event)
        if rate is None or rate == 0 or line is None or line in told:
            continue
        what = (
            _negative(event)
            or _adaptive(evidence, event, players)
            or _plain(evidence, event, players)
            or _scaled_down(evidence, event)
        )
        if what is not None:
            told.add(line)
            yield Match(
                line,
                f"{event.optimizer} with a learning rate of {number(rate)} {what}",
                evidence={"model": event.model, "learning_rate": float(number(rate))},
                severity=Severity.ERROR if rate < 0 else None,
            )
    yield from _applied(evidence, players)


def _negative(event: Compiled) -> str | None:
    if event.learning_rate is None or event.learning_rate >= 0:
        return None
    return "makes the loss grow: it steps up the slope. Take the sign away."


def _adaptive(evidence: Evidence, event: Compiled, players: set[int | None]) -> str | None:
    """What is wrong with the rate of an optimizer whose steps are of about its size."""
    rate = event.learning_rate or 0.0
    if event.optimizer not in _ADAPTIVE or not (event.model in players or _deep(evidence, event.model)):
        return None
    limit, what, usual = (_HIGH, "a GAN", "0.0002") if event.model in players else _OTHERS
    if _LOW <= rate <= limit or _compared(evidence, event, limit):
        return None
    side = "above" if rate > limit else "below"
    return f"is far {side} what {what} can be trained with; around {usual} is usual."


def _compared(evidence: Evidence, event: Compiled, limit: float) -> bool:
    """Whether the article also trains such a model with a usual rate: then it shows what the rate does."""
    layers = _structure(evidence, event.model)
    return layers is not None and any(
        other.optimizer == event.optimizer
        and _LOW <= (other.learning_rate or 0.0) <= limit
        and _structure(evidence, other.model) == layers
        for other in evidence.compiles
    )


def _structure(evidence: Evidence, model: int) -> list[tuple[str, int]] | None:
    seen = evidence.models.get(model)
    return None if seen is None else [(layer.kind, layer.parameters) for layer in seen.layers]


def _plain(evidence: Evidence, event: Compiled, players: set[int | None]) -> str | None:
    """What the rate of plain gradient descent did in the run, where it did harm."""
    rate, call = event.learning_rate or 0.0, used(evidence, event)
    if event.optimizer != _PLAIN or event.model in players or not _deep(evidence, event.model):
        return None
    if call is None or call.error is not None or pretrained_in_place(evidence):
        return None
    if not _of_usual_size(call.inputs):
        return None
    if rate >= _STEEP:
        harm = "the loss is not finite" if breaks_down(call) else _dead(evidence, event.model)
        return harm and f"is too large here: after the first updates {harm}. Around 0.01 is usual."
    moved = [m.trainable for m in call.moved if m.model == event.model]
    if rate <= _FLAT and call.updates > 1 and moved and max(moved) < _STILL:
        return (
            f"is too small: in {call.updates} updates no weight has moved by more than {number(max(moved))}. "
            "Around 0.01 is usual."
        )
    return None


def _scaled_down(evidence: Evidence, event: Compiled) -> str | None:
    """Adadelta finds the size of its steps itself, and has its rate beside that: its default stops it."""
    call = used(evidence, event)
    if event.optimizer != "Adadelta" or (event.learning_rate or 0.0) > _ADADELTA or call is None:
        return None
    moved = [m.trainable for m in call.moved if m.model == event.model]
    if call.error is not None or call.updates < _SOME or not moved or max(moved) >= _STILL:
        return None
    return (
        f"stands nearly still: in {call.updates} updates no weight has moved by more than "
        f"{number(max(moved))}. It is made for a rate of 1, its default until Keras 2.3: write "
        "`Adadelta(1.0)`, or take Adam."
    )


def _of_usual_size(inputs: tuple[ArraySummary, ...]) -> bool:
    reach = [abs(end) for array in inputs for end in (array.low, array.high) if end is not None]
    return bool(reach) and max(reach) <= _USUAL and all(array.finite for array in inputs)


def _dead(evidence: Evidence, model: int) -> str | None:
    for seen, result in probed(evidence):
        for one in result.get("silent", ()) if seen.model == model else ():
            if _FEWEST <= one["units"] == one["silent"]:
                return f"all {one['units']} units of a layer put out 0 for all examples"
    return None


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
