"""`trainable` is changed between two trainings, and nothing is compiled again.

## What it finds

A model that is trained with `fit`, whose `trainable` flag, or that of a network inside it, is then changed,
and that is trained again without a `compile` in between.

## Why it is wrong

Keras builds the training function at the first `fit` and keeps it: which weights it moves is decided then. A
network that is released afterwards stays frozen, one that is frozen goes on moving, until the model is
compiled again.

## Example

```python
import keras
import numpy as np

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=(64, 1))
base = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu")])
base.trainable = False
model = keras.Sequential([base, keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
base.trainable = True
model.fit(x, y, verbose=0)
```

## Read instead

```python
import keras
import numpy as np

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=(64, 1))
base = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu")])
base.trainable = False
model = keras.Sequential([base, keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
base.trainable = True
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Statements at the top level, in the order of the text, on the TensorFlow backend. Players of a GAN, which are
frozen and released around every step, have rules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Call, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._losses import backend
from harness.rules._players import pairs
from harness.rules._program import frozen, loop_at

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    if pairs(evidence) or backend(evidence) != "tensorflow":
        return
    fits = [call for call in evidence.training if call.api == "fit" and call.line is not None]
    for line, text, flag in frozen(evidence):
        if loop_at(evidence, line) is not None:
            continue
        before = [call for call in fits if (call.line or 0) < line and _concerns(evidence, call, text)]
        if not before or before[-1].error is not None:
            continue
        model = before[-1].model
        after = [call for call in fits if (call.line or 0) > line and call.model == model]
        if (
            not after
            or _compiled_between(evidence, model, line, after[0])
            or _was(evidence, text, line) == flag
        ):
            continue
        name = evidence.name_of(model) if model is not None else "the model"
        what = "stays frozen" if flag else "goes on being trained"
        message = (
            f"`{text}` {what}: `{name}` keeps the training function of line {before[-1].line} until it is "
            "compiled again. Compile it after this line."
        )
        found = {"first_fit": before[-1].line, "second_fit": after[0].line, "model": model}
        yield Match(line, message, evidence=found)


def _concerns(evidence: Evidence, call: Call, text: str) -> bool:
    """Whether the flag belongs to the model of a call, or to a model inside it."""
    if call.model is None:
        return False
    seen = evidence.models.get(call.model)
    inside = (call.model, *(seen.contains if seen else ()))
    return any(text in evidence.models[m].names for m in inside if m in evidence.models)


def _compiled_between(evidence: Evidence, model: int | None, line: int, after: Call) -> bool:
    return any(
        event.model == model and event.line is not None and line < event.line <= (after.line or 0)
        for event in evidence.compiles
    )


def _was(evidence: Evidence, text: str, line: int) -> bool:
    """What the flag was before a line; a model starts trainable."""
    earlier = [flag for at, name, flag in frozen(evidence) if name == text and at < line]
    return earlier[-1] if earlier else True
