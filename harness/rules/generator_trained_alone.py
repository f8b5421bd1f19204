"""The generator is trained by a loss that does not pass through the discriminator.

## What it finds

A training call on the generator itself, or on a model that holds it and not the discriminator, in a
program where no training step leads the generator's loss through the discriminator.

## Why it is wrong

A generator learns from the discriminator's opinion of its images. Trained on its own against
labels, it learns to put out the labels: images that are all ones, for example.

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
generator.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    generator.train_on_batch(noise, np.ones((16, 784)))
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

Pre-training of a generator on its own is accepted where a later step goes through the
discriminator. Steps on eager tapes are left alone: what their losses depend on is not seen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, Roles, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._makers import maker
from harness.rules._players import generator_steps, is_whole, moves, number, opaque, pairs, taken_at
from harness.rules._program import unreached_training
from harness.rules._tapes import loss_line, made_at

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("gan-without-its-players",)


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in pairs(evidence):
        steps = generator_steps(evidence, pair)
        steps = tuple(call for call in steps if moves(call, pair.generator) or not call.steps)
        if not steps or any(_through(call, pair) or opaque(call) for call in steps):
            continue
        known = {*evidence.models[pair.generator].names, *evidence.models[pair.discriminator].names}
        if any(site.receiver not in known for site in unreached_training(evidence)):
            continue
        alone = [call for call in steps if call.line is not None and _known(evidence, call)]
        if alone and alone[0].line is not None:
            yield Match(
                _line(evidence, alone[0], pair) or alone[0].line,
                _message(evidence, pair, alone[0]),
                evidence={"model": pair.generator, "through": sorted(alone[0].through)},
            )


def _known(evidence: Evidence, call: Call) -> bool:
    """Whether the ways of a call's loss are known: on an eager tape there is only the order of calls."""
    if call.api in {"apply", "function"}:
        return bool(call.steps) and all(step.exact for step in call.steps) and is_whole(evidence)
    return call.model is not None


def _line(evidence: Evidence, call: Call, pair: Roles) -> int | None:
    line = taken_at((call,), pair.generator)
    if line is None:
        return None
    made = made_at(evidence, line)
    # A function of the program that takes one value is as right for verdicts as it is wrong for images.
    handed = [
        node
        for node in evidence.nodes
        if isinstance(node, ast.Assign)
        and node.lineno == made
        and isinstance(node.value, ast.Call)
        and [maker(evidence, value) for value in node.value.args] == [pair.generator]
    ]
    return made if handed else loss_line(evidence, line)


def _through(call: Call, pair: Roles) -> bool:
    """Whether the generator's loss passes through the discriminator in this call."""
    known = [step for step in call.steps if step.exact]
    if known and len(known) == len(call.steps):
        return any(pair.discriminator in s.through for s in known if pair.generator in s.trained)
    return pair.discriminator in call.through or any(
        pair.discriminator in step.through for step in call.steps
    )


def _message(evidence: Evidence, pair: Roles, call: Call) -> str:
    against = ""
    values = call.targets[0].distinct if call.targets else None
    if values is not None and len(values) == 1:
        against = f" against targets that are all {number(values[0])}"
    return (
        f"`{evidence.name_of(pair.generator)}` is trained by itself{against}: "
        f"its loss never passes through `{evidence.name_of(pair.discriminator)}`. Train it on what that says "
        "of its images."
    )
