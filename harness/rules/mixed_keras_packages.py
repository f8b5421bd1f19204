"""Keras is imported from two packages at once.

## What it finds

A program that takes layers or models from more than one of `keras`, `tf_keras` and
`tensorflow.python.keras`, or from `keras` and `tensorflow.keras`.

## Why it is wrong

`tensorflow.python.keras` is a private copy of Keras 2, and `tf_keras` is Keras 2: their layers do not
fit into models of Keras 3. `keras` and `tensorflow.keras` are the same code today; in many older
versions they were not, and a reader cannot know which to install.

## Example

```python
from keras.models import Sequential
from tensorflow.keras.layers import Dense

model = Sequential([Dense(1)])
```

## Read instead

```python
from keras.models import Sequential
from keras.layers import Dense

model = Sequential([Dense(1)])
```

## Known limits

Imports inside a `try` are there to support several packages and are left out. What a program takes from a
package's `utils`, `datasets` or `preprocessing` alone goes with any other package, and is only noted.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.NOTE
NEEDS = "source"

_PACKAGES = ("tensorflow.python.keras", "tensorflow.keras", "tf_keras", "keras")
_OTHER_CODE = {"tensorflow.python.keras", "tf_keras"}
# What these hold are functions on arrays and files, which any package's models can be given.
_NO_PARTS = ("utils", "datasets", "preprocessing")


def find(evidence: Evidence) -> Iterator[Match]:
    first: dict[str, ast.stmt] = {}
    parts: set[str] = set()
    for node in evidence.tree.body:
        for name in _imported(node):
            package = next((p for p in _PACKAGES if f"{name}.".startswith(f"{p}.")), None)
            if package is None:
                continue
            first.setdefault(package, node)
            if not name.removeprefix(f"{package}.").startswith(_NO_PARTS):
                parts.add(package)
    packages = list(first)
    for package in packages[1:]:
        other = packages[0]
        clash = bool({package, other} & _OTHER_CODE) and {package, other} <= parts
        yield Match(
            first[package].lineno,
            f"Keras is taken from `{package}` here and from `{other}` on line {first[other].lineno}"
            + (
                "; their layers and models do not fit together: use one of them throughout."
                if clash
                else "; use one of them throughout."
            ),
            end_line=first[package].end_lineno,
            evidence={"packages": packages},
            severity=Severity.ERROR if clash else None,
        )


def _imported(node: ast.stmt) -> list[str]:
    """The full names that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []
