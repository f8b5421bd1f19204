"""Data are scaled, and the scaled ones are used nowhere.

## What it finds

A variable for what a scaler of scikit-learn made, such as `X_scaled = scaler.fit_transform(X)`, that the
program never reads.

## Why it is wrong

Scalers give back new arrays and leave their argument as it is. What is trained on are the unscaled numbers,
with all that comes of it, while a reader takes them for scaled.

## Example

```python
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

x = np.random.normal(size=(64, 4)) * 90
y = np.random.normal(size=64)
x_scaled = StandardScaler().fit_transform(x)
x_train, x_test, y_train, y_test = train_test_split(x, y)
print(x_train.shape, x_test.shape, y_train.shape, y_test.shape)
```

## Read instead

```python
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

x = np.random.normal(size=(64, 4)) * 90
y = np.random.normal(size=64)
x_scaled = StandardScaler().fit_transform(x)
x_train, x_test, y_train, y_test = train_test_split(x_scaled, y)
print(x_train.shape, x_test.shape, y_train.shape, y_test.shape)
```

## Known limits

Only a plain variable is judged, in a program that reads the unscaled data again afterwards.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._data_places import root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._names import hides_names, words_of_broken_lines
from harness.rules._program import bindings, called

SEVERITY = Severity.WARNING
NEEDS = "source"

_SCALERS = {"StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler", "Normalizer"}
_SHOWS = {"len", "print", "display", "type"}
_LOOKS = {
    "shape",
    "ndim",
    "size",
    "index",
    "columns",
    "dtypes",
    "head",
    "tail",
    "info",
    "describe",
    "plot",
    "hist",
}


def find(evidence: Evidence) -> Iterator[Match]:
    if any(hides_names(node) and not isinstance(node, ast.ImportFrom) for node in evidence.nodes):
        return
    spoken_of = words_of_broken_lines(evidence)
    for node in evidence.nodes:
        made = _scaled(evidence, node) if isinstance(node, ast.Assign) else None
        if not isinstance(node, ast.Assign) or made is None or made[0] in spoken_of:
            continue
        name, given = made
        taken = (n.lineno for n in _reads(evidence, given) if not _looked_at(evidence, n))
        if _reads(evidence, name) or not any(line > node.lineno for line in taken):
            continue
        message = (
            f"`{name}`, the scaled data, is used nowhere; what is used after this line is `{given}`, "
            f"unscaled. Use `{name}` in its place."
        )
        yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"scaled": name, "data": given})


def _scaled(evidence: Evidence, node: ast.Assign) -> tuple[str, str] | None:
    """The variable that gets a scaler's answer, and the other one that the scaler was given."""
    if len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
        return None
    call = node.value
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or not call.args:
        return None
    holder = call.func.value
    makers = [holder] if isinstance(holder, ast.Call) else bindings(evidence).get(ast.unparse(holder), [])
    name, given = node.targets[0].id, root_name(call.args[0])
    scales = call.func.attr in {"fit_transform", "transform"} and {called(m) for m in makers} <= _SCALERS
    return (name, given) if makers and scales and given is not None and given != name else None


def _reads(evidence: Evidence, name: str) -> list[ast.Name]:
    return [
        node
        for node in evidence.nodes
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]


def _looked_at(evidence: Evidence, node: ast.Name) -> bool:
    """Whether a table is only counted, shown, or one of its columns taken: that needs no scaling."""
    around = evidence.parents.get(node)
    if isinstance(around, ast.Subscript):
        return isinstance(around.slice, ast.Constant) and isinstance(around.slice.value, str)
    if isinstance(around, ast.Attribute):
        return around.attr in _LOOKS
    return called(around) in _SHOWS if around is not None else False
