"""Predictions of scaled targets are held against targets as they were.

## What it finds

A model that is trained on targets which one of scikit-learn's scalers has scaled, and whose predictions are
subtracted from the targets before scaling, or measured against them, in a program that nowhere scales back.

## Why it is wrong

The model answers in the units that it was trained in, say between 0 and 1. The targets are in others, say
in hundreds of euros. Their difference is no error of the model: it is about as large as the targets
themselves, however well the model has learned. Call `inverse_transform` of the targets' scaler on the
predictions first, or compare them with the scaled targets.

## Example

```python
import keras
import numpy as np
from sklearn.preprocessing import MinMaxScaler

x = np.random.uniform(size=(64, 4))
y = 300 * x.sum(axis=1, keepdims=True)
scaler = MinMaxScaler()
y_scaled = scaler.fit_transform(y)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x[:48], y_scaled[:48], verbose=0)
predicted = model.predict(x[48:], verbose=0)
print("mean absolute error", np.mean(np.abs(predicted - y[48:])))
```

## Read instead

```python
import keras
import numpy as np
from sklearn.preprocessing import MinMaxScaler

x = np.random.uniform(size=(64, 4))
y = 300 * x.sum(axis=1, keepdims=True)
scaler = MinMaxScaler()
y_scaled = scaler.fit_transform(y)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x[:48], y_scaled[:48], verbose=0)
predicted = scaler.inverse_transform(model.predict(x[48:], verbose=0))
print("mean absolute error", np.mean(np.abs(predicted - y[48:])))
```

## Known limits

Read from the text, through variables, slices and `train_test_split`. Scalings that are written out in NumPy
are not looked at.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._data_places import cut_from, root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, keyword, method_calls
from harness.rules._scalers import scaler_of

SEVERITY = Severity.WARNING
NEEDS = "source"

_MEASURES = {
    "mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "root_mean_squared_error",
    "median_absolute_error",
    "r2_score",
}
_BACK = {"inverse_transform", "scale_", "data_min_", "data_max_", "data_range_", "mean_", "var_", "min_"}


def find(evidence: Evidence) -> Iterator[Match]:
    if any(isinstance(node, ast.Attribute) and node.attr in _BACK for node in evidence.nodes):
        return
    predicted = cut_from(evidence, _bound_to(evidence, "predict"))
    for scaled, raw, line in _scalings(evidence):
        inside = cut_from(evidence, {scaled})
        outside = cut_from(evidence, {raw}) - inside - predicted
        if not _trained_on(evidence, inside):
            continue
        for node in evidence.nodes:
            roots = {name for side in _compared(node) if (name := root_name(side)) is not None}
            answers, truths = roots & predicted, roots & outside
            if not isinstance(node, ast.expr) or len(answers) != 1 or len(truths) != 1:
                continue
            (answer,), (truth,) = answers, truths
            message = (
                f"`{answer}` is in the units of `{scaled}`, which was scaled in line {line} and trained on, "
                f"and `{truth}` is not: call `inverse_transform` on the predictions first."
            )
            yield Match(node.lineno, message, evidence={"predicted": answer, "truth": truth})
            break


def _scalings(evidence: Evidence) -> Iterator[tuple[str, str, int]]:
    """Variables that a scaler has filled, what it was given, and where."""
    for site in method_calls(evidence):
        holder = evidence.parents.get(site.node)
        target = holder.targets[0] if isinstance(holder, ast.Assign) else None
        if site.method not in {"fit_transform", "transform"} or scaler_of(evidence, site) is None:
            continue
        raw = root_name(site.node.args[0]) if site.node.args else None
        if isinstance(target, ast.Name) and raw is not None and raw != target.id:
            yield target.id, raw, site.line


def _bound_to(evidence: Evidence, method: str) -> set[str]:
    return {
        target.id
        for node in evidence.nodes
        if isinstance(node, ast.Assign) and any(called(part) == method for part in ast.walk(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _trained_on(evidence: Evidence, names: frozenset[str]) -> bool:
    """Whether a model is fitted to targets that these hold."""
    return any(
        root_name(site.node.args[1] if len(site.node.args) > 1 else keyword(site.node, "y")) in names
        for site in method_calls(evidence)
        if site.method == "fit"
    )


def _compared(node: ast.AST) -> tuple[ast.expr, ...]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        return node.left, node.right
    if isinstance(node, ast.Call) and called(node) in _MEASURES and len(node.args) > 1:
        return node.args[0], node.args[1]
    return ()
