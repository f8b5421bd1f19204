"""The discriminator is never shown real data.

## What it finds

A generator/discriminator pair whose training feeds the discriminator random numbers, constants or
the generator's own outputs, and never a row of a data set or of any array of another origin.

## Why it is wrong

The discriminator is the only way by which the data reach the generator. If it never sees an example
of them, nothing that is trained here has anything to do with the data that the article wants to
imitate.

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
    real = np.random.uniform(-1, 1, size=(16, 784))
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

Low-dimensional random numbers with a label of their own are taken for a toy distribution that is
meant to be learned. An array whose origin the run could not tell is taken for real data. Where a
fault kept the training from being reached, the text of the call decides.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import ArraySummary, Call, DataLoaded, Roles, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import (
    direct,
    discriminator_feeds,
    inside_steps,
    involves,
    is_joined,
    is_real,
    opaque,
    pairs,
)
from harness.rules._program import origins, unreached_training

SEVERITY = Severity.ERROR
NEEDS = "trace"

_TOY = 64  # numbers per example up to which random numbers may be the data to imitate


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in pairs(evidence):
        line = _line(evidence, pair)
        trained = direct(evidence, pair.discriminator) or inside_steps(evidence, pair.discriminator)
        if not trained and evidence.of(DataLoaded):
            continue  # there are data; what is missing is the discriminator's training
        if line is None or not _unreached_is_artificial(evidence):
            continue
        arrays = _fed(evidence, pair)
        if arrays is None or any(is_real(a) or is_joined(a) or a.origin == "unknown" for a in arrays):
            continue
        if _toy(evidence, arrays) or _encodes(evidence, pair):
            continue
        kinds = sorted({_WORDS[array.origin] for array in arrays}) or [_WORDS["random"]]
        loaded = sorted({event.name for event in evidence.of(DataLoaded)})
        aside = f" {loaded[0].upper()} is loaded, but not used for it." if loaded else ""
        message = (
            f"No real example ever reaches `{evidence.name_of(pair.discriminator)}`: "
            f"the training feeds nothing but {' and '.join(kinds)}.{aside} Train it on "
            "batches of the data as well, with the label of real ones."
        )
        yield Match(line, message, evidence={"model": pair.discriminator, "fed": kinds})


_WORDS = {"random": "random numbers", "constant": "constants", "model": "outputs of the networks"}


def _trainings(evidence: Evidence, pair: Roles) -> tuple[Call, ...]:
    """The calls that train the discriminator, or all of the pair's where none does."""
    own = direct(evidence, pair.discriminator)
    if own:
        return own
    return tuple(
        c for c in evidence.training if involves(c, pair.generator) or involves(c, pair.discriminator)
    )


def _line(evidence: Evidence, pair: Roles) -> int | None:
    lines = [call.line for call in _trainings(evidence, pair) if call.line is not None]
    lines += [site.line for site in unreached_training(evidence)] if not lines else []
    return lines[0] if lines else None


def _unreached_is_artificial(evidence: Evidence) -> bool:
    """Whether the text of every training call that the run missed names artificial inputs only."""
    artificial = {"random", "constant", "model"}
    return all(
        site.method in {"fit", "train_on_batch"}
        and site.node.args
        and origins(evidence, site.node.args[0]) <= artificial
        for site in unreached_training(evidence)
    )


def _fed(evidence: Evidence, pair: Roles) -> list[ArraySummary] | None:
    """What the training was given; None where something unseen may have been among it."""
    calls = _trainings(evidence, pair)
    found = list(discriminator_feeds(evidence, pair))
    others = [c for c in evidence.training if c.model != pair.discriminator]
    hidden = [c for c in others if c.steps and not c.inputs and not _all_known(c, pair.discriminator)]
    if hidden or any(opaque(c) for c in others):
        return None
    for call in calls:
        if not call.inputs and not call.steps:
            return None
        found += call.inputs
    # A custom step is handed the data and passes them on under another name.
    found += [array for call in others if call.steps for array in call.inputs]
    return found


def _all_known(call: Call, discriminator: int) -> bool:
    """Whether a step that is handed nothing shows where all that it feeds the discriminator came from."""
    fed = [fed.array.origin for step in call.steps for fed in step.fed if fed.model == discriminator]
    return bool(fed) and "unknown" not in fed


def _toy(evidence: Evidence, arrays: list[ArraySummary]) -> bool:
    origins_seen = {array.origin for array in arrays}
    small = all(_size(array) <= _TOY for array in arrays if array.origin == "random")
    return {"random", "model"} <= origins_seen and small and not evidence.of(DataLoaded)


def _encodes(evidence: Evidence, pair: Roles) -> bool:
    """Whether the generator turns data into codes, whose opponent sees them beside codes drawn at random."""
    return any(
        is_real(array)
        for call in evidence.calls
        if call.model in {pair.generator, pair.combined}
        for array in call.inputs
    )


def _size(array: ArraySummary) -> int:
    size = 1
    for length in array.shape[1:]:
        size *= length
    return size
