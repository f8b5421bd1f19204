"""A callback watches a number that the training does not report.

## What it finds

`EarlyStopping`, `ModelCheckpoint` or `ReduceLROnPlateau` on a metric that was missing from what `fit`
reported at the end of an epoch: `val_loss` without validation data, `val_acc` where the metric is called
`val_accuracy`.

## Why it is wrong

Keras refuses the callback where it cannot know whether more is better. Else the callback does nothing but
warn: training is never stopped, the learning rate never lowered, the best model never told from the others.
Since Keras 2.3 a metric has the name that `compile` was given: `accuracy` is reported as `accuracy` and
`val_accuracy`.

## Example

```python
import numpy as np
from keras import Input, Sequential, callbacks, layers

x = np.random.normal(size=(64, 4))
y = (x.sum(axis=1) > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
stop = callbacks.EarlyStopping(monitor="val_acc", patience=2)
model.fit(x, y, epochs=5, validation_split=0.25, callbacks=[stop], verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, callbacks, layers

x = np.random.normal(size=(64, 4))
y = (x.sum(axis=1) > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
stop = callbacks.EarlyStopping(monitor="val_accuracy", patience=2)
model.fit(x, y, epochs=5, validation_split=0.25, callbacks=[stop], verbose=0)
```

## Known limits

Only trainings that come to the end of an epoch are seen, and only Keras's own callbacks.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Fix, Noticed, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, keyword

SEVERITY = Severity.ERROR
NEEDS = "trace"

_WARNINGS = {
    "EarlyStopping": re.compile(
        r"^Early stopping conditioned on metric `(?P<metric>\w+)` which is not avail"
    ),
    "ModelCheckpoint": re.compile(r"^Can save best model only with (?P<metric>\w+) available"),
    "ReduceLROnPlateau": re.compile(
        r"^Learning rate reduction is conditioned on metric `(?P<metric>\w+)` which"
    ),
}
_DEFAULT = "val_loss"
_AVAILABLE = re.compile(r"Available metrics are: ([\w,]+)")
_RAISED = re.compile(r"(?P<callback>\w+) callback received monitor=(?P<metric>\w+), but Keras isn't able")
_EFFECT = {
    "EarlyStopping": "It never stops the training.",
    "ModelCheckpoint": "It never picks the best model.",
    "ReduceLROnPlateau": "It never lowers the learning rate.",
}
_LONG = {"acc": "accuracy", "val_acc": "val_accuracy"}


def find(evidence: Evidence) -> Iterator[Match]:
    reported = _reported(evidence)
    told: set[tuple[str, str]] = set()
    for callback, metric, line, faults in _refused(evidence):
        if (callback, metric) in told:
            continue
        told.add((callback, metric))
        made = _made(evidence, callback, metric)
        hint, fix = _instead(made, metric, reported)
        effect = ": Keras refuses it." if faults else f". {_EFFECT[callback]}"
        yield Match(
            made.lineno if made is not None else line,
            f"`{callback}` watches `{metric}`, which this training does not report{hint}{effect}"
            + _cure(metric, reported, known=fix is not None or hint.startswith(" (")),
            evidence={"callback": callback, "metric": metric, "reported": sorted(reported)},
            fix=fix,
            explains=faults,
        )


def _refused(evidence: Evidence) -> Iterator[tuple[str, str, int, tuple[int, ...]]]:
    """Callback, metric and line of every complaint, with the faults that it was raised as."""
    for fault in evidence.faults:
        found = _RAISED.search(fault.message)
        if found is None or found["callback"] not in _EFFECT or fault.line is None:
            continue
        # A metric of the program's own may be there: Keras only cannot know which way is better.
        if found["metric"].removeprefix("val_") not in {m for one in evidence.compiles for m in one.metrics}:
            alike = (other.seq for other in evidence.faults if other.message == fault.message)
            yield found["callback"], found["metric"], fault.line, tuple(alike)
    for event in evidence.of(Noticed):
        for callback, pattern in _WARNINGS.items():
            found = pattern.search(event.message)
            if found is not None and event.line is not None:
                yield callback, found["metric"], event.line, ()


def _reported(evidence: Evidence) -> set[str]:
    """What some training of the program did report, by Keras's own words."""
    lists = (_AVAILABLE.search(event.message) for event in evidence.of(Noticed))
    named = {name for found in lists if found for name in found[1].split(",") if name}
    # A checkpoint's warning lists nothing.
    compiled = {name for event in evidence.compiles for name in event.metrics}
    return named or {f"{side}{name}" for name in compiled for side in ("", "val_")}


def _made(evidence: Evidence, callback: str, metric: str) -> ast.Call | None:
    """Where the callback is made that watches this metric."""
    for node in evidence.nodes:
        if isinstance(node, ast.Call) and called(node) == callback:
            given = _monitor(node, callback)
            name = given.value if isinstance(given, ast.Constant) else _DEFAULT if given is None else None
            if name == metric:
                return node
    return None


def _monitor(node: ast.Call, callback: str) -> ast.expr | None:
    position = 1 if callback == "ModelCheckpoint" else 0
    positional = node.args[position] if len(node.args) > position else None
    return keyword(node, "monitor") or positional


def _cure(metric: str, reported: set[str], *, known: bool) -> str:
    """What to do, where no other name for the same number is known."""
    if known:
        return ""
    if metric.startswith("val_") and not any(name.startswith("val_") for name in reported):
        return " Give the training `validation_data`, or watch `loss`."
    return f" Watch what it reports: {', '.join(f'`{name}`' for name in sorted(reported)) or '`loss`'}."


def _instead(made: ast.Call | None, metric: str, reported: set[str]) -> tuple[str, Fix | None]:
    """A hint for the reader, and the replacement where one is known."""
    other = _LONG.get(metric)
    if other is not None and other in reported:
        node = _monitor(made, called(made) or "") if made is not None else None
        printed = ast.unparse(node) if node is not None and node.lineno == getattr(made, "lineno", 0) else ""
        fix = Fix(printed, printed.replace(metric, other)) if printed else None
        return f" (it reports `{other}`)", fix
    if metric.startswith("val_") and not any(name.startswith("val_") for name in reported):
        return ", because it has no validation data", None
    return "", None
