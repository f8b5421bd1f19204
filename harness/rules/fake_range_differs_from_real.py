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
import math
from collections.abc import Iterator

from harness.model import ArraySummary, Call, Roles, Severity
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
        if activation not in {"tanh", "sigmoid", "relu"}:
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
            if real is None or real.origin_model is not None or call.line is None:
                continue
            if real.low is None or real.high is None:
                continue
            inside = is_real(real) and _differ(activation, real.low, real.high)
            if not inside and not _beyond(evidence, pair, activation, call, real):
                continue
            yield _match(evidence, pair, activation, (real.low, real.high), call)
            break


def _inside(evidence: Evidence, pair: Roles, activation: str, calls: tuple[Call, ...]) -> Iterator[Match]:
    """Both kinds in one step or batch: the values at the discriminator were told apart by the observer."""
    measured = measured_ranges(evidence, pair)
    if measured is None or not calls:
        return
    (fake, most), real = measured
    # Small values about 0 are those of an untrained tanh, too; one that was lifted into [0, 1] starts at 0.5.
    below = fake < _NEGATIVE or (fake < 0 and most < _LOW)
    unscaled = below if activation == "tanh" else fake >= 0
    if unscaled and _differ(activation, *real):
        yield _match(evidence, pair, activation, real, calls[0])


_CURES = {
    "tanh": "Scale the examples to [-1, 1] (pixels: `x / 127.5 - 1`), or let it end in a sigmoid.",
    "sigmoid": "Scale the examples to [0, 1] (pixels: `x / 255`), or let it end in tanh.",
    "relu": "Let it end in tanh, or scale the examples to [0, 1] and let it end in a sigmoid.",
}
_LOW = 0.25
_NEGATIVE = -0.05  # a tanh that nothing has lifted puts out values below this, trained or not


def _match(evidence: Evidence, pair: Roles, activation: str, real: Range, call: Call) -> Match:
    low, high = CODOMAIN.get(activation, (0.0, None))
    values = "none below 0" if high is None else f"values in [{number(low)}, {number(high)}]"
    made = output_line(evidence, pair.generator)
    message = (
        f"The real examples lie in [{number(real[0])}, {number(real[1])}], but "
        f"`{evidence.name_of(pair.generator)}` ends in {activation} (line {made}) and makes {values}. "
        f"{_CURES[activation]}"
    )
    found = {"model": pair.generator, "real": list(real), "fake": [low, high], "made_at": made}
    # Where no scaling of the examples would do, the activation is what is wrong.
    unknown = any(one.origin == "unknown" for one in call.inputs[:1])
    elsewhere = activation == "relu" or unknown or max(-real[0], real[1]) > 1 + _MARGIN
    line = made if elsewhere and made is not None else _line(evidence, call)
    return Match(line, message, evidence=found)


def _differ(activation: str, low: float, high: float) -> bool:
    if activation == "tanh":
        return low >= 0 and 0.5 <= high <= 1.01
    return low <= -0.5 and high <= 1.01


_HALF = 0.5
_FAR = 20.0  # values beyond are raw pixels, or of some unit: other rules' matters


def _beyond(evidence: Evidence, pair: Roles, activation: str, call: Call, real: ArraySummary) -> bool:
    """Whether examples that no model made, as standardised columns, go far beyond an activation's range."""
    if real.origin not in {"data-set", "unknown"} or call.cut:
        return False
    fed = [a for c in direct(evidence, pair.discriminator) for a in c.inputs if is_fake(a, pair.generator)]
    low, high = CODOMAIN.get(activation, (0.0, math.inf))
    if not fed or not all(_within(array, low, high) for array in fed):
        return False
    least, most = real.low or 0.0, real.high or 0.0
    if low == 0 and -least >= _HALF * most > 0:
        return True  # they reach below 0 nearly as far as above, which noise alone does not do
    return max(-least, most) < _FAR and (least < low - _MARGIN or most > high + _MARGIN)


def _within(array: ArraySummary, low: float, high: float) -> bool:
    if array.low is None or array.high is None:
        return False
    return array.low >= low - _ROUNDING and array.high <= high + _ROUNDING


_ROUNDING = 0.01
_MARGIN = 1.0  # of a scaler that was fitted to other examples, and of noise that was added


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
    if not scaling:
        # In a function for ``map`` the array has another name: the only scaling of pixels is the one.
        pixels = {node.lineno for node in evidence.nodes if isinstance(node, ast.BinOp) and _of_pixels(node)}
        return pixels.pop() if len(pixels) == 1 else call.line or 0
    return scaling[-1].lineno


def _of_pixels(node: ast.BinOp) -> bool:
    """Whether an expression divides by the largest value of a byte, or half of it."""
    bytes_ = isinstance(node.right, ast.Constant) and node.right.value in {255, 127.5, 256, 128}
    return isinstance(node.op, ast.Div) and bytes_


def _divides(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Sub)
