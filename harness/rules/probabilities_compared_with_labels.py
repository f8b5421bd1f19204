"""Probabilities are held against labels as if they were classes.

## What it finds

`==` or `!=` between labels and the predictions, as they are, of a model that ends in a sigmoid or softmax,
and such predictions where scikit-learn counts classes, as in `accuracy_score(labels, predictions)`. Also a
softmax's predictions behind a threshold, where labels of one number each refuse to be compared with them.

## Why it is wrong

A probability is hardly ever exactly 0 or 1: nothing equals its label, and the accuracy is 0 however good
the model is. scikit-learn refuses them with a `ValueError`. Compare with a threshold, or take the class of
the largest probability.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
predicted = model.predict(x, verbose=0)
print("accuracy:", np.mean(predicted == y))
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
predicted = model.predict(x, verbose=0) > 0.5
print("accuracy:", np.mean(predicted == y))
```

## Known limits

The predictions must be what is compared, or a variable that is only ever bound to them, or either
flattened. What they are compared with must be labels by the text: of a split, or given to `fit` or
`evaluate`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, Severity
from harness.rules._activations import output_activation
from harness.rules._data_places import root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._parts import label_names
from harness.rules._predicted import bound_once, predicted
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"

# Functions of scikit-learn that count classes, and raise where they are given fractions.
_COUNTING = {
    "accuracy_score",
    "balanced_accuracy_score",
    "classification_report",
    "confusion_matrix",
    "f1_score",
    "precision_score",
    "recall_score",
}
_FLAT = {"flatten", "ravel", "squeeze", "reshape"}
_NUMBERS = {"astype", "flatten", "ravel", "squeeze"}
_MARKS = ("broadcast", "multilabel-indicator")  # what NumPy and scikit-learn say of marks beside classes
_CURE = {
    "sigmoid": "compare them with a threshold, `> 0.5`",
    "softmax": "take the class of the largest, `argmax(axis=-1)`",
}


def find(evidence: Evidence) -> Iterator[Match]:
    labels = label_names(evidence)
    for node in evidence.nodes:
        failed = _refused(evidence, node)
        for one, other in _sides(node):
            calls = _as_they_are(evidence, one)
            ends = {output_activation(evidence, call.model) for call in calls}
            if len(ends) != 1 or (end := ends.pop()) not in _CURE:
                continue
            if not failed and (isinstance(node, ast.Call) or root_name(other) not in labels):
                continue
            message = (
                f"`{ast.unparse(one)}` holds probabilities, as `{evidence.name_of(calls[0].model or 0)}` "
                f"puts them out, and hardly one of them equals a label: {_CURE[end or '']} first."
            )
            yield Match(
                one.lineno,
                message,
                end_line=one.end_lineno,
                evidence={"model": calls[0].model},
                explains=failed,
            )
            break
        else:
            yield from _marked(evidence, node)


def _marked(evidence: Evidence, node: ast.AST) -> Iterator[Match]:
    """Marks for each class by itself, made by a threshold, where labels of one number each refuse them."""
    failed = _faults(evidence, node, _MARKS)
    for one, _ in _sides(node) if failed else ():
        made = bound_once(evidence, one.id) if isinstance(one, ast.Name) else one
        while (
            isinstance(made, ast.Call) and called(made) in _NUMBERS and isinstance(made.func, ast.Attribute)
        ):
            made = made.func.value
        calls = _as_they_are(evidence, made.left) if isinstance(made, ast.Compare) else ()
        if calls and {output_activation(evidence, call.model) for call in calls} == {"softmax"}:
            model = evidence.name_of(calls[0].model or 0)
            message = (
                f"`{ast.unparse(one)}` says of each class by itself whether `{model}` finds it likely, and a "
                "label is one class: take that of the largest, `argmax(axis=-1)`, and no threshold."
            )
            line, end = (made or one).lineno, (made or one).end_lineno
            yield Match(line, message, end_line=end, evidence={"model": calls[0].model}, explains=failed)
            return


def _sides(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is held against what, either way round."""
    if isinstance(node, ast.Call) and called(node) in _COUNTING and len(node.args) > 1:
        one, other = node.args[:2]
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq):
        one, other = node.left, node.comparators[0]
    else:
        return
    yield from ((one, other), (other, one))


def _as_they_are(evidence: Evidence, node: ast.expr) -> tuple[Call, ...]:
    """The calls whose predictions an expression holds, in whatever shape."""
    if isinstance(node, ast.Name) and (value := bound_once(evidence, node.id)) is not None:
        node = value
    while isinstance(node, ast.Call) and called(node) in _FLAT and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return predicted(evidence, node)


def _refused(evidence: Evidence, node: ast.AST) -> tuple[int, ...]:
    """The faults by which scikit-learn refuses what it is given."""
    counts = called(node) in _COUNTING
    return _faults(evidence, node, ("continuous",)) if counts else ()


def _faults(evidence: Evidence, node: ast.AST, words: tuple[str, ...]) -> tuple[int, ...]:
    if not isinstance(node, ast.expr):
        return ()
    lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return tuple(
        fault.seq
        for fault in evidence.faults
        if fault.type == "ValueError" and fault.line in lines and any(word in fault.message for word in words)
    )
