"""A training loop makes a new model in each of its rounds, and keeps the last one.

## What it finds

A loop over epochs that builds the model in its body, trains it there, and leaves it to be used behind the
loop.

## Why it is wrong

Each round begins with random weights and throws away what the rounds before have learned. In the end the
model has been trained for one round, however many there were. Build it once, before the loop.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = x.sum(axis=1)
for epoch in range(5):
    model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    model.fit(x, y, verbose=0)
print(model.evaluate(x, y, verbose=0))
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = x.sum(axis=1)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
for epoch in range(5):
    model.fit(x, y, verbose=0)
print(model.evaluate(x, y, verbose=0))
```

## Known limits

Read from the text: by the name of the loop's variable, `epoch` or the like. A model that is evaluated, kept
or saved inside the loop is one of several on purpose, as in a cross-validation, and left alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, enclosing, is_model_maker, loop_around, method_calls

SEVERITY = Severity.ERROR
NEEDS = "source"

_EPOCHS = re.compile(r"^(epochs?|ep|steps?|iteration|it|round_?|update)$")
_TRAINING = {"fit", "train_on_batch"}
_KEEPING = {
    "evaluate",
    "predict",
    "save",
    "save_weights",
    "append",
    "get_weights",
    "set_weights",
    "load_weights",
}


def find(evidence: Evidence) -> Iterator[Match]:
    sites = list(method_calls(evidence))
    for node in evidence.nodes:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        loop, name = loop_around(evidence, node), node.targets[0].id
        if not isinstance(loop, ast.For) or not _over_epochs(loop) or not _makes(evidence, node.value):
            continue
        last = loop.end_lineno or loop.lineno
        inside = [site for site in sites if loop.lineno <= site.line <= last]
        trained = any(site.method in _TRAINING and site.receiver == name for site in inside)
        kept = any(site.method in _KEEPING for site in inside)
        if (
            not trained
            or kept
            or _bound_elsewhere(evidence, node, name)
            or not _read_after(evidence, name, last)
        ):
            continue
        message = (
            f"`{name}` is made anew in every round of this loop, and loses what it has learned in the rounds "
            "before: make it once, before the loop."
        )
        yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"loop": loop.lineno})


def _bound_elsewhere(evidence: Evidence, node: ast.Assign, name: str) -> bool:
    """Whether the same scope binds the name in another place."""
    around = enclosing(evidence, node, ast.FunctionDef)
    others = [a for a in assignments(evidence, name) if a is not node]
    return any(enclosing(evidence, a, ast.FunctionDef) is around for a in others)


def _over_epochs(loop: ast.For) -> bool:
    return (
        isinstance(loop.target, ast.Name)
        and bool(_EPOCHS.match(loop.target.id))
        and called(loop.iter) == "range"
    )


def _makes(evidence: Evidence, value: ast.expr) -> bool:
    """Whether an expression makes a model, itself or by a function of the program that takes nothing."""
    if is_model_maker(value):
        return True
    if (
        not isinstance(value, ast.Call)
        or not isinstance(value.func, ast.Name)
        or value.args
        or value.keywords
    ):
        return False
    return any(
        isinstance(node, ast.FunctionDef)
        and node.name == value.func.id
        and any(is_model_maker(inner) for inner in ast.walk(node))
        for node in evidence.nodes
    )


def _read_after(evidence: Evidence, name: str, line: int) -> bool:
    return any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) and n.lineno > line
        for n in evidence.nodes
    )
