"""The class is read off with argmax where the model has a single output.

## What it finds

`argmax` over the last axis of the predictions of a model that puts out one number per example.

## Why it is wrong

The largest of one number is always the first: the predicted class is 0 for every example. Compare the number
with a threshold, `predictions > 0.5`.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
classes = np.argmax(model.predict(x, verbose=0), axis=1)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
classes = (model.predict(x, verbose=0) > 0.5).astype("int32")
```

## Known limits

The predictions must be the argument itself or a variable that is only ever bound to them. Without an axis,
or over the first one, argmax finds the best example, which may be meant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import ModelSeen, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import one_unit
from harness.rules._program import bindings, called, keyword

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    bound = bindings(evidence)
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) != "argmax" or not _last_axis(node):
            continue
        values: list[ast.expr] = list(node.args[:1])
        if not values and isinstance(node.func, ast.Attribute):
            values = [node.func.value]
        if isinstance(node.func, ast.Attribute) and called(node.func.value) == "predict":
            values = [node.func.value]
        if values and isinstance(values[0], ast.Name):
            values = list(bound.get(values[0].id, ()))
        models = [seen for value in values if (seen := _predicting(evidence, value)) is not None]
        if models and len(models) == len(values) and all(map(one_unit, models)):
            name = evidence.name_of(models[0].model)
            message = (
                f"`{name}` puts out one number per example: its argmax is always 0. Compare the number with "
                "a threshold instead, 0.5 after a sigmoid."
            )
            yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"model": models[0].model})


def _predicting(evidence: Evidence, node: ast.expr) -> ModelSeen | None:
    if (
        called(node) != "predict"
        or not isinstance(node, ast.Call)
        or not isinstance(node.func, ast.Attribute)
    ):
        return None
    name = ast.unparse(node.func.value)
    return next((seen for seen in evidence.models.values() if name in seen.names), None)


def _last_axis(node: ast.Call) -> bool:
    axis = keyword(node, "axis") or next(
        (a for a in node.args[1:] if isinstance(a, ast.Constant | ast.UnaryOp)), None
    )
    if isinstance(node.func, ast.Attribute) and called(node.func.value) == "predict" and node.args:
        axis = node.args[0]
    return axis is not None and ast.unparse(axis) in {"1", "-1"}
