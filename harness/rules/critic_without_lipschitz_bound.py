"""Nothing bounds the slope of a Wasserstein critic.

## What it finds

A program that trains with a Wasserstein loss and has no weight clipping, no gradient penalty, no spectral
normalisation and no constraint on weights.

## Why it is wrong

The loss is only a distance while the critic's slope is bounded. Without a bound the critic makes its scores
as large as it likes: the loss runs away and its gradients explode. Clip the critic's weights after each step,
or add a gradient penalty.

## Example

```python
import keras
import numpy as np
from keras import ops


def wasserstein_loss(y_true, y_pred):
    return ops.mean(y_true * y_pred)


critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
critic.compile(loss=wasserstein_loss, optimizer="rmsprop")
for step in range(8):
    critic.train_on_batch(np.random.normal(size=(8, 2)), -np.ones((8, 1)))
    critic.train_on_batch(np.random.normal(2, 1, size=(8, 2)), np.ones((8, 1)))
```

## Read instead

```python
import keras
import numpy as np
from keras import ops


def wasserstein_loss(y_true, y_pred):
    return ops.mean(y_true * y_pred)


critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
critic.compile(loss=wasserstein_loss, optimizer="rmsprop")
for step in range(8):
    critic.train_on_batch(np.random.normal(size=(8, 2)), -np.ones((8, 1)))
    critic.train_on_batch(np.random.normal(2, 1, size=(8, 2)), np.ones((8, 1)))
    for layer in critic.layers:
        layer.set_weights([np.clip(w, -0.01, 0.01) for w in layer.get_weights()])
```

## Known limits

Anything that is called, handed on or given to a layer as a clip, a constraint, a penalty or a spectral
normalisation keeps the rule silent, whether or not it works.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import one_unit, pairs
from harness.rules._wasserstein import bounded, clipped, difference_of_means, loss_functions

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    makers = {
        name.rpartition(".")[2] for pair in pairs(evidence) for name in _names(evidence, pair.generator)
    }
    wrong = [loop for loop, name in clipped(evidence) if name.rpartition(".")[2] in makers]
    if not evidence.training or bounded(evidence, wrong):
        return
    if wrong:
        message = (
            "It is the generator whose weights are clipped here, and nothing bounds the slope of the critic: "
            "clip the critic's."
        )
        yield Match(wrong[0].lineno, message, end_line=wrong[0].end_lineno)
        return
    written = loss_functions(evidence)
    compiled = [event for event in evidence.compiles if event.losses and set(event.losses) <= set(written)]
    # Two terms of a loss may differ by their means too: a critic is what gives each example a score.
    scores = any(one_unit(seen) for seen in evidence.models.values()) or bool(pairs(evidence))
    by_hand = difference_of_means(evidence) if scores else None
    line = written[compiled[0].losses[0]] if compiled else by_hand.lineno if by_hand is not None else None
    if compiled and compiled[0].line is not None:
        line = compiled[0].line
    if line is not None:
        message = (
            "The critic is trained with a Wasserstein loss, and nothing bounds its slope: clip its weights "
            "after each step, or add a gradient penalty."
        )
        yield Match(line, message)


def _names(evidence: Evidence, model: int) -> tuple[str, ...]:
    return evidence.models[model].names if model in evidence.models else ()
