"""A softmax is taken over the examples of a batch, and not over their classes.

## What it finds

A `Softmax` layer with `axis=0` in a model that was used.

## Why it is wrong

Axis 0 is that of the batch: the examples share one sum of 1 in each class. An example's probabilities then
depend on what else is in its batch, and do not add up to 1; shown alone, it gets 1 for every class.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, 0] > 0).astype("int32")
model = Sequential([Input((4,)), layers.Dense(3), layers.Softmax(axis=0)])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, 0] > 0).astype("int32")
model = Sequential([Input((4,)), layers.Dense(3), layers.Softmax()])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Functions such as `tf.nn.softmax` are not looked at: they may be given a single example without a batch.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, keyword

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    used = [seen for seen in evidence.models.values() if any(one.kind == "Softmax" for one in seen.layers)]
    if not used or not any(call.model in {seen.model for seen in used} for call in evidence.calls):
        return
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) != "Softmax":
            continue
        axis = keyword(node, "axis") or (node.args[0] if node.args else None)
        if isinstance(axis, ast.Constant) and axis.value == 0 and axis.value is not False:
            message = (
                "Axis 0 is that of the batch: this softmax sums over the examples, not over the classes of "
                "each. Leave `axis` out."
            )
            yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"axis": 0})
