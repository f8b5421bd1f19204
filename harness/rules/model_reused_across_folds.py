"""One model is trained on all folds of a cross-validation.

## What it finds

A loop over the folds of a splitter, or over parts cut out by hand (`x[i * n : (i + 1) * n]` is left out and
the rest joined), that fits a model made before the loop, with nothing that resets it.

## Why it is wrong

In the second fold the model has already been trained on that fold's test examples. Every score but the first
is too good. Make the model anew in each round.

## Example

```python
import keras
import numpy as np
from sklearn.model_selection import KFold

x, y = np.random.normal(size=(60, 4)), np.random.normal(size=(60, 1))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
for train, test in KFold(3).split(x):
    model.fit(x[train], y[train], verbose=0)
    print(model.evaluate(x[test], y[test], verbose=0))
```

## Read instead

```python
import keras
import numpy as np
from sklearn.model_selection import KFold

x, y = np.random.normal(size=(60, 4)), np.random.normal(size=(60, 1))
for train, test in KFold(3).split(x):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    model.fit(x[train], y[train], verbose=0)
    print(model.evaluate(x[test], y[test], verbose=0))
```

## Known limits

Read from the text. Models of scikit-learn begin anew with each `fit` and are left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence, Match
from harness.rules._places import place_of_name
from harness.rules._program import called, keyword, loop_around, method_calls

SEVERITY = Severity.ERROR
NEEDS = "source"

_JOINING = {"concatenate", "vstack", "hstack", "append", "concat"}
_RESETS = {"set_weights", "load_weights", "clone_model", "reset_states"}


def find(evidence: Evidence) -> Iterator[Match]:
    for site in method_calls(evidence):
        loop = loop_around(evidence, site.node)
        if site.method != "fit" or not isinstance(loop, ast.For):
            continue
        if not _over_folds(loop) and not _over_parts(loop):
            continue
        calls = {called(node) for node in ast.walk(loop) if isinstance(node, ast.Call)}
        inside = [a for a in assignments(evidence, site.receiver) if loop.lineno <= a.lineno <= site.line]
        made = place_of_name(evidence, site.receiver)
        tested = calls & {"evaluate", "predict", "score"} or keyword(site.node, "validation_data")
        if made is None or inside or calls & _RESETS or not tested:
            continue
        message = (
            f"`{site.receiver}` is made once, in line {made.line}, and goes from fold to fold: it has been "
            "trained on what the next fold tests it with. Make a new one in every fold."
        )
        yield Match(site.line, message, end_line=site.end_line, evidence={"made_at": made.line})


def _over_folds(loop: ast.For) -> bool:
    source = loop.iter
    if called(source) == "enumerate" and isinstance(source, ast.Call) and source.args:
        source = source.args[0]
    two = any(isinstance(node, ast.Tuple) and len(node.elts) >= 2 for node in ast.walk(loop.target))
    return called(source) == "split" and two


def _over_parts(loop: ast.For) -> bool:
    """Whether the loop leaves another part out in each round: what is before it and behind it is joined."""
    if not isinstance(loop.target, ast.Name):
        return False
    counter = loop.target.id
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and called(node) in _JOINING:
            slices = [each for each in ast.walk(node) if isinstance(each, ast.Slice)]
            before = any(s.lower is None and _uses(s.upper, counter) for s in slices)
            behind = any(s.upper is None and _uses(s.lower, counter) for s in slices)
            if before and behind:
                return True
    return False


def _uses(node: ast.expr | None, name: str) -> bool:
    return node is not None and any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))
