"""A class is handed over where an object of it is wanted.

## What it finds

An optimizer or a layer without its brackets: `compile(optimizer=Adam)`, `optimizer = keras.optimizers.Adam`
whose `apply_gradients` is called, or `layers.Flatten` in a list of layers.

## Why it is wrong

The name alone is the class, which has no learning rate, no weights and no state. Keras refuses it, or
complains of an argument that a method lacks. The brackets make an object: `Adam()`.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.optimizers import Adam

x = np.random.normal(size=(64, 4))
y = x.sum(axis=1)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer=Adam)
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.optimizers import Adam

x = np.random.normal(size=(64, 4))
y = x.sum(axis=1)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer=Adam())
model.fit(x, y, verbose=0)
```

## Known limits

Classes that need arguments, such as `Dense`, are reported by the exception that they cause. An optimizer held
by an attribute or by a variable of a function is told, but the run does not go on with an object of it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Fault, Fix, Severity
from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence, Match
from harness.rules._program import dotted

SEVERITY = Severity.ERROR
NEEDS = "trace"

_LACKING = re.compile(r"(?P<method>apply_gradients|minimize)\(\) missing 1 required positional argument")
_AGAIN = "Creating variables on a non-first call"  # a compiled step that failed before its first update


def find(evidence: Evidence) -> Iterator[Match]:
    repaired = {repair.fault: repair for repair in evidence.repairs if repair.rule == "class-not-called"}
    told: dict[tuple[int, str], list[int]] = {}
    for fault in evidence.faults:
        if fault.line is None:
            continue
        if fault.seq in repaired:
            name, line = str(repaired[fault.seq].evidence["expression"]), fault.line
        elif (lacking := _LACKING.search(fault.message)) is not None:
            name = _receiver(evidence, fault, lacking["method"])
            line = fault.line
        else:
            continue
        made = _made(evidence, name)
        place = (line, name) if made is None else (made.lineno, ast.unparse(made.value))
        told.setdefault(place, []).append(fault.seq)
    again = [fault.seq for fault in evidence.faults if _AGAIN in fault.message] if told else []
    for (line, name), faults in told.items():
        printed = _printed(evidence, line, name)
        yield Match(
            printed,
            f"`{name}` is a class, and an object of it is wanted: write `{name}()`.",
            evidence={"class": name},
            fix=Fix(name, f"{name}()") if evidence.lines[printed - 1].count(name) == 1 else None,
            explains=(*faults, *again),
        )


def _made(evidence: Evidence, name: str) -> ast.Assign | None:
    """The only statement that gives a variable its value, where that is a plain name: a class."""
    bound = assignments(evidence, name)
    bound += tuple(_of_attribute(evidence, name))
    return bound[0] if len(bound) == 1 and dotted(bound[0].value) else None


def _of_attribute(evidence: Evidence, name: str) -> Iterator[ast.Assign]:
    for node in evidence.nodes:
        if isinstance(node, ast.Assign) and "." in name and dotted(node.targets[0]) == name:
            yield node


def _receiver(evidence: Evidence, fault: Fault, method: str) -> str:
    """The text on which the failed statement calls a method."""
    for node in evidence.nodes:
        if isinstance(node, ast.Attribute) and node.attr == method and fault.spans(node.lineno):
            return ast.unparse(node.value)
    return "the optimizer"


def _printed(evidence: Evidence, line: int, name: str) -> int:
    """The line of a statement where a name stands, which may be one of its later ones."""
    statement = next((n for n in evidence.nodes if isinstance(n, ast.stmt) and n.lineno == line), None)
    end = line if statement is None or hasattr(statement, "body") else statement.end_lineno or line
    return next((n for n in range(line, end + 1) if name in evidence.lines[n - 1]), line)
