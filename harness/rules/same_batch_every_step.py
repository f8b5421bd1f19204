"""The same few real examples are used in every step.

## What it finds

A small batch of a larger data set that is chosen once, before the training loop, and fed to the discriminator
in each of its steps; or a generator of batches for `fit` that cuts the same rows out of its array each time.

## Why it is wrong

The network memorises these examples and learns of no other. Draw a new batch in every step; a generator must
move on after each `yield`.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:2000].reshape(-1, 784) / 127.5 - 1

generator = Sequential(
    [Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(784, activation="tanh")]
)
discriminator = Sequential(
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

real = x_train[np.random.randint(0, 2000, 16)]
for step in range(4):
    noise = np.random.normal(size=(16, 16))
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

An article that says it uses a handful of images on purpose is reported all the same. Of a generator the first
twenty batches are compared.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import DataLoaded, Severity
from harness.rules._data_places import argument, assignments, bound_before
from harness.rules._evidence import Evidence, Match
from harness.rules._players import direct, is_real, pairs
from harness.rules._program import called, loop_at

SEVERITY = Severity.WARNING
NEEDS = "trace"

_FEW = 1024
_BATCHES = 8


def find(evidence: Evidence) -> Iterator[Match]:
    yield from _for_players(evidence)
    for call in evidence.training:
        same = call.inputs[0].same if call.inputs else 0
        if call.api != "fit" or same < _BATCHES or (rows := call.inputs[0].shape[0]) > _FEW:
            continue
        line = _cut_out(evidence, argument(evidence, call, 0))
        if line is not None:
            message = (
                f"This generator gave the same {rows} rows in each of the first {same} batches: move on to "
                "the next rows after each `yield`."
            )
            yield Match(line, message, evidence={"rows": rows, "batches": same, "call": call.line})


def _cut_out(evidence: Evidence, node: ast.expr | None) -> int | None:
    """Where the generator that an expression makes yields a part of an array."""
    if isinstance(node, ast.Name):
        bound = assignments(evidence, node.id)
        node = bound[-1].value if bound else None
    name = called(node) if node is not None else None
    for function in evidence.nodes:
        if not isinstance(function, ast.FunctionDef) or function.name != name:
            continue
        cut = {
            target.id
            for a in ast.walk(function)
            if isinstance(a, ast.Assign) and _slices(a.value)
            for target in a.targets
            if isinstance(target, ast.Name)
        }
        for given in ast.walk(function):
            first = (
                given.value.elts[:1]
                if isinstance(given, ast.Yield) and isinstance(given.value, ast.Tuple)
                else []
            )
            if any(_slices(one) or (isinstance(one, ast.Name) and one.id in cut) for one in first):
                return given.lineno if isinstance(given, ast.Yield) else None
    return None


def _slices(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)


def _for_players(evidence: Evidence) -> Iterator[Match]:
    available = max(
        (shape[0] for event in evidence.of(DataLoaded) for shape in event.shapes if shape), default=0
    )
    told: set[int] = set()
    for pair in pairs(evidence):
        for call in direct(evidence, pair.discriminator):
            loop = loop_at(evidence, call.line)
            node = argument(evidence, call, 0)
            if (
                loop is None
                or not isinstance(node, ast.Name)
                or not call.inputs
                or not is_real(call.inputs[0])
            ):
                continue
            rows = call.inputs[0].shape[0]
            line = bound_before(evidence, node, loop) or _same_slice(evidence, node.id, loop)
            if line is None or line in told or rows > _FEW or rows * 4 > available:
                continue
            told.add(line)
            message = (
                f"`{node.id}` holds the same {rows} real examples in every round; draw new ones in the loop."
            )
            found = {"rows": rows, "available": available, "call": call.line}
            yield Match(line, message, evidence=found)


def _same_slice(evidence: Evidence, name: str, loop: ast.AST) -> int | None:
    """Where a loop takes the same rows in every round: ``x[:64]``, with bounds that nothing in it changes."""
    inside = set(ast.walk(loop))
    changed = {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound = [assign for assign in assignments(evidence, name) if assign in inside]
    value = bound[0].value if len(bound) == 1 else None
    if not isinstance(value, ast.Subscript) or not isinstance(value.slice, ast.Slice):
        return None
    names = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
    calls = any(isinstance(n, ast.Call | ast.Attribute) for n in ast.walk(value.slice))
    return None if calls or names & changed else bound[0].lineno
