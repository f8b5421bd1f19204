"""A model is given the examples of one part of the data and the labels of another.

## What it finds

`fit`, `evaluate` or validation data whose inputs come from the one part of a split and whose labels come from
the other, as in `(x_test, y_train)`, predictions for the one part that are held against the labels of the
other, and two parts of a split that are unpacked into one variable.

## Why it is wrong

Row by row, the labels belong to other examples. Where the two parts are of one length nothing raises: the
model learns noise, or is judged by it, and its accuracy is that of a guess. Where they are not, the call
fails.

## Example

```python
import numpy as np
from sklearn.model_selection import train_test_split

from keras import Input, Sequential, layers

x = np.random.uniform(-1, 1, size=(64, 4))
y = (x.sum(axis=1) > 0).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.5)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x_train, y_train, validation_data=(x_test, y_train), verbose=0)
```

## Read instead

```python
import numpy as np
from sklearn.model_selection import train_test_split

from keras import Input, Sequential, layers

x = np.random.uniform(-1, 1, size=(64, 4))
y = (x.sum(axis=1) > 0).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.5)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x_train, y_train, validation_data=(x_test, y_test), verbose=0)
```

## Known limits

Read from the text. Only the parts that one `load_data` or one `train_test_split` makes are known, and what is
made of one of them alone. Names that are a function's parameters as well stand for anything.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._parts import (
    Held,
    given_both,
    parted,
    parts_held,
    parts_of,
    predictions_held,
    predictions_of,
)
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "source"
ECHO_OF = ("split-unpacked-in-wrong-order",)

# Functions of scikit-learn that take the labels first, and then the predictions.
_JUDGING = {
    "accuracy_score",
    "classification_report",
    "confusion_matrix",
    "f1_score",
    "mean_absolute_error",
    "mean_squared_error",
    "precision_score",
    "r2_score",
    "recall_score",
    "roc_auc_score",
    "roc_curve",
}
_MESSAGE = (
    "`{labels}` are the labels of other examples than `{inputs}`: line {split} puts them into different "
    "parts. Take both from the same part."
)
_JUDGED = (
    "`{inputs}` are predictions for one part of the data and `{labels}` the labels of another: line {split} "
    "puts them into different parts. Predict for the examples whose labels these are."
)
_TWICE = (
    "`{name}` is bound twice here, so that the labels of the first part are lost and it holds those of the "
    "second. Give each part a name of its own."
)


def find(evidence: Evidence) -> Iterator[Match]:
    held, twice = parts_held(evidence)
    for name, node in twice:
        yield Match(node.lineno, _TWICE.format(name=name), end_line=node.end_lineno, evidence={"name": name})
    told: set[tuple[str, str]] = set()
    for call, inputs, labels, split in _parted(evidence, held):
        names = ast.unparse(inputs), ast.unparse(labels)
        if names in told:
            continue
        told.add(names)
        message = _JUDGED if inputs in _judged_sides(call) else _MESSAGE
        failed = [f.seq for f in evidence.faults if f.type == "ValueError" and _at(call, f.line)]
        yield Match(
            labels.lineno,
            message.format(labels=names[1], inputs=names[0], split=split),
            end_line=labels.end_lineno,
            evidence={"inputs": names[0], "labels": names[1]},
            explains=tuple(failed),
        )


def _parted(evidence: Evidence, held: Held) -> Iterator[tuple[ast.expr, ast.expr, ast.expr, int]]:
    """What brings examples, or predictions for them, together with the labels of another part."""
    for call, inputs, labels in given_both(evidence):
        split = parted(parts_of(inputs, held), parts_of(labels, held))
        if split is not None:
            yield call, inputs, labels, split
    predicted = predictions_held(evidence, held)
    for node in evidence.nodes:
        sides = _judged_sides(node)
        for one, other in (sides, sides[::-1]) if sides else ():
            made_for, labels_of = predictions_of(one, held, predicted), parts_of(other, held)
            split = parted(made_for, labels_of)
            # Two predictions may be held against each other on purpose.
            if split is not None and not predictions_of(other, held, predicted):
                assert isinstance(node, ast.expr)
                yield node, one, other, split


def _judged_sides(node: ast.AST) -> tuple[ast.expr, ...]:
    """The two sides of what holds predictions against labels."""
    if isinstance(node, ast.Call) and called(node) in _JUDGING and len(node.args) > 1:
        return node.args[0], node.args[1]
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq):
        return node.left, node.comparators[0]
    return (node.left, node.right) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) else ()


def _at(call: ast.expr, line: int | None) -> bool:
    return line is not None and call.lineno <= line <= (call.end_lineno or call.lineno)
