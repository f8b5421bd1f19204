"""A conditional generator is only ever asked for one and the same condition.

## What it finds

A generator that takes a number beside its noise, such as a class, and is trained with the same one in every
step, while the discriminator is shown real examples under different ones.

## Why it is wrong

For every other condition the generator is never told whether what it makes is any good: it does not learn
them. And the discriminator needs no image to tell generated examples from real ones wherever the condition
is another one. Draw the conditions at random, as the real ones are spread.

## Example

```python
import numpy as np
from keras import Input, Model, layers
from keras.datasets import mnist

(x, y), _ = mnist.load_data()
x, y = x[:256].reshape(-1, 784) / 127.5 - 1, y[:256].reshape(-1, 1)


def beside(size, activation, units):
    first, second = Input((size,)), Input((1,))
    code = layers.Flatten()(layers.Embedding(10, 4)(second))
    inner = layers.Dense(16, activation="relu")(layers.Concatenate()([first, code]))
    return Model([first, second], layers.Dense(units, activation=activation)(inner))


generator, discriminator = beside(8, "tanh", 784), beside(784, "sigmoid", 1)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
z, asked = Input((8,)), Input((1,))
gan = Model([z, asked], discriminator([generator([z, asked]), asked]))
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise, rows = np.random.normal(size=(32, 8)), np.random.randint(0, 256, 32)
    wanted = np.zeros((32, 1))
    fake = generator.predict([noise, wanted], verbose=0)
    discriminator.trainable = True
    discriminator.train_on_batch([x[rows], y[rows]], np.ones((32, 1)))
    discriminator.train_on_batch([fake, wanted], np.zeros((32, 1)))
    discriminator.trainable = False
    gan.train_on_batch([noise, wanted], np.ones((32, 1)))
```

## Read instead

```python
import numpy as np
from keras import Input, Model, layers
from keras.datasets import mnist

(x, y), _ = mnist.load_data()
x, y = x[:256].reshape(-1, 784) / 127.5 - 1, y[:256].reshape(-1, 1)


def beside(size, activation, units):
    first, second = Input((size,)), Input((1,))
    code = layers.Flatten()(layers.Embedding(10, 4)(second))
    inner = layers.Dense(16, activation="relu")(layers.Concatenate()([first, code]))
    return Model([first, second], layers.Dense(units, activation=activation)(inner))


generator, discriminator = beside(8, "tanh", 784), beside(784, "sigmoid", 1)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
z, asked = Input((8,)), Input((1,))
gan = Model([z, asked], discriminator([generator([z, asked]), asked]))
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise, rows = np.random.normal(size=(32, 8)), np.random.randint(0, 256, 32)
    wanted = np.random.randint(0, 10, (32, 1))
    fake = generator.predict([noise, wanted], verbose=0)
    discriminator.trainable = True
    discriminator.train_on_batch([x[rows], y[rows]], np.ones((32, 1)))
    discriminator.train_on_batch([fake, wanted], np.zeros((32, 1)))
    discriminator.trainable = False
    gan.train_on_batch([noise, wanted], np.ones((32, 1)))
```

## Known limits

Only conditions that are one number, handed to Keras's own training calls beside one other input. Where the
real examples come under one condition as well, nothing is said.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from harness.model import ArraySummary, Call, Roles, Severity
from harness.rules._data_places import argument
from harness.rules._evidence import Evidence, Match
from harness.rules._made_at import made_at
from harness.rules._players import direct, holds, is_real, number, pairs

SEVERITY = Severity.ERROR
NEEDS = "trace"

_ROWS = 16  # of which chance does not make all alike


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in pairs(evidence):
        real = [call for call in direct(evidence, pair.discriminator) if any(map(is_real, call.inputs))]
        asked = [call for call in evidence.training if _asks(evidence, call, pair)]
        if not asked or not _vary(real):
            continue
        conditions = [_condition(call) for call in asked]
        values = {(one[1].low, one[1].high) for one in conditions if one is not None}
        rows = sum(call.count * (one[1].shape[0]) for call, one in zip(asked, conditions, strict=True) if one)
        if None in conditions or len(values) != 1 or rows < _ROWS:
            continue
        (low, high), first = values.pop(), conditions[0]
        if low is None or low != high or first is None:
            continue
        line = _made(evidence, asked[0], first[0])
        if _of_a_loop(evidence, line):
            continue  # another one comes later than the run was watched
        message = (
            f"`{evidence.name_of(pair.generator)}` is trained under the condition {number(low)} alone, while "
            f"`{evidence.name_of(pair.discriminator)}` is shown real examples under several: draw the "
            "conditions at random in every step."
        )
        yield Match(line, message, evidence={"model": pair.generator, "condition": low})


def _asks(evidence: Evidence, call: Call, pair: Roles) -> bool:
    """Whether a training call goes through the generator into the discriminator."""
    whole = call.model is not None and holds(evidence, call.model, pair.generator, pair.discriminator)
    return whole and pair.discriminator in call.through and call.error is None


def _condition(call: Call) -> tuple[int, ArraySummary] | None:
    """The place and the numbers of the one input of two that is a single number a row."""
    if len(call.inputs) != 2:
        return None
    single = [(i, one) for i, one in enumerate(call.inputs) if one.shape[1:] in {(), (1,)}]
    return single[0] if len(single) == 1 else None


def _vary(real: Iterable[Call]) -> bool:
    """Whether real examples come under different conditions."""
    found = [_condition(call) for call in real]
    known = [one[1] for one in found if one is not None]
    return len(known) == len(found) > 0 and any(one.low is not None and one.low != one.high for one in known)


def _made(evidence: Evidence, call: Call, place: int) -> int:
    """The line that makes the conditions, else that of the call."""
    given = argument(evidence, call, 0)
    if not isinstance(given, ast.List | ast.Tuple) or len(given.elts) != 2:
        return call.line or 1
    return made_at(evidence, given.elts[place], call.line or 1)


def _of_a_loop(evidence: Evidence, line: int) -> bool:
    """Whether a line reads what some loop of the program goes through."""
    targets = {
        part.id
        for node in evidence.nodes
        if isinstance(node, ast.For)
        for part in ast.walk(node.target)
        if isinstance(part, ast.Name)
    }
    here = (n for n in evidence.nodes if isinstance(n, ast.Name) and n.lineno == line)
    return any(node.id in targets and isinstance(node.ctx, ast.Load) for node in here)
