"""Classes are no whole numbers, and a loss that counts them cuts them off.

## What it finds

Sparse categorical cross-entropy on labels that have fractions, such as classes that were divided by 255
along with the images.

## Why it is wrong

The label is the number of the right output unit. Keras cuts fractions off without a word: classes from 0 to
9, divided by 255, are all class 0, and the model learns to answer nothing else, with an accuracy near 1.
Leave the labels as they are.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = np.arange(64) % 5
y = y / 255.0
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(5, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = np.arange(64) % 5
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(5, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Only where the labels were seen, in `fit` or `train_on_batch`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, Severity
from harness.rules._data_places import argument, data_assignments
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import fitted
from harness.rules._players import number

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    told = set[int]()
    for one in fitted(evidence):
        target = one.target
        if one.loss != "sparse_categorical_crossentropy" or target is None or one.call.line is None:
            continue
        ends = [value for value in (target.low, target.high) if value is not None]
        fractions = [value for value in (*ends, *(target.distinct or ())) if not float(value).is_integer()]
        line = _scaled_at(evidence, one.call) or one.call.line
        if not fractions or line in told:
            continue
        told.add(line)
        run = f"from {number(ends[0])} to {number(ends[1])}" if len(ends) == 2 else "in fractions"
        model = evidence.name_of(one.seen.model)
        message = (
            f"The labels of `{model}` run {run}, and `{one.loss}` cuts them off to whole numbers, the "
            "classes: leave the labels as they were counted."
        )
        yield Match(line, message, evidence={"model": one.seen.model, "labels": ends})


def _scaled_at(evidence: Evidence, call: Call) -> int | None:
    """Where the text divides or multiplies the labels."""
    made = data_assignments(evidence, argument(evidence, call, 1))
    scaled = [step.lineno for step in made if any(_scales(part) for part in ast.walk(step.value))]
    return scaled[-1] if scaled else None


def _scales(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Mult)
