"""Accuracy is reported for a model that predicts numbers.

## What it finds

A model compiled with a regression loss and the metric accuracy, trained on targets that are not whole
numbers, whether its output is bounded or not.

## Why it is wrong

Accuracy counts the predictions that equal their target. Two real numbers hardly ever do: the value stays
near 0 however good the model is, or jumps by the chance of rounding. Report the mean absolute error.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = x.sum(axis=1, keepdims=True)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam", metrics=["accuracy"])
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = x.sum(axis=1, keepdims=True)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam", metrics=["mae"])
model.fit(x, y, verbose=0)
```

## Known limits

Models that give back what they are fed, such as autoencoders, get a note only: there many tutorials print
an accuracy beside the loss and make nothing of it. Targets between 0 and 1 for several sigmoid or softmax
units may be probabilities, of which the largest can be right or wrong, and are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import REGRESSION, Fitted, activation, fitted, row_size
from harness.rules._players import pairs

SEVERITY = Severity.WARNING
NEEDS = "trace"

_ACCURACY = {"accuracy", "acc", "binary_accuracy", "categorical_accuracy"}
_ROW = 4  # values in a row from which on equal shapes speak of a model that gives back its input
_NUMBERS = {"linear", "relu", "softplus", "tanh", None}


def find(evidence: Evidence) -> Iterator[Match]:
    # A player's labels may be numbers on purpose: noisy ones, under a least-squares loss.
    players = {m for pair in pairs(evidence) for m in (pair.generator, pair.discriminator, pair.combined)}
    for one in fitted(evidence):
        if one.seen.model in players:
            continue
        named = sorted(_ACCURACY & set(one.compiled.metrics))
        if one.loss not in REGRESSION or not named or not _continuous(one):
            continue
        if activation(evidence, one) not in _NUMBERS and not _gives_back(one) and _likely(one):
            continue
        message = (
            f"`{evidence.name_of(one.seen.model)}` predicts numbers, and `{named[0]}` counts how often two "
            "of them are equal, which says nothing here; use a mean absolute error."
        )
        severity = Severity.NOTE if _gives_back(one) else None
        yield Match(
            one.line, message, evidence={"model": one.seen.model, "metric": named[0]}, severity=severity
        )


def _continuous(one: Fitted) -> bool:
    """Whether the targets are more than a few values, and not of an integer type."""
    target = one.target
    if target is None or target.low is None:
        return False
    return target.distinct is None and "int" not in target.dtype


def _likely(one: Fitted) -> bool:
    """Whether the targets may be probabilities of several classes, the largest of which can be predicted."""
    target = one.target
    if target is None or target.low is None or target.high is None or one.units == 1:
        return False
    return target.low >= 0 and target.high <= 1


def _gives_back(one: Fitted) -> bool:
    if not one.call.inputs or one.target is None or one.call.inputs[0].shape != one.target.shape:
        return False
    return (row_size(one.target) or 0) > _ROW
