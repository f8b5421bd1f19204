"""Real and generated examples come in different ranges of numbers.

## What it finds

Real examples in [0, 1] beside a generator whose last activation is tanh, or real examples in [-1,
1] beside one that ends in a sigmoid, as both reach the discriminator.

## Why it is wrong

The discriminator can then tell the two apart by their range alone, and the generator cannot reach
all of the real values, or is pulled towards values that no real image has. Scale the data to the
range of the generator's last activation.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) / 255

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

Compared is what is fed to the discriminator, not what the loader does: a program may rescale on the
way. Raw pixels are another rule's matter, and so is a generator without a bounded activation.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, Roles, Severity
from harness.rules._activations import CODOMAIN, output_activation
from harness.rules._data_places import argument, data_assignments, handed_over
from harness.rules._evidence import Evidence, Match
from harness.rules._judged import example
from harness.rules._places import output_line
from harness.rules._players import (
    Range,
    direct,
    inside_steps,
    is_fake,
    is_joined,
    is_real,
    measured_ranges,
    number,
    pairs,
)

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("raw-pixel-input",)


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in pairs(evidence):
        activation = output_activation(evidence, pair.generator)
        if activation not in {"tanh", "sigmoid"}:
            continue
        own = direct(evidence, pair.discriminator)
        together = [c for c in own if (one := example(c, pair.generator)) is not None and is_joined(one)]
        if len(together) == len(own):
            calls = tuple(together) or inside_steps(evidence, pair.discriminator)
            yield from _inside(evidence, pair, activation, calls)
        if not _unscaled(evidence, pair, activation):
            continue
        for call in direct(evidence, pair.discriminator):
            real = example(call, pair.generator)
            if real is None or not is_real(real) or real.origin_model is not None or call.line is None:
                continue
            if real.low is None or real.high is None or not _differ(activation, real.low, real.high):
                continue
            yield _match(evidence, pair, activation, (real.low, real.high), call)
            break


def _inside(evidence: Evidence, pair: Roles, activation: str, calls: tuple[Call, ...]) -> Iterator[Match]:
    """Both kinds in one step or batch: the values at the discriminator were told apart by the observer."""
    measured = measured_ranges(evidence, pair)
    if measured is None or not calls:
        return
    (fake, _), real = measured
    unscaled = fake < _NEGATIVE if activation == "tanh" else fake >= 0
    if unscaled and _differ(activation, *real):
        yield _match(evidence, pair, activation, real, calls[0])


_CURES = {
    "tanh": "Scale the examples to [-1, 1] (pixels: `x / 127.5 - 1`), or let it end in a sigmoid.",
    "sigmoid": "Scale the examples to [0, 1] (pixels: `x / 255`), or let it end in tanh.",
}
_NEGATIVE = -0.05  # a tanh that nothing has lifted puts out values below this, trained or not


def _match(evidence: Evidence, pair: Roles, activation: str, real: Range, call: Call) -> Match:
    low, high = CODOMAIN[activation]
    made = output_line(evidence, pair.generator)
    message = (
        f"The real examples lie in [{number(real[0])}, {number(real[1])}], but "
        f"`{evidence.name_of(pair.generator)}` ends in {activation} (line {made}) and makes values in "
        f"[{number(low)}, {number(high)}]. {_CURES[activation]}"
    )
    found = {"model": pair.generator, "real": list(real), "fake": [low, high], "made_at": made}
    return Match(_line(evidence, call), message, evidence=found)


def _differ(activation: str, low: float, high: float) -> bool:
    if activation == "tanh":
        return low >= 0 and 0.5 <= high <= 1.01
    return low <= -0.5 and high <= 1.01


def _unscaled(evidence: Evidence, pair: Roles, activation: str) -> bool:
    """Whether the generator's outputs reach the discriminator as its activation leaves them."""
    for seen in evidence.models.values():
        parts = {layer.model for layer in seen.layers if layer.kind != "InputLayer"}
        if parts == {pair.generator, pair.discriminator}:
            return True
    fed = [
        a for call in direct(evidence, pair.discriminator) for a in call.inputs if is_fake(a, pair.generator)
    ]
    lows = [array.low for array in fed if array.low is not None]
    return bool(lows) and (min(lows) < 0 if activation == "tanh" else min(lows) >= 0)


def _line(evidence: Evidence, call: Call) -> int:
    """The line that scales the data, where the text shows it; else the training call."""
    given = [argument(evidence, call, 0)] if call.model is not None else list(handed_over(evidence, call))
    steps = [step for node in given for step in data_assignments(evidence, node)]
    scaling = [step for step in steps if any(_divides(node) for node in ast.walk(step.value))]
    return scaling[-1].lineno if scaling else call.line or 0


def _divides(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Sub)
