"""Pixels from 0 to 255 are fed to a network as they are.

## What it finds

Training inputs that are rows of an image data set, or images of bytes, with values up to 255, given to a
model whose first layers do not rescale them.

## Why it is wrong

Weights are initialised for inputs of about unit size. With raw pixels the first activations are a
hundred times too large: sigmoid and tanh units saturate, and training is unstable or stands still.
For a GAN the range also gives every fake away.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784)

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

Models that begin with a rescaling, normalisation, embedding or preprocessing layer are left alone.
Of hand-written training steps, which may rescale inside, only networks are judged whose input in them was
measured and is a data set's. Where the loss is not finite as well, the pixels are taken for the cause.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from math import prod

from harness.model import ArraySummary, Call, Fed, LayerSeen, ModelSeen, Severity
from harness.rules._data_places import argument, data_assignments, handed_over
from harness.rules._evidence import Evidence, Match
from harness.rules._image_files import generator_unscaled, reader
from harness.rules._judged import example
from harness.rules._kept_ranges import keeps_range
from harness.rules._mended import fetched
from harness.rules._own_steps import breaks_down, fed_inside
from harness.rules._pipelines import dropped_steps
from harness.rules._places import damaged
from harness.rules._players import direct, inside_steps, is_real, measured_ranges, number, pairs
from harness.rules._program import called

SEVERITY = Severity.WARNING
NEEDS = "trace"

_WEIGHTED = ("Dense", "Conv", "SeparableConv", "LSTM", "GRU", "SimpleRNN")


def find(evidence: Evidence) -> Iterator[Match]:
    judges = {pair.discriminator: pair.generator for pair in pairs(evidence)}
    told: set[int] = set()
    for call in evidence.training:
        if call.model is None or call.model in told or call.line is None or damaged(evidence, call.model):
            continue
        # Other models with several inputs may be given numbers of any kind in any order.
        single = call.inputs[0] if len(call.inputs) == 1 else None
        array = example(call, judges[call.model]) if call.model in judges else single
        if array is None or not _raw(evidence, call, array):
            continue
        told.add(call.model)
        line, name = _prepared(evidence, call), evidence.name_of(call.model)
        message = _message(name, number(array.high or 0.0), call.line, line)
        # Against raw pixels no generator with a bounded output can pass for real.
        severity = Severity.ERROR if call.model in judges else None
        found = {"model": call.model, "range": [array.low, array.high], "data_set": array.data_set}
        # A step that would have scaled them is told where it is dropped.
        dropped = any(called(step.value) == "map" for step, _ in dropped_steps(evidence))
        cause = ("pipeline-dropped",) if dropped else None
        yield _with_end(Match(line, message, evidence=found, severity=severity, echo_of=cause), call)
    yield from _inside(evidence)
    yield from _received(evidence, told)
    yield from _from_files(evidence, told)


def _message(name: str, high: str, fed_at: int, line: int) -> str:
    where = "" if line == fed_at else f" in line {fed_at}"
    return f"`{name}` is fed raw pixels{where}, from 0 to {high}; scale them to the range it works in first."


def _with_end(match: Match, call: Call) -> Match:
    """The match, with what came of it: a training whose loss is not finite has learned nothing."""
    if not breaks_down(call):
        return match
    message = f"{match.message} The training breaks down over it: its loss (line {call.line}) is not finite."
    return replace(match, message=message, severity=Severity.ERROR)


def _received(evidence: Evidence, told: set[int]) -> Iterator[Match]:
    """Steps of the program's own on networks that are no players."""
    players = {m for pair in pairs(evidence) for m in (pair.generator, pair.discriminator)}
    for call in evidence.training:
        for fed in fed_inside(evidence, call) if call.line is not None else ():
            if fed.model in told | players or not _raw_for(evidence, fed):
                continue
            told.add(fed.model)
            fed_by, high = _feeding(evidence, call, fed.model), number(fed.array.high or 0.0)
            line = _prepared(evidence, fed_by)
            message = _message(evidence.name_of(fed.model), high, fed_by.line or 0, line)
            found = {"model": fed.model, "range": [fed.array.low, fed.array.high]}
            yield _with_end(Match(line, message, evidence=found), call)


def _feeding(evidence: Evidence, call: Call, model: int) -> Call:
    """The call by which a step feeds a model: on an eager tape the optimizer's own stands behind that."""
    if call.api != "apply":
        return call
    own = (c for c in evidence.calls if c.api == "call" and c.model == model and c.line is not None)
    return next(own, call)


def _from_files(evidence: Evidence, told: set[int]) -> Iterator[Match]:
    """Images as Keras's generators read them from files, which are bytes where nothing is said."""
    for call in evidence.training:
        seen = evidence.models.get(call.model) if call.model is not None else None
        reading = reader(evidence, call) if seen is not None and call.line is not None else None
        made = None if reading is None else generator_unscaled(evidence, reading)
        if made is None or seen is None or seen.model in told or damaged(evidence, seen.model):
            continue
        known = call.inputs[0].high if call.inputs else None
        if (known is not None and known <= _PIXELS[0]) or seen.kind not in {"Sequential", "Functional"}:
            continue
        grown = any(_begins_alike(seen, evidence.models.get(inner)) for inner in seen.contains)
        if len(seen.input_shapes) == 1 and not grown and _weighted(evidence, seen, deep=False):
            told.add(seen.model)
            message = (
                f"`{evidence.name_of(seen.model)}` is fed raw pixels in line {call.line}, from 0 to 255, as "
                "this generator reads them: scale them with `rescale=1./255`."
            )
            yield Match(made.lineno, message, evidence={"model": seen.model})


def _begins_alike(seen: ModelSeen, other: ModelSeen | None) -> bool:
    """Whether a model was made of another by adding to its end: that may have been made for bytes."""
    first = [layer.name for layer in seen.layers[:3]]
    return other is not None and other.layers != seen.layers and first == [x.name for x in other.layers[:3]]


def _raw_for(evidence: Evidence, fed: Fed) -> bool:
    """Whether a network of known layers was fed raw pixels of a data set in a step."""
    seen = evidence.models.get(fed.model)
    if seen is None or seen.kind not in {"Sequential", "Functional"} or fed.array.origin != "data-set":
        return False
    alone = len(seen.input_shapes) == 1
    unscaled = _weighted(evidence, seen, deep=False) if alone else not _scales(evidence, seen)
    return bool(unscaled) and _pixels(fed.array)


def _prepared(evidence: Evidence, call: Call) -> int:
    """The last line before a call that makes its data, where the text shows one; a batch makes none."""
    fed_at = call.line or 0
    in_step = call.api in {"function", "apply", "call"}
    given = handed_over(evidence, call) if in_step else [argument(evidence, call, 0)]
    for node in given:
        made = [
            step.lineno
            for step in data_assignments(evidence, node)
            if (step.lineno < fed_at or _runs_later(evidence, fed_at, step))
            and not isinstance(step.value, ast.Subscript)
        ]
        if made:
            return made[-1]
    return fed_at


def _runs_later(evidence: Evidence, line: int, step: ast.Assign) -> bool:
    """Whether a line stands in a function, which a statement at the top behind it may come before."""
    inside = any(
        isinstance(n, ast.FunctionDef) and n.lineno <= line <= (n.end_lineno or line) for n in evidence.nodes
    )
    return inside and step in evidence.tree.body


def _inside(evidence: Evidence) -> Iterator[Match]:
    """Steps of the program's own: what reaches the discriminator there was computed after the run."""
    for pair in pairs(evidence):
        measured, calls = measured_ranges(evidence, pair), inside_steps(evidence, pair.discriminator)
        if measured is None or not calls or direct(evidence, pair.discriminator) or calls[0].line is None:
            continue
        low, high = measured[1]
        judge = evidence.models[pair.discriminator]
        if low >= 0 and _PIXELS[0] < high <= _PIXELS[1] and _weighted(evidence, judge, deep=True):
            fed_by = _feeding(evidence, calls[0], pair.discriminator)
            line = _prepared(evidence, fed_by)
            message = _message(evidence.name_of(pair.discriminator), number(high), fed_by.line or 0, line)
            found = {"model": pair.discriminator, "range": [low, high]}
            yield Match(line, message, evidence=found, severity=Severity.ERROR)


def _raw(evidence: Evidence, call: Call, array: ArraySummary) -> bool:
    seen = evidence.models.get(call.model) if call.model is not None else None
    if seen is None or seen.kind not in {"Sequential", "Functional"} or call.steps:
        return False
    if not (is_real(array) or _bytes(array)) or len(array.shape) < 2:
        return False
    judge = any(pair.discriminator == seen.model for pair in pairs(evidence))
    deep = judge or not fetched(evidence)
    unscaled = _weighted(evidence, seen, deep=deep) if len(call.inputs) == 1 else not _scales(evidence, seen)
    return bool(unscaled) and _pixels(array)


def _pixels(array: ArraySummary) -> bool:
    """Whether a row has the size of a picture, and the values are those of bytes."""
    if array.low is None or array.high is None:
        return False
    return prod(array.shape[1:]) >= 64 and array.low >= 0 and _PIXELS[0] < array.high <= _PIXELS[1]


def _weighted(evidence: Evidence, seen: ModelSeen, *, deep: bool) -> bool | None:
    """Whether numbers meet weights before what could scale them; None: neither, as if it only flips."""
    # A model inside that is fetched may have been made for bytes: then it is not looked into (``deep``).
    for layer in seen.layers:
        if layer.model not in {None, seen.model}:
            inner = evidence.models.get(layer.model or 0)
            if inner is None or (met := _weighted(evidence, inner, deep=deep)) is not None:
                return inner is not None and met and deep
        elif layer.parameters or _may_scale(layer):
            return layer.kind.startswith(_WEIGHTED)
    return None


def _scales(evidence: Evidence, seen: ModelSeen) -> bool:
    """Whether a layer anywhere in a model could scale what it is given, as far as its layers are known."""
    if any(_may_scale(layer) for layer in seen.layers):
        return True
    inner = [layer.model for layer in seen.layers if layer.model not in {None, seen.model}]
    return any(
        m not in evidence.models or _scales(evidence, evidence.models[m]) for m in inner if m is not None
    )


def _may_scale(layer: LayerSeen) -> bool:
    return layer.kind in _SCALING or (layer.operation and not keeps_range(layer))


def _bytes(array: ArraySummary) -> bool:
    """Images of one byte a number, whoever read them."""
    return array.dtype == "uint8" and len(array.shape) >= 3


_PIXELS = (100, 255)  # a highest value between these, with none below 0, is that of bytes
_SCALING = {"Rescaling", "Normalization", "Lambda", "TFOpLambda"}
