"""What is shown in the end was made by a generator before its training, or by one that never had any.

## What it finds

Images that were made before the first training step and are used after the last one, with none made in
between; or a generator that is built anew after the training, or that is another one than its trained
double of the same layers, and makes the images with its random first weights.

## Why it is wrong

The reader takes for the result what is nothing but noise. Make the samples after the training, with the
network that was trained.

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

samples = generator.predict(np.random.normal(size=(16, 16)), verbose=0)
for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))

np.save("samples.npy", samples)
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

samples = generator.predict(np.random.normal(size=(16, 16)), verbose=0)
np.save("samples.npy", samples)
```

## Known limits

Statements at the top level only. Images of before beside those of after, as a comparison, are no finding.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, ModelSeen, Roles, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import is_whole, moves, pairs
from harness.rules._program import bindings

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    if not is_whole(evidence) or not evidence.training:
        return
    first = min(call.seq for call in evidence.training)
    for pair in pairs(evidence):
        trained = [
            call for call in evidence.training if moves(call, pair.generator) and call.line is not None
        ]
        if not trained:
            continue
        end = _end(evidence, trained)
        own = [call for call in evidence.calls if call.model == pair.generator and not call.trains]
        if not any((call.line or 0) > end for call in own):
            yield from _early(evidence, own, first, end)
        yield from _other(evidence, pair, end)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements at the top level, those under ``if __name__ == "__main__":`` among them."""
    for node in body:
        if isinstance(node, ast.If):
            yield from _statements([*node.body, *node.orelse])
        else:
            yield node


def _end(evidence: Evidence, trained: list[Call]) -> int:
    """The last line of the statements that train."""
    lines = {call.line for call in trained if call.line is not None}
    ends = [
        (node.end_lineno or node.lineno)
        for node in _statements(evidence.tree.body)
        if any(node.lineno <= line <= (node.end_lineno or node.lineno) for line in lines)
    ]
    return max([*ends, *lines])


def _early(evidence: Evidence, own: list[Call], first: int, end: int) -> Iterator[Match]:
    """A variable that holds outputs from before the training and is read after it."""
    before = {call.line for call in own if call.seq < first and not call.in_loop}
    for node in _statements(evidence.tree.body):
        if not isinstance(node, ast.Assign) or node.lineno not in before:
            continue
        for name in (target.id for target in node.targets if isinstance(target, ast.Name)):
            reads = [
                n
                for n in evidence.nodes
                if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
            ]
            if len(bindings(evidence).get(name, ())) == 1 and reads and all(n.lineno > end for n in reads):
                message = (
                    f"`{name}` is made before the training and used after it (line {reads[0].lineno}): it "
                    "shows what the generator made of its first, random weights. Make it after the training."
                )
                yield Match(node.lineno, message, evidence={"used_at": reads[0].lineno})


def _other(evidence: Evidence, pair: Roles, end: int) -> Iterator[Match]:
    """A network made like the generator after the training, and used in its place."""
    trained = evidence.models[pair.generator]
    for seen in evidence.models.values():
        if seen.model == pair.generator or _shape(seen) != _shape(trained) or seen.contains:
            continue
        if any(moves(call, seen.model) for call in evidence.training) or trained.model in seen.shares:
            continue
        used = [c for c in evidence.calls if c.model == seen.model and not c.trains and (c.line or 0) > end]
        made = seen.line is not None and seen.line > end
        asked = any(array.origin == "random" for call in used for array in call.inputs)
        if used and (made or asked) and used[0].line is not None and not _restored(evidence, seen):
            name, double = evidence.name_of(seen.model), evidence.name_of(pair.generator)
            which = "a new network" if made else f"not `{double}`, with which it shares no weight,"
            message = (
                f"`{name}` makes the samples, but it is {which} and was never trained. Let `{double}` make "
                "them."
            )
            yield Match(used[0].line, message, evidence={"model": seen.model, "trained": trained.model})


def _shape(seen: ModelSeen) -> tuple[object, ...]:
    return tuple((layer.kind, layer.output_shape) for layer in seen.layers if layer.kind != "InputLayer")


def _restored(evidence: Evidence, seen: ModelSeen) -> bool:
    loading = {"load_weights", "set_weights", "load_model", "restore", "clone_model", "assign"}
    return any(isinstance(node, ast.Attribute) and node.attr in loading for node in evidence.nodes)
