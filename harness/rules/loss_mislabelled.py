"""A number is printed under the name of another.

## What it finds

What `train_on_batch` or `evaluate` returned, printed by its position with a label that belongs to another:
the first number, the loss, called an accuracy, or the metric called a loss.

## Why it is wrong

The list holds the loss first and then the metrics in their order. A reader who follows the training by the
wrong number draws the wrong conclusions from it.

## Example

```python
import keras
import numpy as np

x, y = np.random.normal(size=(64, 4)), np.random.randint(0, 2, size=(64, 1))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x, y, verbose=0)
result = model.evaluate(x, y, verbose=0)
print(f"accuracy: {result[0]:.3f}, loss: {result[1]:.3f}")
```

## Read instead

```python
import keras
import numpy as np

x, y = np.random.normal(size=(64, 4)), np.random.randint(0, 2, size=(64, 1))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x, y, verbose=0)
result = model.evaluate(x, y, verbose=0)
print(f"loss: {result[0]:.3f}, accuracy: {result[1]:.3f}")
```

## Known limits

Read from the text: f-strings, `%` and `print` with commas, where the label stands right before the number
and says either loss or accuracy. Names that the two are unpacked into are compared as well. A method of the
article's own is left alone: it returns what it likes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._labels import labelled
from harness.rules._program import bindings, called, keyword

SEVERITY = Severity.WARNING
NEEDS = "source"

_ROUNDING = {"round", "float"}
_METHODS = {"train_on_batch", "test_on_batch", "evaluate"}
_LOSS = re.compile(r"\bloss\b|_loss\b|\berror\b", re.IGNORECASE)
_SUCCESS = re.compile(r"acc(uracy|\b)|auc|precision|recall|score", re.IGNORECASE)
_ACCURACY = re.compile(r"acc(uracy|\b|\.)", re.IGNORECASE)


def find(evidence: Evidence) -> Iterator[Match]:
    bound = bindings(evidence)
    for label, node in labelled(evidence):
        position = _position(node)
        if position is None:
            continue
        held, index = position
        values: list[ast.expr] = bound.get(held.id, []) if isinstance(held, ast.Name) else [held]
        if not _results(values) or any(_is_own(evidence, value) for value in values):
            continue
        says_loss, says_accuracy = bool(_LOSS.search(label)), bool(_ACCURACY.search(label))
        if says_loss == says_accuracy:
            continue
        if (index == 0 and says_accuracy) or (index == 1 and says_loss and _metric_is_next(evidence, held)):
            what = "the loss" if index == 0 else "the first metric"
            other = "metrics come behind it" if index == 0 else "the loss is `[0]`"
            message = f'`{_short(held)}[{index}]` is {what}, but it is printed as "{label.strip()}"; {other}.'
            yield Match(node.lineno, message, evidence={"label": label.strip(), "index": index})
    yield from _unpacked(evidence)


def _position(node: ast.expr) -> tuple[ast.Name | ast.Call, int] | None:
    """``name[0]`` or ``model.evaluate(...)[0]``, also within a product such as ``100 * name[1]``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return _position(node.right) or _position(node.left)
    if isinstance(node, ast.Call) and called(node) in _ROUNDING and node.args:
        return _position(node.args[0])
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name | ast.Call):
        index = node.slice
        if isinstance(index, ast.Constant) and isinstance(index.value, int):
            return node.value, index.value
    return None


def _short(held: ast.Name | ast.Call) -> str:
    return held.id if isinstance(held, ast.Name) else f"{ast.unparse(held.func)}(...)"


def _is_own(evidence: Evidence, value: ast.expr) -> bool:
    """Whether the program itself defines the method, which then returns what it likes."""
    return any(isinstance(n, ast.FunctionDef) and n.name == called(value) for n in evidence.nodes)


def _results(values: list[ast.expr]) -> bool:
    """Whether a variable always holds what a training or evaluating method returned."""
    return bool(values) and all(_is_result(value) for value in values)


def _is_result(value: ast.expr) -> bool:
    if isinstance(value, ast.Call) and called(value) in _METHODS:
        returned = keyword(value, "return_dict")
        return returned is None
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
        return _averaged(value.left) or _averaged(value.right)
    return False


def _averaged(node: ast.expr) -> bool:
    """``np.add(d_loss_real, d_loss_fake)``: results of two steps, added place by place."""
    return called(node) == "add"


def _metric_is_next(evidence: Evidence, held: ast.Name | ast.Call) -> bool:
    """Whether the models whose results these are were compiled with metrics of success and a single loss.

    Of several losses the parts come behind the sum, before any metric; a metric may be an error itself.
    """
    models = _models(evidence, held.id, 3) if isinstance(held, ast.Name) else _receiver(held)
    compiles = [
        node
        for node in evidence.nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "compile"
        and (not models or ast.unparse(node.func.value) in models)
    ]
    single = not any(_several(evidence, keyword(node, "loss")) for node in compiles)
    return single and any(_successes(evidence, keyword(node, "metrics")) for node in compiles)


def _successes(evidence: Evidence, metrics: ast.expr | None) -> bool:
    """Whether the first of some metrics is the higher the better."""
    values = bindings(evidence).get(metrics.id, []) if isinstance(metrics, ast.Name) else [metrics]
    lists = [
        value.elts[0] if isinstance(value, ast.List | ast.Tuple) and value.elts else value
        for value in values
        if value is not None
    ]
    return any(_SUCCESS.search(ast.unparse(value)) for value in lists)


def _models(evidence: Evidence, name: str, depth: int) -> set[str]:
    """The text before ``.train_on_batch``, also through sums of two results."""
    found: set[str] = set()
    for value in bindings(evidence).get(name, []):
        if (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Attribute)
            and called(value) in _METHODS
        ):
            found |= _receiver(value)
        elif depth:
            for inner in (n for n in ast.walk(value) if isinstance(n, ast.Name) and n.id != name):
                found |= _models(evidence, inner.id, depth - 1)
    return found


def _receiver(call: ast.Call) -> set[str]:
    return {ast.unparse(call.func.value)} if isinstance(call.func, ast.Attribute) else set()


def _several(evidence: Evidence, loss: ast.expr | None) -> bool:
    values = bindings(evidence).get(loss.id, []) if isinstance(loss, ast.Name) else [loss]
    return any(isinstance(value, ast.List | ast.Dict | ast.Tuple) and _count(value) > 1 for value in values)


def _count(value: ast.List | ast.Dict | ast.Tuple) -> int:
    return len(value.keys) if isinstance(value, ast.Dict) else len(value.elts)


def _unpacked(evidence: Evidence) -> Iterator[Match]:
    """``accuracy, loss = model.evaluate(...)``."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Assign) or called(node.value) not in _METHODS:
            continue
        if _is_own(evidence, node.value):
            continue
        target = node.targets[0]
        names = target.elts if isinstance(target, ast.Tuple) else []
        if len(names) == 2 and all(isinstance(name, ast.Name) for name in names):
            first, second = (ast.unparse(name) for name in names)
            if _ACCURACY.search(first) and _LOSS.search(second):
                message = (
                    f"The loss comes first: `{first}` holds the loss here, and `{second}` the metric. Swap "
                    "the two names."
                )
                yield Match(node.lineno, message, evidence={"first": first, "second": second})
