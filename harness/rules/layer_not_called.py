"""A layer stands where what it puts out is wanted.

## What it finds

A layer that is made and never called on anything, given to another layer or to a model as if it were a
tensor; and a merging layer (`Concatenate`, `Add` and the like) whose tensors stand among its settings.

## Why it is wrong

`layers.Dense(4)` makes a layer. Its output exists only once it is called on its input:
`layers.Dense(4)(x)`. Keras refuses the layer itself, in words that speak of keyword arguments or of
`outputs`.

## Example

```python
import keras
from keras import layers

x = keras.Input((4,))
hidden = layers.Dense(8, activation="relu")
model = keras.Model(x, layers.Dense(1)(hidden))
```

## Read instead

```python
import keras
from keras import layers

x = keras.Input((4,))
hidden = layers.Dense(8, activation="relu")(x)
model = keras.Model(x, layers.Dense(1)(hidden))
```

## Known limits

The layer must stand in the failing statement, or be a variable of it that is bound once.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.knowledge.merging import MERGING
from harness.model import Fault, Fix, Severity
from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence, Match
from harness.rules._fixes import in_place_of
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"

_REFUSED = r"Only input tensors may be passed as positional arguments|must be KerasTensors"
_LAYER = re.compile(rf"(?:{_REFUSED}).*?<(\w+) name=", re.DOTALL)


def find(evidence: Evidence) -> Iterator[Match]:
    told: dict[int, tuple[ast.Call, list[int]]] = {}
    for fault in evidence.faults:
        said = _LAYER.search(fault.message)
        made = _made(evidence, fault, said[1]) if said is not None else None
        if made is not None:
            told.setdefault(id(made), (made, []))[1].append(fault.seq)
    for made, failed in told.values():
        message, fix = _words(evidence, made)
        yield Match(made.lineno, message, made.end_lineno, {"layer": called(made)}, fix, tuple(failed))


def _made(evidence: Evidence, fault: Fault, kind: str) -> ast.Call | None:
    """Where the text makes the layer that a failing statement is given."""
    inside = [node for node in evidence.nodes if isinstance(node, ast.expr) and fault.spans(node.lineno)]
    for node in inside:
        bound = assignments(evidence, node.id) if isinstance(node, ast.Name) else ()
        made = bound[0].value if len(bound) == 1 else node
        if isinstance(made, ast.Call) and called(made) == kind and not _is_called(evidence, made):
            return made
    return None


def _is_called(evidence: Evidence, made: ast.Call) -> bool:
    around = evidence.parents.get(made)
    return isinstance(around, ast.Call) and around.func is made


def _words(evidence: Evidence, made: ast.Call) -> tuple[str, Fix | None]:
    text = ast.unparse(made)
    kind = ast.unparse(made.func)
    given = made.args[0] if called(made) in MERGING and len(made.args) == 1 and not made.keywords else None
    if isinstance(given, ast.List | ast.Tuple):
        right = f"{kind}()([{', '.join(map(ast.unparse, given.elts))}])"
        told = f"`{text}` makes a layer, and takes no tensors: call the layer on them, `{right}`."
        return told, in_place_of(evidence, made, right)
    told = f"`{text}` is a layer, and what it puts out is wanted: call it on its input, as in `{text}(x)`."
    return told, None
