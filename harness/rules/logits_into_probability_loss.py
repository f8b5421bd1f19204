"""A loss of probabilities is given numbers that are none.

## What it finds

A model trained with a cross-entropy of probabilities whose last activation is not there, or is one without
an upper bound such as ReLU; for several classes also a tanh.  Where it ends in something else, such as a
sum, and has one output for the binary one: what it was seen to predict, if that leaves [0, 1].

## Why it is wrong

Cross-entropy takes the logarithm of the output, and the binary one of one minus it as well. Keras cuts
outputs outside (0, 1) off at its ends, where the gradient is zero: the model stops learning as soon as an
output leaves the interval. Over several classes the outputs are also divided by their sum, which may be
negative or zero. Add a sigmoid for one unit, a softmax for several, or say `from_logits=True`.

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
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1)]
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

Judged are models with one output whose last layers are Keras's own, and others only by what they were seen
to predict. A compile that no training uses is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, Compiled, Severity
from harness.rules._activations import output_activation, seen_outside
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import CATEGORICAL, activation, fitted, output_at
from harness.rules._losses import (
    CROSSENTROPIES,
    PROBABILITY_LOSS,
    ends,
    first_compiles,
    innermost,
    object_line,
    subject,
    taken,
    takes_probabilities,
    used,
)
from harness.rules._makers import maker
from harness.rules._places import output_line
from harness.rules._players import moves
from harness.rules._program import called, training_sites
from harness.rules._tapes import FUNCTIONS

SEVERITY = Severity.ERROR
NEEDS = "trace"

_LARGEST = 1.4  # what the labels that Keras is given are at most, noise and all
_WHAT = {"linear": "has no activation", "outside": "has values outside of [0, 1]"}
_UNBOUNDED = {"outside", "linear", "relu", "leaky_relu", "elu", "gelu", "selu", "swish", "silu", "prelu"}


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int | None] = set()
    for event in first_compiles(evidence):
        end = output_activation(evidence, event.model)
        if end is None and seen_outside(evidence, event.model):
            end = "outside"
        if end not in _UNBOUNDED or event.line is None or not takes_probabilities(event):
            continue
        # A discriminator inside a combined model makes the same mistake twice; it is marked once.
        at = output_line(evidence, innermost(evidence, event.model))
        if at in told or (used(evidence, event) is None and not _broke_off(evidence, event)):
            continue
        told.add(at)
        if not _learns_numbers(used(evidence, event)):
            yield _match(evidence, event.line, event.model, end, "compile with")
    for use in taken(evidence, logits=False):
        end = ends(evidence, use)
        at = None if use.model is None else output_line(evidence, innermost(evidence, use.model))
        if end in _UNBOUNDED and end is not None and at not in told and (at is not None or not told):
            told.add(at)
            yield _match(evidence, object_line(evidence, use), use.model, end, "use", use.name)
    yield from _categorical(evidence)
    yield from _functions(evidence, told)


def _learns_numbers(call: Call | None) -> bool:
    """Whether targets are numbers beyond probabilities: then the output is right, and the loss is not."""
    targets = () if call is None else call.targets
    return any(t.distinct is None and max(abs(t.low or 0), abs(t.high or 0)) > _LARGEST for t in targets)


def _broke_off(evidence: Evidence, event: Compiled) -> bool:
    """Whether the run ended in the training under a compile, as for want of memory."""
    begun, seen = evidence.unfinished, evidence.models.get(event.model)
    if begun is None or seen is None or begun.line is None or evidence.trace is None:
        return False
    return not evidence.trace.completed and any(
        site.receiver in seen.names and site.method in {"fit", "train_on_batch"}
        for site in training_sites(evidence)
        if begun.line <= site.line <= begun.end_line
    )


def _functions(evidence: Evidence, told: set[int | None]) -> Iterator[Match]:
    """``binary_crossentropy(x, made)`` of Keras in a hand-written step, where ``made = decoder(z)``."""
    own = {node.name for node in evidence.nodes if isinstance(node, FUNCTIONS)}
    for node in evidence.nodes:
        loss = called(node)
        if not isinstance(node, ast.Call) or loss not in CROSSENTROPIES or loss in own:
            continue
        if len(node.args) != 2 or node.keywords:
            continue
        model = maker(evidence, node.args[1])
        end = None if model is None else output_activation(evidence, model)
        if model is None or end not in _UNBOUNDED or not any(moves(c, model) for c in evidence.training):
            continue
        at = output_line(evidence, innermost(evidence, model))
        if at is not None and at not in told:
            told.add(at)
            yield _match(evidence, at, model, end, "use", loss)


def _match(
    evidence: Evidence, line: int, model: int | None, end: str, use: str, loss: str = PROBABILITY_LOSS
) -> Match:
    at = None if model is None else output_line(evidence, innermost(evidence, model))
    what = _WHAT.get(end, f"is {end}")
    where = f" (line {at})" if at is not None else ""
    which, lacking = ("Binary", "sigmoid") if loss == PROBABILITY_LOSS else ("Categorical", "softmax")
    message = (
        f"{which} cross-entropy needs probabilities, but the output of {subject(evidence, model)} "
        f"{what}{where}: add a {lacking} there, or {use} {CROSSENTROPIES[loss]}(from_logits=True)."
    )
    return Match(line, message, evidence={"model": model, "output_at": at, "activation": end})


def _categorical(evidence: Evidence) -> Iterator[Match]:
    """Several classes: the place to mark is the last layer, which as a rule lacks its softmax."""
    for one in fitted(evidence):
        end = activation(evidence, one)
        if one.loss not in CATEGORICAL or one.compiled.from_logits is not False or (one.units or 0) < 2:
            continue
        if end not in _UNBOUNDED | {"tanh"}:
            continue
        what = "has no activation" if end == "linear" else f"is {end}"
        message = (
            f"`{one.loss}` needs probabilities, but the output of `{evidence.name_of(one.seen.model)}` "
            f"{what}: add a softmax there, or give the loss `from_logits=True` (line {one.line})."
        )
        found = {"model": one.seen.model, "activation": end, "compiled_at": one.line}
        yield Match(output_at(evidence, one), message, evidence=found)
