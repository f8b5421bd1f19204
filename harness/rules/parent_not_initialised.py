"""A layer or model of the article's own does not initialise what it is made of.

## What it finds

A class that builds on one of Keras, whose `__init__` never calls that of its parent, and that failed.

## Why it is wrong

`keras.layers.Layer` and `keras.Model` keep their name, their weights and the layers inside them in
attributes that their own `__init__` makes. A class that defines `__init__` replaces it, and has none of these
unless it calls `super().__init__()` first; the run ends with an `AttributeError` about an attribute that
the article never mentions.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers


class Scale(layers.Layer):
    def __init__(self, factor):
        self.factor = factor

    def call(self, x):
        return x * self.factor


model = Sequential([Input((4,)), Scale(0.5), layers.Dense(1)])
print(model.predict(np.zeros((2, 4)), verbose=0).shape)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers


class Scale(layers.Layer):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, x):
        return x * self.factor


model = Sequential([Input((4,)), Scale(0.5), layers.Dense(1)])
print(model.predict(np.zeros((2, 4)), verbose=0).shape)
```

## Known limits

Only classes whose parent is named as Keras names it (`Layer`, `Model`, `Loss`, `Metric`, `Callback`,
`Optimizer`), and only where the run failed over one of their objects.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Fault, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted

SEVERITY = Severity.ERROR
NEEDS = "trace"

_PARENTS = frozenset({"Layer", "Model", "Sequential", "Loss", "Metric", "Callback", "Optimizer"})
_FORGOTTEN = re.compile(r"forgot to call `?super\(")
_LACKS = re.compile(r"'(\w+)' object has no attribute")


def find(evidence: Evidence) -> Iterator[Match]:
    for whole in evidence.nodes:
        start = _start(whole)
        if start is None or not isinstance(whole, ast.ClassDef):
            continue
        faults = [fault for fault in evidence.faults if _is_of(fault, whole)]
        if faults:
            yield Match(
                start.lineno,
                f"`{whole.name}` defines `__init__` and does not call that of its parent, which makes what "
                "Keras keeps of it: begin with `super().__init__()`.",
                evidence={"class": whole.name},
                explains=tuple(fault.seq for fault in faults),
            )


def _start(whole: ast.AST) -> ast.FunctionDef | None:
    """The ``__init__`` of a class that builds on Keras, where it calls no other ``__init__``."""
    if not isinstance(whole, ast.ClassDef):
        return None
    if not any((dotted(base) or "").rpartition(".")[2] in _PARENTS for base in whole.bases):
        return None
    for node in whole.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            return None if any(called(inner) == "__init__" for inner in ast.walk(node)) else node
    return None


def _is_of(fault: Fault, whole: ast.ClassDef) -> bool:
    """Whether a fault is about an object of the class that lacks what its parent would have made."""
    if _FORGOTTEN.search(fault.message):
        inside = whole.lineno <= (fault.line or 0) <= (whole.end_lineno or whole.lineno)
        return inside or f"`{whole.name}`" in fault.message
    lacking = _LACKS.search(fault.message)
    return fault.type == "AttributeError" and lacking is not None and lacking[1] == whole.name
