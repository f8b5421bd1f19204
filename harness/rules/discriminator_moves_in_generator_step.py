"""The step that trains the generator trains the discriminator too.

## What it finds

Training on the combined model, with labels meant for the generator, that moves the discriminator's
trainable weights as well.

## Why it is wrong

In its own step the generator is told to be taken for real. If the discriminator moves in that step,
it learns to call fakes real: each generator step undoes a discriminator step. Set
`discriminator.trainable = False` before the combined model makes its first update, and back to True
before the discriminator's own.

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
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
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

Observed are the weights, so a flag that has no effect is found as well; then the message names its
line. Steps of the article's own making may train both players on purpose: of these only such are found whose
loss drives nothing but verdicts on generated examples, against the discriminator's own loss.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Call, Roles, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import (
    direct,
    freezings,
    holds,
    is_critic_step,
    keras_version,
    moves,
    only_normalises,
    pairs,
    toggling,
)
from harness.rules._pushed import generators_for_both, generators_for_the_other, opposed

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("players-trained-as-one",)


def find(evidence: Evidence) -> Iterator[Match]:
    yield from _against_itself(evidence)
    for pair in pairs(evidence):
        yield from _by_hand(evidence, pair)
        steps = [call for call in evidence.training if _is_step(evidence, call, pair)]
        moving = [
            call
            for call in steps
            if moves(call, pair.discriminator) and not only_normalises(evidence, call, pair.discriminator)
        ]
        if not moving or moving[0].line is None:
            continue
        name, version = evidence.name_of(pair.discriminator), keras_version(evidence)
        flags = freezings(evidence, pair.discriminator)
        own = ", which has steps of its own" if direct(evidence, pair.discriminator) else ""
        message = f"This step, meant for `{evidence.name_of(pair.generator)}`, also trains `{name}`{own}"
        if flags:
            under = f" under Keras {version}" if version else ""
            message += f": `trainable = False` in line {flags[0]} does not hold here{under}"
        found = {"model": pair.discriminator, "keras": version, "frozen_at": flags}
        message += f". {toggling(evidence, pair.discriminator)}"
        yield Match(moving[0].line, message, evidence=found)


def _against_itself(evidence: Evidence) -> Iterator[Match]:
    """A gradient for the judge alone, of a loss that undoes what its own step teaches it."""
    idle = {pair.generator for pair in pairs(evidence) if not _moved(evidence, pair.generator)}
    for one in opposed(evidence):
        if one.maker not in idle:  # else that is the finding
            judge, maker = evidence.name_of(one.judge), evidence.name_of(one.maker)
            message = (
                f"This gradient is taken for `{judge}`, but its loss drives what `{judge}` says of the "
                f"output of `{maker}` against its own step: it is the loss of `{maker}`. Take it for the "
                f"variables of `{maker}`."
            )
            yield Match(one.line, message, evidence={"model": one.judge, "frozen_at": []})


def _moved(evidence: Evidence, model: int) -> bool:
    return any(moves(call, model) for call in evidence.training)


def _by_hand(evidence: Evidence, pair: Roles) -> Iterator[Match]:
    line = generators_for_the_other(evidence, pair)
    if line is not None:
        name = evidence.name_of(pair.discriminator)
        message = (
            f"`{name}` is trained by the generator's loss, which says nothing of real examples, and learns "
            "to be fooled. Take this gradient of its own loss."
        )
        yield Match(line, message, evidence={"model": pair.discriminator, "frozen_at": []})
    line = generators_for_both(evidence, pair)
    if line is not None:
        name = evidence.name_of(pair.discriminator)
        message = (
            f"This gradient of the generator's loss is taken for `{name}` too, which learns to be "
            f"fooled; take it for the variables of `{evidence.name_of(pair.generator)}` alone."
        )
        yield Match(line, message, evidence={"model": pair.discriminator, "frozen_at": []})


def _is_step(evidence: Evidence, call: Call, pair: Roles) -> bool:
    seen = evidence.models.get(call.model) if call.model is not None else None
    return (
        seen is not None
        and seen.kind in {"Sequential", "Functional"}
        and call.api in {"fit", "train_on_batch"}
        and not call.steps
        and holds(evidence, seen.model, pair.generator, pair.discriminator)
        and not is_critic_step(evidence, call, pair)
    )
