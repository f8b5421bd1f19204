"""A model is trained with `fit` and given no targets.

## What it finds

A `fit` or `train_on_batch` of a model that is compiled with a loss, where the inputs are an array and no
targets are given; and a `fit` that is validated with inputs alone.

## Why it is wrong

The loss has nothing to compare the predictions with. Keras raises `ValueError`, with words that do not
say so.

## Example

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
model.fit(np.zeros((8, 4)), epochs=2, verbose=0)
```

## Read instead

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
model.fit(np.zeros((8, 4)), np.zeros((8, 1)), epochs=2, verbose=0)
```

## Known limits

Models whose own `train_step` needs no targets run without a fault and are not reported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Fault, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, keyword

SEVERITY = Severity.ERROR
NEEDS = "trace"

_STEPS = {"train_step", "compute_loss"}
_TRAINS = {"fit", "train_on_batch"}
_WITHOUT = (
    "None values not supported",
    "y_true and y_pred have different structures",
    "Toutput_types",
    "Attempt to convert a value (None)",
    "Target data is missing",
)


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        if fault.line is None or not any(words in fault.message for words in _WITHOUT):
            continue
        call = _training(evidence, fault)
        if call is not None and not _trains_itself(evidence, call):
            receiver = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else "the model"
            yield Match(
                call.lineno,
                f"`{receiver}` is compiled with a loss, but is trained here without targets to compare with: "
                "give them as the second argument, or train it in steps of its own.",
                end_line=call.end_lineno,
                evidence={"exception": fault.type},
                explains=(fault.seq,),
            )
        elif call is None and (given := _validation(evidence, fault)) is not None:
            yield Match(
                given.lineno,
                f"`validation_data={ast.unparse(given)}` brings no targets to compare with: give a pair of "
                "inputs and targets.",
                end_line=given.end_lineno,
                evidence={"exception": fault.type},
                explains=(fault.seq,),
            )


def _validation(evidence: Evidence, fault: Fault) -> ast.expr | None:
    """What a training of the fault's statement is validated with, where that is a name and no pair."""
    for node in evidence.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "fit":
            given = keyword(node, "validation_data")
            if fault.spans(node.lineno) and isinstance(given, ast.Name):
                return None if _trains_itself(evidence, node) else given
    return None


def _training(evidence: Evidence, fault: Fault) -> ast.Call | None:
    """The training call of the fault's statement that has one positional argument and no ``y``."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in _TRAINS or not fault.spans(node.lineno):
            continue
        names = {keyword.arg for keyword in node.keywords}
        given = len(node.args) + ("x" in names)
        if given == 1 and not names & {"y", None}:
            return node
    return None


def _trains_itself(evidence: Evidence, call: ast.Call) -> bool:
    """Whether the model is of a class of the article's own that says itself what a step or its loss is."""
    own = {
        node.name
        for node in evidence.nodes
        if isinstance(node, ast.ClassDef)
        and any(isinstance(each, ast.FunctionDef) and each.name in _STEPS for each in node.body)
    }
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    return any(
        isinstance(node, ast.Assign)
        and called(node.value) in own
        and receiver is not None
        and ast.unparse(receiver) in {ast.unparse(target) for target in node.targets}
        for node in evidence.nodes
    )
