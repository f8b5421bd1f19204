"""The data are scaled twice.

## What it finds

Real images that reach a network squeezed into a range narrower than a twentieth, as 255 applied twice
leaves them. Images between 0 and 1 that a `Rescaling` layer divides by 100 or more, be it the first layer
of a pretrained network (EfficientNet, MobileNetV3), or that `preprocess_input` takes for bytes.

## Why it is wrong

After a second division all pixels are nearly the same number: the network sees next to nothing of the
images, and a generator's outputs, which span a whole unit, give every fake away.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) / 127.5 - 1
x_train = (x_train - 127.5) / 127.5

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

Only data whose rows were recognised as those of a data set are looked at, and of other arrays that are fed
to a `Rescaling` layer those that are no random numbers, constants or outputs of a model.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import LayerSeen, Severity
from harness.rules._data_places import argument, data_assignments
from harness.rules._evidence import Evidence, Match
from harness.rules._kept_ranges import first_changing
from harness.rules._layers_probed import layer_line
from harness.rules._places import damaged
from harness.rules._players import is_real, number
from harness.rules._preprocessed import on_an_input, preprocessing

SEVERITY = Severity.ERROR
NEEDS = "trace"

_NARROW = 0.05
_UNIT, _DIVISOR = 1.0, 100  # what is at most the one is no byte, and is not to be divided by the other
_DARK = -0.5  # below it lies what any network's function makes of numbers between 0 and 1
_MADE_UP = {"random", "constant", "model"}  # which may stand in for data


def find(evidence: Evidence) -> Iterator[Match]:
    yield from _by_layers(evidence)
    by_function = list(_by_function(evidence))
    yield from by_function
    known = {match.evidence["model"] for match in by_function}
    told: set[int] = set()
    for call in evidence.training:
        array = call.inputs[0] if call.inputs and call.model is not None else None
        if (
            array is None
            or call.model in known
            or not is_real(array)
            or array.low is None
            or array.high is None
            or call.line is None
        ):
            continue
        if not array.finite or not 0 < array.high - array.low < _NARROW or array.shape[0] < 8:
            continue
        steps = data_assignments(evidence, argument(evidence, call, 0))
        scaling = [step.lineno for step in steps if _divides(step.value)]
        line = scaling[-1] if scaling else call.line
        if line not in told:
            told.add(line)
            message = (
                f"The real examples all lie between {number(array.low)} and {number(array.high)}: "
                "they have been scaled more than once. Scale them once."
            )
            yield Match(line, message, evidence={"range": [array.low, array.high], "scaled_at": scaling})


def _divides(value: ast.expr) -> bool:
    return any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) for node in ast.walk(value))


def _by_layers(evidence: Evidence) -> Iterator[Match]:
    """Models that begin with a layer that divides, and are fed what has been divided before."""
    told: set[int] = set()
    for call in evidence.training:
        seen = evidence.models.get(call.model) if call.model is not None else None
        if seen is None or seen.model in told or len(call.inputs) != 1 or damaged(evidence, seen.model):
            continue
        array = call.inputs[0]
        index = first_changing(seen)
        scale = None if index is None else _scale(evidence, seen.layers[index])
        if index is None or scale is None or array.high is None or array.low is None or call.line is None:
            continue
        reach = max(abs(array.low), abs(array.high))
        if array.origin in _MADE_UP or not 0 < reach <= _UNIT or abs(scale) * _DIVISOR > 1:
            continue
        told.add(seen.model)
        line = layer_line(evidence, seen.model, index) or call.line
        kind = "layer" if seen.layers[index].model is None else "network"
        message = (
            f"This {kind} divides by {number(1 / abs(scale))} what was scaled before: "
            f"`{evidence.name_of(seen.model)}` is fed numbers from {number(array.low)} to "
            f"{number(array.high)} (line {call.line}). Scale them once."
        )
        yield Match(line, message, evidence={"model": seen.model, "range": [array.low, array.high]})


def _by_function(evidence: Evidence) -> Iterator[Match]:
    """Images between 0 and 1 that a pretrained network's function takes for bytes, before or in a model."""
    for made in preprocessing(evidence):
        inside = on_an_input(evidence, made)
        for call in evidence.training:
            array = call.inputs[0] if len(call.inputs) == 1 and call.model is not None else None
            if array is None or array.low is None or array.high is None or array.origin in _MADE_UP:
                continue
            steps = data_assignments(evidence, argument(evidence, call, 0))
            before = not inside and any(made in ast.walk(step.value) for step in steps)
            # Of bytes the bright ones come out above 0, whichever network they are for.
            if (inside and 0 <= array.low < array.high <= _UNIT) or (before and array.high < _DARK):
                message = (
                    "`preprocess_input` takes pixels from 0 to 255, and what it is given here lies between 0 "
                    f"and 1: `{evidence.name_of(call.model or 0)}` (line {call.line}) sees only black. "
                    "Scale them once."
                )
                found = {"model": call.model, "range": [array.low, array.high]}
                yield Match(made.lineno, message, made.end_lineno, evidence=found)
                break


def _scale(evidence: Evidence, layer: LayerSeen) -> float | None:
    """The factor of a layer that does nothing but multiply and add one number, or of a network's first."""
    inner = evidence.models.get(layer.model) if layer.model is not None else None
    if inner is not None:
        first = first_changing(inner)
        return None if first is None or inner.layers[first].model else _scale(evidence, inner.layers[first])
    scale = layer.settings.get("scale") if layer.kind == "Rescaling" else None
    return float(scale) if isinstance(scale, int | float) and scale else None
