"""Keras is taken from a private copy inside TensorFlow, whose models can no longer be trained.

## What it finds

Imports from `tensorflow.python.keras`, in a program whose training failed because of them.

## Why it is wrong

`tensorflow.python` is no public interface. What is left of Keras there is a copy of Keras 2 that nobody keeps
up: its models can be made, but `fit`, `evaluate` and `predict` raise an exception. Import the same names from
`tensorflow.keras`, or from `keras`.

## Example

```python
import numpy as np
from tensorflow.python.keras.layers import Dense
from tensorflow.python.keras.models import Sequential

model = Sequential([Dense(1)])
model.compile(loss="mse", optimizer="sgd")
model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)
```

## Read instead

```python
import numpy as np
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

model = Sequential([Dense(1)])
model.compile(loss="mse", optimizer="sgd")
model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)
```

## Known limits

Told once, at the first such import. Where nothing failed, nothing is said: its utilities still work.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Fix, Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"

_COPY = "tensorflow.python.keras"
# How the copy fails: TensorFlow no longer has what its training asks for.
_GONE = "module 'tensorflow.python.distribute.input_lib' has no attribute"


def find(evidence: Evidence) -> Iterator[Match]:
    failed = [f for f in evidence.faults if not f.repaired and f.line is not None and _GONE in f.message]
    imports = [n for n in evidence.nodes if isinstance(n, ast.stmt) and _takes_copy(n)]
    if not failed or not imports:
        return
    first = min(imports, key=lambda node: node.lineno)
    message = (
        f"`{_COPY}` is a copy of Keras 2 that TensorFlow keeps for itself; its models are no longer trained "
        f"(line {failed[0].line} raises an exception). Import from `tensorflow.keras`."
    )
    printed = evidence.lines[first.lineno - 1] if first.lineno <= len(evidence.lines) else ""
    fix = Fix(_COPY, "tensorflow.keras") if printed.count(_COPY) == 1 else None
    yield Match(
        first.lineno,
        message,
        end_line=first.end_lineno,
        evidence={"call": failed[0].line},
        fix=fix,
        explains=tuple(fault.seq for fault in failed),
    )


def _takes_copy(node: ast.stmt) -> bool:
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    return any(f"{name}.".startswith(f"{_COPY}.") for name in names)
