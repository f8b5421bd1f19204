"""A softmax is taken over the examples of a batch, and not over their classes.

## What it finds

A `Softmax` layer with `axis=0` in a model that was used, and a function such as `tf.nn.softmax` or
`tf.reduce_logsumexp` along axis 0 of the classes' scores that a model puts out for a batch.

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

Of functions only those are looked at that are given what a model puts out for a batch, also through a
function of the program's: others may be given a single example.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._makers import maker
from harness.rules._program import called, keyword

SEVERITY = Severity.ERROR
NEEDS = "trace"

_MESSAGE = (
    "Axis 0 is that of the batch: this softmax sums over the examples, not over the classes of each. Leave "
    "`axis` out."
)
_SUM = (
    "Axis 0 is that of the batch: this sums over the examples, and gives one number for each of {} classes. "
    "Write `axis=1`, for one number an example."
)
_SOFTMAXES, _SUMS = {"softmax", "log_softmax"}, {"reduce_logsumexp", "logsumexp"}


def find(evidence: Evidence) -> Iterator[Match]:
    yield from _functions(evidence)
    used = [seen for seen in evidence.models.values() if any(one.kind == "Softmax" for one in seen.layers)]
    if not used or not any(call.model in {seen.model for seen in used} for call in evidence.calls):
        return
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) != "Softmax":
            continue
        axis = keyword(node, "axis") or (node.args[0] if node.args else None)
        if _is_first(axis):
            yield Match(node.lineno, _MESSAGE, end_line=node.end_lineno, evidence={"axis": 0})


def _functions(evidence: Evidence) -> Iterator[Match]:
    """``tf.nn.softmax(logits, axis=0)`` of what a model puts out, one row an example."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) not in _SOFTMAXES | _SUMS or not node.args:
            continue
        axis = keyword(node, "axis") or (node.args[1] if len(node.args) > 1 else None)
        if not _is_first(axis):
            continue
        model = maker(evidence, node.args[0])
        seen = None if model is None else evidence.models.get(model)
        if seen is None or [len(shape) for shape in seen.output_shapes] != [2]:
            continue
        classes, message = seen.output_shapes[0][1], _MESSAGE
        if called(node) in _SUMS:
            if classes == 1:
                continue  # of one score an example a mean over the batch may be wanted
            message = _SUM.format(classes)
        yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"axis": 0})


def _is_first(axis: ast.expr | None) -> bool:
    return isinstance(axis, ast.Constant) and axis.value == 0 and axis.value is not False
