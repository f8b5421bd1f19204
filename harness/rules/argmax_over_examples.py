"""The classes are read off with argmax along the examples, or over the whole table.

## What it finds

`argmax` without an axis, or with `axis=0`, over the predictions of a model for several examples, where the
result is then taken for the examples' classes: by its name, or because it is compared with labels.

## Why it is wrong

Predictions have a row for each example and a column for each class. Without an axis argmax gives one number,
the place of the largest entry of the whole table; along axis 0 it gives for each class the example that has
most of it. An accuracy computed from either says nothing.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, 0] > 0).astype("int32")
model = Sequential([Input((4,)), layers.Dense(3, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
classes = np.argmax(model.predict(x, verbose=0))
print(np.mean(classes == y))
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, 0] > 0).astype("int32")
model = Sequential([Input((4,)), layers.Dense(3, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
classes = np.argmax(model.predict(x, verbose=0), axis=1)
print(np.mean(classes == y))
```

## Known limits

The predictions must be the argument itself, or a variable that is only ever bound to them. The example that
has most of a class is sometimes wanted: a result under another name, which is compared with nothing, is left
alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Call, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import one_unit
from harness.rules._predicted import predicted
from harness.rules._program import called, enclosing, keyword

SEVERITY = Severity.ERROR
NEEDS = "trace"

_CLASSES = re.compile(
    r"(^|_)(y|class|classes|label|labels|digit|digits|pred|preds|predicted|predictions?)(_|$)"
)
_FLAT, _FIRST = {"np", "numpy", "jnp", "ops", "keras.ops"}, {"tf", "tf.math"}
_JUDGING = {"accuracy_score", "confusion_matrix", "classification_report", "f1_score", "precision_score"}


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) != "argmax":
            continue
        given, axis = _parts(node)
        wrong = axis is None or (isinstance(axis, ast.Constant) and axis.value == 0)
        calls = predicted(evidence, given) if given is not None and wrong else ()
        if not calls or not all(_table(evidence, call) for call in calls) or not _as_classes(evidence, node):
            continue
        rows, classes = calls[0].outputs[0].shape
        where = "Without an axis" if axis is None else "Along axis 0"
        gives = "one number for the whole table" if axis is None else f"one for each of {classes} classes"
        message = (
            f"The predictions have {rows} rows, one for each example, and {classes} columns, one for each "
            f"class. {where} argmax gives {gives}, and no example's class: write `axis=1`."
        )
        yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"rows": rows})


def _parts(node: ast.Call) -> tuple[ast.expr | None, ast.expr | None]:
    """What argmax is taken of, and along which axis: that of the library where none is written."""
    if not isinstance(node.func, ast.Attribute):
        return None, None
    owner = ast.unparse(node.func.value)
    if owner not in _FLAT | _FIRST:
        return node.func.value, keyword(node, "axis") or (node.args[0] if node.args else None)
    axis = keyword(node, "axis") or (node.args[1] if len(node.args) > 1 else None)
    return (node.args[0] if node.args else None), axis or (ast.Constant(0) if owner in _FIRST else None)


def _table(evidence: Evidence, call: Call) -> bool:
    """Whether a call's predictions are several rows of several classes each."""
    if len(call.outputs) != 1 or call.model is None or one_unit(evidence.models[call.model]):
        return False
    shape = call.outputs[0].shape
    return len(shape) == 2 and shape[0] > 1 and shape[1] > 1


def _as_classes(evidence: Evidence, node: ast.Call) -> bool:
    """Whether the result is taken for the classes of examples."""
    holder = evidence.parents.get(node)
    if isinstance(holder, ast.Compare) or called(holder or ast.Pass()) in _JUDGING:
        return True
    statement = enclosing(evidence, node, ast.Assign)
    if not isinstance(statement, ast.Assign) or statement.value is not node:
        return False
    names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
    if any(_CLASSES.search(name.lower()) for name in names):
        return True
    uses = [n for n in evidence.nodes if isinstance(n, ast.Name) and n.id in names]
    around = [evidence.parents.get(use) for use in uses]
    return any(isinstance(one, ast.Compare) or called(one or ast.Pass()) in _JUDGING for one in around)
