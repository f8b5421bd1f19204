"""The accuracy is counted by a metric that does not fit the labels or the output.

## What it finds

A model of classes whose metric is the class `Accuracy`, which asks whether two numbers are equal;
`categorical_accuracy` on labels that are class numbers; `sparse_categorical_accuracy` on one-hot labels; or
`binary_accuracy` over a softmax of several units. A note tells of a binary accuracy that is counted above 0.5
where the model puts out logits.

## Why it is wrong

The training is right and the number beside it is not: a probability of 0.93 equals no label, so that
`Accuracy` stays near 0, and a binary accuracy of ten units begins at 90 %, as nine of ten zeros are right.
Write `metrics=["accuracy"]`, which chooses the kind by the loss and the shapes. A logit says yes above 0,
which is what `BinaryAccuracy(threshold=0.0)` counts.

## Example

```python
import keras
import numpy as np

x = np.random.normal(size=(64, 4))
y = keras.utils.to_categorical(np.arange(64) % 3, 3)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=[keras.metrics.Accuracy()])
model.fit(x, y, verbose=0)
```

## Read instead

```python
import keras
import numpy as np

x = np.random.normal(size=(64, 4))
y = keras.utils.to_categorical(np.arange(64) % 3, 3)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, verbose=0)
```

## Known limits

Only what `compile` is given is looked at, for models with one output and one loss. Over a softmax of two
units a binary accuracy says the same as a categorical one, and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import Fitted, activation, fitted

SEVERITY = Severity.WARNING
NEEDS = "trace"

_BINARY = {"binary_accuracy", "accuracy", "acc"}
_LOSSES = {"binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"}


def find(evidence: Evidence) -> Iterator[Match]:
    for one in fitted(evidence):
        if one.loss not in _LOSSES or one.call.error is not None:
            continue
        told = _exact(one) or _other(evidence, one) or _above_half(evidence, one)
        if told is not None:
            message, severity = told
            found = {"model": one.seen.model, "metrics": list(one.compiled.metrics)}
            yield Match(one.line, message, evidence=found, severity=severity)


def _exact(one: Fitted) -> tuple[str, Severity | None] | None:
    if not one.compiled.exact:
        return None
    return (
        "The metric `Accuracy` counts how often prediction and label are the same number, which a "
        'probability never is: it stays near 0. Write `metrics=["accuracy"]`.'
    ), None


def _other(evidence: Evidence, one: Fitted) -> tuple[str, Severity | None] | None:
    """A kind of accuracy for labels of another kind than the loss takes."""
    metrics, units = set(one.compiled.metrics), one.units or 0
    if units <= 2:
        return None
    if one.loss == "sparse_categorical_crossentropy" and "categorical_accuracy" in metrics:
        return _fitting("categorical_accuracy", "one-hot labels, and these are class numbers"), None
    if one.loss == "categorical_crossentropy" and "sparse_categorical_accuracy" in metrics:
        return _fitting("sparse_categorical_accuracy", "class numbers, and these labels are one-hot"), None
    softmax = one.loss == "categorical_crossentropy" and activation(evidence, one) == "softmax"
    if softmax and "binary_accuracy" in metrics:
        lacks = f"labels that hold each by itself; over {units} classes it counts the zeros that are right"
        return _fitting("binary_accuracy", lacks), None
    return None


def _fitting(metric: str, why: str) -> str:
    return f'`{metric}` is for {why}: what it reports is no accuracy. Write `metrics=["accuracy"]`.'


def _above_half(evidence: Evidence, one: Fitted) -> tuple[str, Severity | None] | None:
    """A binary accuracy at its usual threshold on an output without activation; many tutorials have it."""
    of_logits = one.loss == "binary_crossentropy" and one.compiled.from_logits is True
    if not of_logits or activation(evidence, one) != "linear" or not _BINARY & set(one.compiled.metrics):
        return None
    if any(value != 0.5 for value in one.compiled.thresholds):
        return None
    return (
        "The accuracy is counted above 0.5, but the output is a logit, which says yes above 0: answers "
        "between the two are counted wrong. Write `metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)]`."
    ), Severity.NOTE
