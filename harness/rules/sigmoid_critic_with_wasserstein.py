"""A Wasserstein critic ends in an activation that bounds its score.

## What it finds

A network that ends in a sigmoid or softmax, or a tanh, and is trained with a Wasserstein loss: the mean of
label times score, or the difference of the mean scores of real and generated examples.

## Why it is wrong

The critic's scores are to estimate a distance, which may be any number. A sigmoid bounds the difference at 1
and has next to no gradient once the critic is sure, which is what the Wasserstein loss is there to avoid. End
the critic with a linear unit.

## Example

```python
import keras
import numpy as np
from keras import ops


def wasserstein_loss(y_true, y_pred):
    return ops.mean(y_true * y_pred)


critic = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(8, "relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
critic.compile(loss=wasserstein_loss, optimizer="rmsprop")
critic.train_on_batch(np.random.normal(size=(8, 2)), -np.ones((8, 1)))
for layer in critic.layers:
    layer.set_weights([np.clip(w, -0.01, 0.01) for w in layer.get_weights()])
```

## Read instead

```python
import keras
import numpy as np
from keras import ops


def wasserstein_loss(y_true, y_pred):
    return ops.mean(y_true * y_pred)


critic = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(8, "relu"),
        keras.layers.Dense(1),
    ]
)
critic.compile(loss=wasserstein_loss, optimizer="rmsprop")
critic.train_on_batch(np.random.normal(size=(8, 2)), -np.ones((8, 1)))
for layer in critic.layers:
    layer.set_weights([np.clip(w, -0.01, 0.01) for w in layer.get_weights()])
```

## Known limits

The loss is recognised by what its text computes, whatever it is called. Hand-written steps are judged where
the program has a pair of players.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._activations import output_activation
from harness.rules._evidence import Evidence, Match
from harness.rules._losses import innermost
from harness.rules._places import output_line
from harness.rules._players import pairs
from harness.rules._wasserstein import difference_of_means, loss_functions

SEVERITY = Severity.ERROR
NEEDS = "trace"

_BOUNDED = {"sigmoid", "softmax", "hard_sigmoid", "tanh"}


def find(evidence: Evidence) -> Iterator[Match]:
    written = loss_functions(evidence)
    told: set[int] = set()
    for event in evidence.compiles:
        if event.losses and set(event.losses) <= set(written):
            yield from _judged(evidence, innermost(evidence, event.model), written[event.losses[0]], told)
    by_hand = difference_of_means(evidence)
    if by_hand is not None:
        for pair in pairs(evidence):
            if not list(evidence.compiled(pair.discriminator)):
                yield from _judged(evidence, pair.discriminator, by_hand.lineno, told)


def _judged(evidence: Evidence, model: int, loss_line: int, told: set[int]) -> Iterator[Match]:
    end, line = output_activation(evidence, model), output_line(evidence, model)
    if end not in _BOUNDED or line is None or model in told:
        return
    told.add(model)
    message = (
        f"`{evidence.name_of(model)}` ends in a {end}, but its loss (line {loss_line}) is a Wasserstein "
        "distance of its scores, which must not be bounded; leave the last layer linear."
    )
    yield Match(line, message, evidence={"model": model, "activation": end, "loss_at": loss_line})
