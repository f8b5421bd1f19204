"""The model is trained on the test data.

## What it finds

A `fit` on the test part of a data set, or on variables named after it, in a program that has a training
part as well and judges the result on the test part. Hand-written steps over the test part, in a program
that has a training part and takes no step over it.

## Why it is wrong

A score on examples that the model has learned from says nothing of new ones, which is what the test part
was kept back for.

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
from harness.rules._data_places import root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._program import MethodCall, called, loop_around, method_calls
from harness.rules._tapes import FUNCTIONS, scope, tapes

SEVERITY = Severity.ERROR
NEEDS = "source"

_PASSING = {"enumerate", "tqdm", "zip"}
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
                "on the training data."
            )
            yield Match(site.line, message, end_line=site.end_line, evidence={"data": data})
            return
    yield from _in_loops(evidence, sites)


def _in_loops(evidence: Evidence, sites: list[MethodCall]) -> Iterator[Match]:
    """Hand-written steps that go over the test part alone."""
    loops = list(_trained_over(evidence))
    fitted = {_data(site) or "" for site in sites if site.method == "fit"}
    if any(not _TEST.search(name) or _TRAIN.search(name) for name in {name for _, name in loops} | fitted):
        return
    for loop, name in loops[:1]:
        message = (
            f"This loop trains on `{name}`, and nothing trains on the training data: what is measured on "
            f"`{name}` then says nothing of new examples. Go over the training data here."
        )
        yield Match(loop.lineno, message, evidence={"data": name})


def _trained_over(evidence: Evidence) -> Iterator[tuple[ast.For, str]]:
    """The innermost loops that take gradients, and the variables that they go over."""
    blocks = list(tapes(evidence.tree))
    steps = {around.name for block in blocks if isinstance(around := scope(evidence, block), FUNCTIONS)}
    calls = [node for node in evidence.nodes if isinstance(node, ast.Call) and called(node) in steps]
    for node in (*blocks, *calls):
        loop = loop_around(evidence, node)
        over = loop.iter if isinstance(loop, ast.For) else None
        if isinstance(over, ast.Call) and called(over) in _PASSING and over.args:
            over = over.args[0]
        name = root_name(over)
        if isinstance(loop, ast.For) and name is not None:
            yield loop, name


def _data(site: MethodCall) -> str | None:
    first = site.node.args[0] if site.node.args else None
    first = first or next((word.value for word in site.node.keywords if word.arg == "x"), None)
    return first.id if isinstance(first, ast.Name) else None
