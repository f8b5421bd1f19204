"""A column of predictions is compared with a row of targets, each with each.

## What it finds

A difference or comparison, written out in the code, of a model's predictions of the shape (n, 1) with targets
of the shape (n,).

## Why it is wrong

NumPy stretches both to (n, n): every prediction is compared with every target, those of other examples too.
The mean over that table looks like an error of the model and is none: of a perfect model it is twice the
variance of the targets.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = x.sum(axis=1)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
predicted = model.predict(x, verbose=0)
print(np.mean((predicted - y) ** 2))
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = x.sum(axis=1)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
predicted = model.predict(x, verbose=0)[:, 0]
print(np.mean((predicted - y) ** 2))
```

## Known limits

Predictions are followed through variables, rounding, thresholds and arithmetic with plain numbers, but not
into functions. The shape of the targets is known where the same variable is given to `fit` or `evaluate`,
comes from a built-in data set as it is, or from a split whose other part is given to `fit`. A table of all
pairs that is wanted is written with `None` or `np.newaxis`, and left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, DataLoaded, Severity
from harness.rules._data_places import argument, assignments
from harness.rules._evidence import Evidence, Match
from harness.rules._parts import parts_held, predictions_held, predictions_of
from harness.rules._predicted import bound_once, is_module, is_parameter, made_by
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"

_ELEMENTWISE = {"round", "rint", "abs", "array", "asarray", "astype", "numpy", "clip"}
_TAKE_TARGETS = {"fit", "evaluate", "train_on_batch", "test_on_batch"}


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        for one, other in _compared(node):
            name, call = _sliced(other), _predictions(evidence, one)
            if name is None or call is None or not isinstance(node, ast.expr):
                continue
            rows = call.outputs[0].shape[0]
            length = _length(evidence, name, node.lineno) or _of_split(evidence, one, name, rows)
            if length is None and rows > 1 and _of_slice(evidence, name, node.lineno):
                length = rows
            if length is None or (isinstance(other, ast.Name) and length != rows):
                continue
            column, row = ast.unparse(one), ast.unparse(other)
            message = (
                f"`{column}` is a column of the shape ({rows}, 1) and `{row}` a row: "
                f"NumPy takes each with each and makes a table of {rows} rows. Make the predictions a row "
                "first (`[:, 0]`)."
            )
            found = {"model": call.model, "rows": rows}
            yield Match(node.lineno, message, end_line=node.end_lineno, evidence=found)
            break


def _sliced(node: ast.expr | None) -> str | None:
    """The variable that holds an expression's rows, all of them or a range."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _compared(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The two sides of a difference or comparison, in both orders."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        yield from ((node.left, node.right), (node.right, node.left))
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq):
        yield from ((node.left, node.comparators[0]), (node.comparators[0], node.left))


def _predictions(evidence: Evidence, node: ast.expr, depth: int = 4) -> Call | None:
    """The call whose predictions of the shape (n, 1) an expression holds, element by element."""
    if depth == 0:
        return None
    if isinstance(node, ast.Name):
        value = bound_once(evidence, node.id)
        return None if value is None else _predictions(evidence, value, depth - 1)
    if isinstance(node, ast.BinOp):
        sides = [side for side in (node.left, node.right) if not isinstance(side, ast.Constant)]
        return _predictions(evidence, sides[0], depth - 1) if len(sides) == 1 else None
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.comparators[0], ast.Constant):
        return _predictions(evidence, node.left, depth - 1)
    if not isinstance(node, ast.Call):
        return None
    if called(node) in _ELEMENTWISE:
        method = isinstance(node.func, ast.Attribute) and not is_module(node.func.value)
        inner = node.func.value if method and isinstance(node.func, ast.Attribute) else None
        inner = node.args[0] if inner is None and node.args else inner
        return None if inner is None else _predictions(evidence, inner, depth - 1)
    return _column(evidence, node)


def _column(evidence: Evidence, node: ast.Call) -> Call | None:
    """The recorded call that an expression makes, where all that it ever put out has one shape (n, 1)."""
    made = made_by(evidence, node)
    shapes = {tuple(array.shape for array in call.outputs) for call in made}
    if len(shapes) != 1 or len(made[0].outputs) != 1:
        return None
    shape = made[0].outputs[0].shape
    return made[0] if len(shape) == 2 and shape[0] > 1 and shape[1] == 1 else None


def _length(evidence: Evidence, name: str, line: int) -> int | None:
    """How many numbers a variable holds in one row, by the calls whose targets it was; None where it may be
    no row."""
    bound = [assign.lineno for assign in assignments(evidence, name)]
    lengths: set[int | None] = set()
    if is_parameter(evidence, name):
        return None
    for call in evidence.calls:
        if call.api not in _TAKE_TARGETS or call.line is None or len(call.targets) != 1:
            continue
        given = argument(evidence, call, 1)
        between = range(*sorted((call.line, line)))
        if _sliced(given) == name and not any(n in between for n in bound):
            shape = call.targets[0].shape
            lengths.add(shape[0] if len(shape) == 1 else None)
    if not lengths and len(bound) == 1:
        lengths = {_loaded(evidence, name)}
    known = [length for length in lengths if length is not None]
    return max(known) if known and len(known) == len(lengths) else None


def _of_split(evidence: Evidence, predictions: ast.expr, name: str, rows: int) -> int | None:
    """The number of predictions where a variable holds the labels of the same part of a split.

    What a split gives has as many axes in its one part as in the other, which the model was trained on.
    """
    bound = assignments(evidence, name)
    held, _ = parts_held(evidence)
    own = predictions_of(predictions, held, predictions_held(evidence, held))
    if len(bound) != 1 or called(bound[0].value) != "train_test_split" or own != held.get(name):
        return None
    target = bound[0].targets[0]
    names = [n.id if isinstance(n, ast.Name) else "" for n in getattr(target, "elts", ())]
    place = names.index(name) if name in names else -1
    beside = names[place - 1 if place % 2 else place + 1] if place >= 0 else ""
    if len(assignments(evidence, beside)) != 1:
        return None
    row = _length(evidence, beside, predictions.lineno)
    return rows if row is not None else None


def _of_slice(evidence: Evidence, name: str, line: int) -> bool:
    """Whether a variable holds a range of what is a row by another range: ``y[:cut], y[cut:]``."""
    ranges = {
        bound: held
        for assign in evidence.nodes
        if isinstance(assign, ast.Assign)
        for bound, held in _paired(assign)
        if len(assignments(evidence, bound)) == 1
    }
    whole = ranges.get(name)
    beside = [other for other, held in ranges.items() if held == whole and other != name]
    return whole is not None and any(_length(evidence, other, line) is not None for other in beside)


def _paired(assign: ast.Assign) -> Iterator[tuple[str, str]]:
    """The variables that an assignment binds to ranges, with the names of what these are of."""
    target, value = assign.targets[0], assign.value
    both = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
    names = target.elts if both and isinstance(target, ast.Tuple) else [target]
    values = value.elts if both and isinstance(value, ast.Tuple) else [value]
    for bound, held in zip(names, values, strict=False):
        of = _sliced(held) if isinstance(held, ast.Subscript) else None
        if isinstance(bound, ast.Name) and of is not None:
            yield bound.id, of


def _loaded(evidence: Evidence, name: str) -> int | None:
    """The length of an array of labels as a built-in data set has it."""
    (assign,) = assignments(evidence, name)
    if called(assign.value) != "load_data" or len(evidence.of(DataLoaded)) != 1:
        return None
    names = [n.id for n in ast.walk(assign.targets[0]) if isinstance(n, ast.Name)]
    shapes = evidence.of(DataLoaded)[0].shapes
    if len(names) != len(shapes) or names.count(name) != 1:
        return None
    shape = shapes[names.index(name)]
    return shape[0] if len(shape) == 1 else None
