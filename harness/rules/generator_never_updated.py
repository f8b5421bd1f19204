"""The generator is never trained.

## What it finds

A generator/discriminator pair of which something is trained, while no training call has anything to
do with the generator, or all of them leave its weights as they were.

## Why it is wrong

A generator whose weights never change goes on making the noise it made at first, however well the
discriminator learns to recognise it.

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

for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
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

A training call that raised counts as an attempt: then its fault is the finding. Silent where some
training was not reached by the run, or where a hand-written step broke off.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Call, Roles, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import (
    direct,
    generator_steps,
    inside_steps,
    moves,
    opaque,
    pairs,
    taken_at,
    watched_throughout,
)
from harness.rules._program import loop_at, unreached_training
from harness.rules._pushed import driven
from harness.rules._tapes import breaks_inside

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("gan-without-its-players", "wrong-variables-in-apply", "gradient-cut")


def find(evidence: Evidence) -> Iterator[Match]:
    if breaks_inside(evidence):
        return
    for pair in pairs(evidence):
        if not evidence.training or any(moves(call, pair.generator) for call in evidence.training):
            continue
        if not watched_throughout((c for c in evidence.training if opaque(c)), pair.generator):
            continue
        steps = generator_steps(evidence, pair)
        yield from _idle(evidence, pair, steps) if steps else _absent(evidence, pair)


def _idle(evidence: Evidence, pair: Roles, steps: tuple[Call, ...]) -> Iterator[Match]:
    """Training calls that are meant for the generator and move nothing of it."""
    if not watched_throughout(steps, pair.generator) or steps[0].line is None:
        return
    name = evidence.name_of(pair.generator)
    cure = f"take the gradient for `{name}.trainable_variables`, and apply it to them"
    if not any(call.steps or call.model is None for call in steps):
        cure = "check that it is trainable where this model is compiled and trained"
    message = f"This training leaves every weight of `{name}` as it was: the generator never learns; {cure}."
    line = taken_at(steps, pair.generator) or _passed(steps, pair)
    other = None if line else _for_the_other(evidence, pair)
    if other is not None:
        judge = evidence.name_of(pair.discriminator)
        message = (
            f"The gradient of the generator's loss is taken for `{judge}`, so that `{name}` never learns; "
            "take "
            f"it for `{name}.trainable_variables`."
        )
    line = line or other or steps[0].line
    yield Match(line, message, evidence={"model": pair.generator, "calls": len(steps)})


def _passed(calls: tuple[Call, ...], pair: Roles) -> int | None:
    """Where a hand-written step takes a gradient of a loss through both players for neither of them."""
    players = {pair.generator, pair.discriminator}
    steps = [step for call in calls for step in call.steps if players <= set(step.through)]
    return next((step.line for step in steps if step.line and not players & set(step.trained)), None)


def _for_the_other(evidence: Evidence, pair: Roles) -> int | None:
    """Where a loss that drives generated examples alone, against D's own loss, is taken for D's variables."""
    steps = [step for step in driven(evidence, pair) if step.discriminator and not step.generator]
    own = {step.fake for step in steps if step.real is not None}
    lines = (s.line for s in steps if s.real is None and s.fake is not None and own and s.fake not in own)
    return next(lines, None)


def _absent(evidence: Evidence, pair: Roles) -> Iterator[Match]:
    names = evidence.models[pair.discriminator].names
    own = direct(evidence, pair.discriminator) or inside_steps(evidence, pair.discriminator)
    if not own or own[0].line is None or any(s.receiver not in names for s in unreached_training(evidence)):
        return
    loop = loop_at(evidence, own[0].line)
    line, end = (loop.lineno, loop.end_lineno) if loop else (own[0].line, None)
    message = (
        f"The training updates `{evidence.name_of(pair.discriminator)}` only; "
        f"`{evidence.name_of(pair.generator)}` is never trained and goes on making noise. Train it too, in "
        f"every round: through `{evidence.name_of(pair.discriminator)}`, which must stand still then, "
        "towards "
        "the label of real examples."
    )
    lines = sorted({call.line for call in evidence.training if call.line is not None})
    yield Match(line, message, end_line=end, evidence={"model": pair.generator, "training": lines})
