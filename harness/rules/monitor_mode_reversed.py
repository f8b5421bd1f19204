"""A callback takes the worst value of a metric for its best.

## What it finds

`EarlyStopping`, `ModelCheckpoint` or `ReduceLROnPlateau` with `mode="min"` on an accuracy or another score of
which more is better, or with `mode="max"` on a loss or an error.

## Why it is wrong

The callback does the contrary of what it is there for, and says nothing: it keeps the worst model, or stops
the training as soon as it succeeds. Leave `mode` out, which lets Keras choose by the metric, or name the
right one.

## Example

```python
from keras import callbacks

best = callbacks.ModelCheckpoint("best.keras", monitor="val_accuracy", mode="min", save_best_only=True)
```

## Read instead

```python
from keras import callbacks

best = callbacks.ModelCheckpoint("best.keras", monitor="val_accuracy", mode="max", save_best_only=True)
```

## Known limits

Read from the text. Metrics whose name does not tell which way is better are left alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Fix, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, keyword

SEVERITY = Severity.ERROR
NEEDS = "source"

_DEFAULT = "val_loss"
_MONITOR_AT = {"EarlyStopping": 0, "ReduceLROnPlateau": 0, "ModelCheckpoint": 1}
_MORE = re.compile(r"(^|_)(acc|accuracy|auc|precision|recall|f1|f1_score|iou|r2|r2_score)$")
_LESS = re.compile(r"(^|_)(loss|mse|mae|mape|rmse|error)$")
_NEEDED = {"min": "max", "max": "min"}


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or (callback := called(node)) not in _MONITOR_AT:
            continue
        mode, metric = _text(keyword(node, "mode")), _metric(node, _MONITOR_AT[callback or ""])
        wrong = {"min": _MORE, "max": _LESS}.get(mode or "")
        if mode is None or metric is None or wrong is None or not wrong.search(metric):
            continue
        better = "more" if mode == "min" else "less"
        given = keyword(node, "mode")
        line = given.lineno if given is not None else node.lineno
        message = (
            f'Of `{metric}` {better} is better, but `mode="{mode}"` makes `{callback}` look for the '
            f'contrary: write `mode="{_NEEDED[mode]}"`, or leave `mode` out.'
        )
        fix = Fix(f'mode="{mode}"', f'mode="{_NEEDED[mode]}"')
        printed = evidence.lines[line - 1] if line <= len(evidence.lines) else ""
        found = {"callback": callback, "metric": metric, "mode": mode}
        yield Match(line, message, evidence=found, fix=fix if printed.count(fix.before) == 1 else None)


def _metric(node: ast.Call, position: int) -> str | None:
    given = keyword(node, "monitor") or (node.args[position] if len(node.args) > position else None)
    return _DEFAULT if given is None else _text(given)


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
