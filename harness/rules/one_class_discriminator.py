"""The discriminator is only ever trained towards one label.

## What it finds

A discriminator that is trained by `fit` or `train_on_batch`, and every label it was given, in all
of these calls, is the same number; or by a hand-written step, whose loss drives what it says of real and of
generated examples to the same side.

## Why it is wrong

A classifier that only sees one label learns to answer it whatever it is shown. Such a discriminator
tells nothing apart, and a generator trained against it learns nothing about the data.

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
    discriminator.train_on_batch(generator(noise), np.ones((16, 1)))
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

Labels must have been visible to the observer: a data set object that yields them counts as unknown
and keeps the rule silent. Training calls that the run did not reach do so too.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import ArraySummary, Call, Roles, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import direct, moves, number, pairs, units
from harness.rules._program import unreached_training
from harness.rules._pushed import Driven, driven
from harness.rules._tapes import behind, breaks_inside, gradients, labels_line, loss_line, same_term

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in pairs(evidence):
        yield from _driven(evidence, pair)
        calls = direct(evidence, pair.discriminator)
        names = {_tail(name) for name in evidence.models[pair.discriminator].names}
        if any(not names or _tail(site.receiver) in names for site in unreached_training(evidence)):
            continue
        elsewhere = [c for c in evidence.training if c.model is None and moves(c, pair.discriminator)]
        seen = [target.distinct for call in calls for target in _judged(evidence, call, pair.discriminator)]
        unlabelled = any(not call.targets or call.steps for call in calls)
        if not seen or elsewhere or unlabelled or any(values is None for values in seen):
            continue
        labels = {value for values in seen if values is not None for value in values}
        line = calls[-1].line
        if len(labels) != 1 or line is None:
            continue
        label = number(labels.pop())
        name = evidence.name_of(pair.discriminator)
        message = (
            f"`{name}` is only ever trained towards the label {label}, and learns to answer just that. Train "
            "it "
            "on real and on generated examples, each towards a label of their own."
        )
        lines = sorted({call.line for call in calls if call.line is not None})
        yield Match(line, message, evidence={"model": pair.discriminator, "labels": [label], "lines": lines})


def _tail(name: str) -> str:
    """``discriminator`` of ``self.discriminator``, which is ``gan.discriminator`` outside of the class."""
    return name.rpartition(".")[2]


def _driven(evidence: Evidence, pair: Roles) -> Iterator[Match]:
    """Hand-written steps: every loss of the discriminator drives both kinds of verdict to one side."""
    own = [step for step in driven(evidence, pair) if step.discriminator and not step.generator]
    ways = {way for step in own for way in (step.fake, step.real)}
    both = any(step.fake is not None for step in own) and any(step.real is not None for step in own)
    line = next((step.line for step in own if step.line is not None), None)
    if len(ways - {None}) != 1 or line is None:
        return
    if not both:
        yield from _real_alone(evidence, pair, own)
        return
    if any(None in (step.fake, step.real) for step in own) and len(own) == 1:
        return
    name = evidence.name_of(pair.discriminator)
    message = (
        f"The loss of `{name}` drives what it says of real and of generated examples to the same side: it "
        "learns to answer just that. Give each kind a label of its own."
    )
    found = {"model": pair.discriminator, "labels": sorted(way for way in ways if way), "lines": [line]}
    at = same_term(evidence, line) or labels_line(evidence, line) or loss_line(evidence, line)
    yield Match(at, message, evidence=found)


def _real_alone(evidence: Evidence, pair: Roles, own: list[Driven]) -> Iterator[Match]:
    """Hand-written steps whose only loss for the discriminator is of real examples."""
    line = own[0].line if len(own) == 1 else None
    if line is None or own[0].real is None or direct(evidence, pair.discriminator) or breaks_inside(evidence):
        return
    # What cannot be computed drives nothing either: the text, too, must lead to no generated example.
    taken = [g.target for g in gradients(evidence, evidence.tree) if g.node.lineno == line]
    makers = {name.rpartition(".")[2] for name in evidence.models[pair.generator].names}
    if len(taken) != 1 or taken[0] is None or not makers or makers & behind(evidence, taken[0]):
        return
    name = evidence.name_of(pair.discriminator)
    message = (
        f"The loss of `{name}` is of real examples alone: it learns to answer for all as it does for "
        "them. Add what it says of generated ones, towards the other label."
    )
    found = {"model": pair.discriminator, "labels": [own[0].real], "lines": [line]}
    yield Match(loss_line(evidence, line), message, evidence=found)


def _judged(evidence: Evidence, call: Call, model: int) -> tuple[ArraySummary, ...]:
    """The targets of a verdict; those of classes, where the discriminator names them too, are none."""
    shapes = evidence.models[model].output_shapes
    several = len(call.targets) > 1 and len(call.targets) == len(shapes) and units(shapes[0]) == 1
    return call.targets[:1] if several else call.targets
