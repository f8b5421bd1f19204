"""Data are brought into a shape that the model they are fed to does not take.

## What it finds

A call that fed rows of a data set to a model and failed, where one example's shape differs from the
shape that the model was built for.

## Why it is wrong

A layer's weights are made for one input shape. Flattening the images for a model that flattens them
itself, or leaving them flat for a convolution, makes Keras refuse the call.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) / 127.5 - 1

classifier = Sequential(
    [Input((28, 28)), layers.Flatten(), layers.Dense(1, activation="sigmoid")]
)
classifier.compile(loss="binary_crossentropy", optimizer="adam")
classifier.fit(x_train, np.arange(64).reshape(-1, 1) % 2, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64] / 255

classifier = Sequential(
    [Input((28, 28)), layers.Flatten(), layers.Dense(1, activation="sigmoid")]
)
classifier.compile(loss="binary_crossentropy", optimizer="adam")
classifier.fit(x_train, np.arange(64).reshape(-1, 1) % 2, verbose=0)
```

## Known limits

The line marked is the last one that reshapes the data, where the text shows it; else the failing
call.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from harness.model import Call, Severity
from harness.rules._data_places import argument, data_assignments, root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._players import Shape, is_real, shape_text
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("generator-input-not-noise", "pipeline-not-batched")


def find(evidence: Evidence) -> Iterator[Match]:
    told: dict[tuple[int, Shape, Shape], Match] = {}
    for call in evidence.calls:
        seen = evidence.models.get(call.model) if call.model is not None else None
        if call.error is None or call.line is None or seen is None or len(seen.input_shapes) != 1:
            continue
        if len(call.inputs) != 1 or not is_real(call.inputs[0]):
            continue
        fed, taken = call.inputs[0].shape[1:], seen.input_shapes[0][1:]
        faults = [f for f in evidence.faults if f.line is not None and f.line <= call.line <= f.end_line]
        if _fits(fed, taken) or not faults:
            continue
        # The same examples fail in the evaluation as well: that is the same mistake.
        first = told.get((seen.model, fed, taken))
        if first is not None:
            told[seen.model, fed, taken] = replace(
                first, explains=(*first.explains, *(fault.seq for fault in faults))
            )
            continue
        told[seen.model, fed, taken] = Match(
            _line(evidence, call),
            _message(evidence, call, evidence.name_of(seen.model), fed, taken),
            evidence={"model": seen.model, "fed": list(fed), "taken": list(taken), "call": call.line},
            explains=tuple(fault.seq for fault in faults),
        )
    yield from told.values()


def _message(evidence: Evidence, call: Call, name: str, fed: Shape, taken: Shape) -> str:
    array = root_name(argument(evidence, call, 0))
    named = f"`{array}`, " if array else ""
    return (
        f"The examples ({named}fed to `{name}` in line {call.line}) have the shape {shape_text(fed)}, but "
        f"`{name}` takes examples of shape {shape_text(taken)}. Reshape the examples, or give `{name}` an "
        "input of their shape."
    )


def _fits(fed: Shape, taken: Shape) -> bool:
    if len(fed) == len(taken):
        return all(size is None or size == given for given, size in zip(fed, taken, strict=True))
    longer, shorter = sorted((fed, taken), key=len, reverse=True)
    return len(longer) == len(shorter) + 1 and longer[-1] == 1 and _fits(longer[:-1], shorter)


def _line(evidence: Evidence, call: Call) -> int:
    steps = data_assignments(evidence, argument(evidence, call, 0))
    shaping = [
        step
        for step in steps
        if step.lineno <= (call.line or 0)
        and any(called(node) in {"reshape", "expand_dims", "flatten"} for node in ast.walk(step.value))
    ]
    return shaping[-1].lineno if shaping else call.line or 0
