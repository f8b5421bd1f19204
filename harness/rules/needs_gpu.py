"""The code insists on a GPU, and the review has none.

## What it finds

Statements that failed because they take the first device of a list of GPUs, or stop the program where that
list is empty.

## Why it is wrong

It is right on a machine that has one. The review could not check the statement, which does not change what is
trained; and a reader without a GPU cannot run the program, though TensorFlow would do the same work without.

## Example

```python
import tensorflow as tf

gpus = tf.config.list_physical_devices("GPU")
tf.config.experimental.set_memory_growth(gpus[0], True)
```

## Read instead

```python
import tensorflow as tf

for gpu in tf.config.list_physical_devices("GPU"):
    tf.config.experimental.set_memory_growth(gpu, True)
```

## Known limits

The list is known by the name that it is first bound to.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from textwrap import dedent

from harness.model import Fault, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted, enclosing

SEVERITY = Severity.NOTE
NEEDS = "trace"

_LISTING = {"list_physical_devices", "list_logical_devices", "gpu_device_name", "is_gpu_available"}
_STOPPING = {"AssertionError", "SystemError", "RuntimeError", "EnvironmentError", "OSError", "SystemExit"}


def find(evidence: Evidence) -> Iterator[Match]:
    devices = _devices(evidence)
    for fault in evidence.faults:
        if fault.line is None or not _insists(evidence, fault, devices):
            continue
        yield Match(
            fault.line,
            "This needs a GPU, of which the review has none; the rest was run without it. Let the code go on "
            "where the list of devices is empty.",
            end_line=fault.end_line,
            explains=(fault.seq,),
        )


def _insists(evidence: Evidence, fault: Fault, devices: set[str]) -> bool:
    try:
        statement = ast.parse(dedent(fault.source))
    except SyntaxError:
        return False
    if fault.type == "IndexError":
        taken = (node.value for node in ast.walk(statement) if isinstance(node, ast.Subscript))
        return any(_lists(node) or dotted(node) in devices for node in taken)
    return fault.type in _STOPPING and any(_asks(node, devices) for node in _conditions(evidence, fault))


def _conditions(evidence: Evidence, fault: Fault) -> Iterator[ast.expr]:
    """What an assertion holds, or what is asked before an exception is raised, on the failing line."""
    for node in evidence.nodes:
        if isinstance(node, ast.Assert) and node.lineno == fault.line:
            yield node.test
        elif isinstance(node, ast.Raise) and node.lineno == fault.line:
            around = enclosing(evidence, node, ast.If)
            if isinstance(around, ast.If):
                yield around.test


def _asks(test: ast.expr, devices: set[str]) -> bool:
    return any(_lists(node) or dotted(node) in devices for node in ast.walk(test))


def _lists(node: ast.AST) -> bool:
    return called(node) in _LISTING


def _devices(evidence: Evidence) -> set[str]:
    """Names, as written, that are bound to what the machine is asked about its GPUs."""
    return {
        name
        for node in evidence.nodes
        if isinstance(node, ast.Assign) and _lists(node.value)
        for target in node.targets
        if (name := dotted(target))
    }
