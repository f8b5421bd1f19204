"""A merging layer is given its tensors one by one, and takes one list of them.

## What it finds

`Add()(a, b)`, `Concatenate()(a, b)` and the like, which Keras refuses.

## Why it is wrong

A layer takes one argument: for a layer that merges, that is the list of its tensors. Keras 3 says only that
there are too many positional arguments.

## Example

```python
import keras
from keras import layers

x = keras.Input((4,))
hidden = layers.Dense(4, activation="relu")(x)
model = keras.Model(x, layers.Add()(x, hidden))
```

## Read instead

```python
import keras
from keras import layers

x = keras.Input((4,))
hidden = layers.Dense(4, activation="relu")(x)
model = keras.Model(x, layers.Add()([x, hidden]))
```

## Known limits

The layer must be made in the statement that calls it, or be a variable that is bound once.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.knowledge.merging import MERGING
from harness.model import Severity
from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence, Match
from harness.rules._fixes import in_place_of
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        if fault.type != "TypeError" or "positional argument" not in fault.message:
            continue
        for call in evidence.nodes:
            if not isinstance(call, ast.Call) or not fault.spans(call.lineno) or not _merges(evidence, call):
                continue
            layer, given = ast.unparse(call.func), ", ".join(map(ast.unparse, call.args))
            right = f"{layer}([{given}])"
            message = f"`{layer}` takes one list of tensors: write `{right}`."
            fix = in_place_of(evidence, call, right)
            yield Match(call.lineno, message, call.end_lineno, {"layer": layer}, fix, (fault.seq,))
            break


def _merges(evidence: Evidence, call: ast.Call) -> bool:
    """Whether a call hands several tensors to a merging layer."""
    layer = call.func
    bound = assignments(evidence, layer.id) if isinstance(layer, ast.Name) else ()
    made = bound[0].value if len(bound) == 1 else layer
    return len(call.args) > 1 and isinstance(made, ast.Call) and called(made) in MERGING
