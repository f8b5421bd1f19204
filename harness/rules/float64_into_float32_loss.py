"""A float64 array meets float32 numbers in a TensorFlow function.

## What it finds

Calls that failed because NumPy's default float64 (`np.ones`, `np.zeros`, `np.random`) was handed to a
hand-written loss, or to a TensorFlow function, together with float32 predictions; and steps of the program's
own that join or multiply what they are fed as float64, as labels from `to_categorical` are, and float32.

## Why it is wrong

TensorFlow converts no types by itself. Inside `fit` and `train_on_batch` Keras converts the targets; a
loss that is called by hand has nobody who does.

## Example

```python
import numpy as np
import tensorflow as tf

def loss(y_true, y_pred):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(y_true, y_pred))

print(loss(np.ones((4, 1)), tf.zeros((4, 1))))
```

## Read instead

```python
import numpy as np
import tensorflow as tf

def loss(y_true, y_pred):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(y_true, y_pred))

print(loss(np.ones((4, 1), dtype="float32"), tf.zeros((4, 1))))
```

## Known limits

The line is that of the outermost call of the article; which of its arguments is float64 is known where
the loss names it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import ArraySummary, Call, Fix, Severity
from harness.rules._data_places import argument, assignments, handed_over
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"

_MIXED = re.compile(r"was expected to be a (float|double|half) tensor but is a (float|double|half) tensor")
_BOTH = 2  # inputs and targets
_FILLED = re.compile(r"np\.(?:ones|zeros)\((?:\([^()]*\)|[^(),]*)\)")


_UNLIKE = re.compile(r"float64\b.*\bmatch", re.DOTALL)


def find(evidence: Evidence) -> Iterator[Match]:
    yield from _handed_over(evidence)
    arguments = {repair.fault: repair.evidence.get("argument") for repair in evidence.repairs}
    for fault in evidence.faults:
        found = _MIXED.search(fault.message)
        if found is None or "double" not in found.groups() or fault.line is None:
            continue
        outer = fault.lines[0] if fault.lines else fault.line
        argument = arguments.get(fault.seq)
        what = f"`{argument}` is float64" if argument else "A float64 array"
        place = f" on line {fault.line}" if fault.line != outer else ""
        verb = "and meets" if argument else "meets"
        yield Match(
            outer,
            f"{what} {verb} float32 numbers in a TensorFlow function{place}, which converts neither: make it "
            "float32.",
            end_line=fault.end_line if outer == fault.line else outer,
            evidence={"line": fault.line, "argument": argument},
            fix=_fix(evidence, outer),
            explains=(fault.seq,),
        )


def _handed_over(evidence: Evidence) -> Iterator[Match]:
    """Steps that fail, at one place or at several, over one float64 array that they are fed."""
    faults = [f for f in evidence.faults if "float32" in f.message and _UNLIKE.search(f.message)]
    lines = {fault.lines[0] for fault in faults if fault.lines}
    for call in evidence.training:
        if call.line not in lines or call.error is None:
            continue
        double = [p for p, fed in enumerate((call.inputs, call.targets)) if _one_double(fed)]
        made = _made(evidence, call, double[0]) if len(double) == 1 else None
        if made is None:
            continue
        name, line = made
        own = [fault for fault in faults if fault.lines and fault.lines[0] == call.line]
        places = sorted({fault.line for fault in own if fault.line is not None})
        where = f"line {places[0]}" if len(places) == 1 else f"lines {', '.join(map(str, places))}"
        message = (
            f"`{name}` is float64, and meets float32 numbers in a TensorFlow function ({where}), which "
            'converts neither: make it float32, with `.astype("float32")`.'
        )
        found = {"line": places[0], "argument": name}
        yield Match(line, message, evidence=found, explains=tuple(fault.seq for fault in own))
        return


def _one_double(fed: tuple[ArraySummary, ...]) -> bool:
    return len(fed) == 1 and fed[0].dtype == "float64"


def _made(evidence: Evidence, call: Call, place: int) -> tuple[str, int] | None:
    """The variable that a step is handed as its inputs (0) or targets (1), and the line that makes it."""
    given = argument(evidence, call, place) if call.api == "fit" and place < len(call.targets) + 1 else None
    for node in (given, *handed_over(evidence, call)):
        part = node.elts[place] if isinstance(node, ast.Tuple) and len(node.elts) == _BOTH else node
        bound = assignments(evidence, part.id) if isinstance(part, ast.Name) else ()
        before = [assign for assign in bound if assign.lineno < (call.line or 0)]
        if isinstance(part, ast.Name) and before and (part is not node or node is given):
            return part.id, before[-1].lineno
    return None


def _fix(evidence: Evidence, line: int) -> Fix | None:
    """Where the line itself makes one array of NumPy's default type: that array, as float32."""
    arrays = _FILLED.findall(evidence.lines[line - 1]) if line <= len(evidence.lines) else []
    return Fix(arrays[0], f'{arrays[0][:-1]}, dtype="float32")') if len(arrays) == 1 else None
