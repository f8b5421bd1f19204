"""Probabilities are turned into classes by cutting off what stands behind the point.

## What it finds

`astype(int)`, or another whole type, of the predictions of a model that ends in a sigmoid or softmax.

## Why it is wrong

A probability is less than 1, and the conversion rounds towards 0: every example gets class 0, however sure
the model is. Compare with a threshold, or take the class of the largest probability.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
classes = model.predict(x, verbose=0).astype(int)
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
classes = (model.predict(x, verbose=0) > 0.5).astype(int)
```

## Known limits

The predictions must be what is converted, or a variable that is only ever bound to them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._activations import output_activation
from harness.rules._evidence import Evidence, Match
from harness.rules._predicted import predicted
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"

_WHOLE = {"int", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"}
_CURE = {
    "sigmoid": "compare with a threshold, `> 0.5`",
    "softmax": "take the class of the largest, `argmax(axis=-1)`",
}


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) != "astype" or len(node.args) != 1:
            continue
        kind = node.args[0]
        name = kind.value if isinstance(kind, ast.Constant) else ast.unparse(kind).rsplit(".", 1)[-1]
        if name not in _WHOLE or not isinstance(node.func, ast.Attribute):
            continue
        calls = predicted(evidence, node.func.value)
        ends = {output_activation(evidence, call.model) for call in calls}
        if len(ends) != 1 or (end := ends.pop()) not in _CURE:
            continue
        message = (
            f"`{evidence.name_of(calls[0].model or 0)}` puts out probabilities below 1, of which a "
            f"conversion to {name} leaves 0 in every case: {_CURE[end or '']} first."
        )
        yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"model": calls[0].model})
