"""The weights of classes are given for labels that no example has.

## What it finds

A `class_weight` whose keys are not the labels: names of the classes, numbers counted from 1 where the labels
count from 0.

## Why it is wrong

Keras looks a label's weight up by its number and takes 1 where there is none, without a word. Classes whose
keys are names all have the weight 1, and a rare class counts as little as before.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, 0] > 1).astype("float32")
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, class_weight={"common": 1.0, "rare": 5.0}, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, 0] > 1).astype("float32")
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, class_weight={0: 1.0, 1: 5.0}, verbose=0)
```

## Known limits

The weights must stand in the text as a dictionary. Numbers are compared where there are at most ten labels.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from harness.model import ArraySummary, Call, Severity
from harness.rules._data_places import argument_named
from harness.rules._evidence import Evidence, Match
from harness.rules._predicted import bound_once

SEVERITY = Severity.ERROR
NEEDS = "trace"

Keys = Sequence[object]


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int] = set()
    for call in evidence.training:
        given = _given(evidence, call)
        keys = _keys(given)
        if given is None or call.line in told or call.line is None or not keys:
            continue
        labels = _labels(call.targets[0]) if len(call.targets) == 1 else None
        wrong = _wrong(keys, labels)
        if not wrong:
            continue
        told.add(call.line)
        known = "numbers" if labels is None else f"the numbers {_listed(labels)}"
        message = (
            f"The labels are {known}, and `class_weight` has weights for {_listed(wrong)}: Keras finds none "
            "for the labels that are missing there, and takes 1. Use the labels' numbers as keys."
        )
        yield Match(given.lineno, message, given.end_lineno, {"keys": [str(key) for key in wrong]})


def _given(evidence: Evidence, call: Call) -> ast.expr | None:
    """The expression of the weights that a call of ``fit`` is given."""
    weights = argument_named(evidence, call, "class_weight")
    return bound_once(evidence, weights.id) if isinstance(weights, ast.Name) else weights


def _keys(weights: ast.expr | None) -> Keys:
    """The keys of a dictionary, where the text gives all of them."""
    if not isinstance(weights, ast.Dict):
        return ()
    keys = [key.value for key in weights.keys if isinstance(key, ast.Constant)]
    return keys if len(keys) == len(weights.keys) else ()


def _labels(target: ArraySummary) -> Sequence[float] | None:
    """The numbers of all labels, those of one-hot rows among them; None where they are not known."""
    columns = target.shape[1] if len(target.shape) == 2 else 1
    if columns > 1:
        return tuple(range(columns)) if target.marked == (1, 1) else None
    return target.distinct if len(target.shape) in (1, 2) else None


def _wrong(keys: Keys, labels: Sequence[float] | None) -> Keys:
    """Keys that are no labels, where that leaves labels without a weight."""
    texts = [key for key in keys if isinstance(key, str)]
    if texts or labels is None:
        return texts
    beyond = [key for key in keys if key not in labels]
    return beyond if any(label not in keys for label in labels) else ()


def _listed(values: Keys | Sequence[float]) -> str:
    shown = [f"{value:g}" if isinstance(value, int | float) else f"`{value!r}`" for value in values]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
