"""A model is given its targets as inputs, and its inputs as targets.

## What it finds

A training call whose inputs do not fit the model, where its targets would, and the inputs have the form of
what the model puts out.

## Why it is wrong

`fit(x, y)`, and a pipeline of pairs, hold the inputs first. The other way round the model is fed labels,
and refuses them. Exchange the two.

## Example

```python
import keras
import numpy as np

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=(64, 1))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(y, x, verbose=0)
```

## Read instead

```python
import keras
import numpy as np

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=(64, 1))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Told by the shapes alone: where inputs and targets have the same shape, nothing shows. Models of several
inputs or outputs are not looked at.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, Severity
from harness.rules._data_places import argument
from harness.rules._evidence import Evidence, Match
from harness.rules._pipelines import line_of, steps_to
from harness.rules._players import shape_text
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"

_PAIRS = {"from_tensor_slices", "from_tensors"}


def find(evidence: Evidence) -> Iterator[Match]:
    told = set[int]()
    for call in evidence.training:
        if call.error is None or call.line is None or not _swapped(evidence, call):
            continue
        line = _paired_at(evidence, call) or call.line
        if line in told:
            continue
        told.add(line)
        failed = tuple(fault.seq for fault in evidence.faults if fault.line == call.line)
        model = evidence.name_of(call.model or 0)
        message = (
            f"`{model}` is given {_rows(call.inputs[0].shape)} as inputs and {_rows(call.targets[0].shape)} "
            "as targets: it takes the second and puts out the first. Exchange the two."
        )
        yield Match(line, message, evidence={"model": call.model}, explains=failed)


def _rows(shape: tuple[int, ...]) -> str:
    return "single numbers" if len(shape) == 1 else f"rows of shape {shape_text(shape[1:])}"


def _swapped(evidence: Evidence, call: Call) -> bool:
    seen = evidence.models.get(call.model) if call.model is not None else None
    if seen is None or len(seen.input_shapes) != 1 or len(seen.output_shapes) != 1:
        return False
    if len(call.inputs) != 1 or len(call.targets) != 1:
        return False
    fed, target = call.inputs[0].shape[1:], call.targets[0].shape[1:]
    taken, made = seen.input_shapes[0][1:], seen.output_shapes[0][1:]
    # Whole numbers stand for one row of probabilities.
    as_made = _fits(fed, made) or (made[:-1] == fed and bool(made)) or (fed == (1,) and len(made) == 1)
    return _fits(target, taken) and not _fits(fed, taken) and as_made


def _fits(row: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(row) == len(wanted) and all(
        size in {None, given} for given, size in zip(row, wanted, strict=True)
    )


def _paired_at(evidence: Evidence, call: Call) -> int | None:
    """Where the text puts the two together in a pipeline."""
    given = argument(evidence, call, 0)
    for step in steps_to(evidence, given):
        pair = step.args[0] if called(step) in _PAIRS and step.args else None
        if isinstance(pair, ast.Tuple) and len(pair.elts) == 2:
            return line_of(step)
    return None
