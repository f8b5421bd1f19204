"""The model is trained on the test data.

## What it finds

A `fit` on the test part of a data set, or on variables named after it, in a program that has a training part
as well and judges the result on the test part.

## Why it is wrong

A score on examples that the model has learned from says nothing of new ones, which is what the test part was
kept back for.

## Example

```python
import keras
import numpy as np

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=(64, 1))
x_train, x_test, y_train, y_test = x[:48], x[48:], y[:48], y[48:]
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x_test, y_test, verbose=0)
print(model.evaluate(x_test, y_test, verbose=0))
```

## Read instead

```python
import keras
import numpy as np

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=(64, 1))
x_train, x_test, y_train, y_test = x[:48], x[48:], y[:48], y[48:]
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x_train, y_train, verbose=0)
print(model.evaluate(x_test, y_test, verbose=0))
```

## Known limits

Read from the text. A last training on all data, after the test, is good practice and not reported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import MethodCall, method_calls

SEVERITY = Severity.ERROR
NEEDS = "source"

_TEST = re.compile(r"(^|_)test(_|$)|^[xX]_?te$|^test[xX]$", re.IGNORECASE)
_TRAIN = re.compile(r"(^|_)train(ing)?(_|$)|^train[xX]$", re.IGNORECASE)


def find(evidence: Evidence) -> Iterator[Match]:
    names = {node.id for node in evidence.nodes if isinstance(node, ast.Name)}
    if not any(_TRAIN.search(name) for name in names):
        return
    sites = list(method_calls(evidence))
    for site in sites:
        data = _data(site)
        if site.method != "fit" or data is None or not _TEST.search(data) or _TRAIN.search(data):
            continue
        judged = [other for other in sites if other.method == "evaluate" and _data(other) == data]
        if any(other.line > site.line and other.receiver == site.receiver for other in judged):
            message = (
                f"`{site.receiver}` is trained on `{data}`, and then judged on the same examples. Train it "
                "on the "
                "training data."
            )
            yield Match(site.line, message, end_line=site.end_line, evidence={"data": data})
            return


def _data(site: MethodCall) -> str | None:
    first = site.node.args[0] if site.node.args else None
    first = first or next((word.value for word in site.node.keywords if word.arg == "x"), None)
    return first.id if isinstance(first, ast.Name) else None
