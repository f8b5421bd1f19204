"""The examples are sorted by class, and nothing mixes them.

## What it finds

`fit` on labels that come class after class, with `validation_split`, which takes the last rows as they lie,
or with `shuffle=False`; or on a `tf.data` pipeline of such examples that makes batches of them before
anything mixes them, or with a buffer that is small beside a class.

## Why it is wrong

With `validation_split` the validation consists of the last classes alone, and the training has few examples
of them or none: its numbers say nothing, and the model never learns these classes. With `shuffle=False` each
batch holds one class, and the model forgets the earlier ones while it learns the later. Shuffle examples and
labels together first, or split with `train_test_split`.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.concatenate([np.random.normal(0, 1, (60, 4)), np.random.normal(2, 1, (60, 4))])
y = np.array([0.0] * 60 + [1.0] * 60)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, validation_split=0.25, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.concatenate([np.random.normal(0, 1, (60, 4)), np.random.normal(2, 1, (60, 4))])
y = np.array([0.0] * 60 + [1.0] * 60)
order = np.random.permutation(len(x))
x, y = x[order], y[order]
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, validation_split=0.25, verbose=0)
```

## Known limits

Labels must be given as an array, plain or one-hot, of at least 20 rows, or as the second of the two arrays
that a pipeline goes through. Splits by slices are not seen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, Severity
from harness.rules._data_places import argument, data_assignments
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, keyword, method_calls

SEVERITY = Severity.WARNING
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int] = set()
    for call in evidence.training:
        if (
            call.api != "fit"
            or call.line is None
            or call.line in told
            or not _classes_in_order(evidence, call)
        ):
            continue
        for site in method_calls(evidence):
            if site.method != "fit" or not site.line <= call.line <= site.end_line:
                continue
            if _without_targets(site.node):
                told.add(call.line)
                yield _of_pipeline(evidence, call)
                break
            effect = _effect(site.node)
            if effect is not None:
                told.add(call.line)
                rows = call.targets[0].shape[0]
                yield Match(
                    call.line,
                    f"The {rows} examples are sorted by class, and {effect}; shuffle them with their labels.",
                    evidence={"model": call.model, "rows": rows},
                )


def _without_targets(node: ast.Call) -> bool:
    """Whether ``fit`` is given a single thing, which then holds the targets."""
    plain = all(word.arg is not None for word in node.keywords)
    starred = any(isinstance(given, ast.Starred) for given in node.args)
    return plain and not starred and len(node.args) < 2 and keyword(node, "y") is None


def _of_pipeline(evidence: Evidence, call: Call) -> Match:
    """Batches that hold one class each, told where they are made."""
    steps = data_assignments(evidence, argument(evidence, call, 0))
    made = [step.lineno for step in steps if any(called(node) == "batch" for node in ast.walk(step.value))]
    message = (
        "The examples are sorted by class, and the pipeline does not mix them before it makes batches, or "
        "in a buffer that is far smaller than a class: each batch holds one class. Call `.shuffle` with a "
        "buffer for all examples before `.batch`."
    )
    return Match(made[-1] if made else call.line or 1, message, evidence={"model": call.model})


def _classes_in_order(evidence: Evidence, call: Call) -> bool:
    if call.model is None or len(call.targets) != 1 or not call.targets[0].grouped:
        return False
    losses = [
        loss for event in evidence.compiled(call.model) if event.seq < call.seq for loss in event.losses
    ]
    return any("crossentropy" in loss or "hinge" in loss for loss in losses)


def _effect(node: ast.Call) -> str | None:
    """What ``fit`` does with examples in this order, in words; None where it mixes them."""
    split, shuffle = keyword(node, "validation_split"), keyword(node, "shuffle")
    if split is not None and not (isinstance(split, ast.Constant) and not split.value):
        return f"`validation_split={ast.unparse(split)}` takes the last of them, without the first classes"
    if isinstance(shuffle, ast.Constant) and shuffle.value is False:
        return "`shuffle=False` feeds one class after another"
    return None
