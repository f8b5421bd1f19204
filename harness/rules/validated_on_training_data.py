"""The validation data are the training data.

## What it finds

A `fit` whose `validation_data` are the very arrays that it is trained on.

## Why it is wrong

Validation is to show how the model does on examples that it has not learned from. On its own training data it
looks good however much the model overfits, and early stopping never stops.

## Example

```python
import keras
import numpy as np

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=(64, 1))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, validation_data=(x, y), verbose=0)
```

## Read instead

```python
import keras
import numpy as np

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=(64, 1))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x[:48], y[:48], validation_data=(x[48:], y[48:]), verbose=0)
```

## Known limits

Read from the text: two names for one array are not seen through.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import dotted, keyword, method_calls

SEVERITY = Severity.WARNING
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    for site in method_calls(evidence):
        held = keyword(site.node, "validation_data")
        if site.method != "fit" or held is None:
            continue
        trained = [*site.node.args[:2]] or [w.value for w in site.node.keywords if w.arg in {"x", "y"}]
        shown = list(held.elts) if isinstance(held, ast.Tuple | ast.List) else [held]
        if trained and shown and _plain(trained[0]) and ast.unparse(trained[0]) == ast.unparse(shown[0]):
            data = ast.unparse(trained[0])
            message = (
                f"`{data}` is what the model is trained on, and what it is validated with. Hold examples "
                "back: "
                "`validation_split=0.1`, say."
            )
            yield Match(held.lineno, message, evidence={"data": data})


def _plain(node: ast.expr) -> bool:
    """A variable, or a slice of one; a call may give something else each time."""
    return dotted(node) is not None or (isinstance(node, ast.Subscript) and dotted(node.value) is not None)
