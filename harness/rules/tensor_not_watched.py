"""A gradient is taken for a tensor that its tape does not watch, and is None.

## What it finds

A gradient for a plain tensor, such as the points at which a gradient penalty is taken, that came out as None
because the tape was never told to watch that tensor; what uses the gradient failed over it.

## Why it is wrong

A tape follows variables by itself, and nothing else. Of a tensor it has to be told, before that is used:
`tape.watch(x)`. Without that it knows of no way from the result back to `x`.

## Example

```python
import tensorflow as tf

x = tf.constant([1.0, 2.0])
with tf.GradientTape() as tape:
    y = tf.reduce_sum(x**2)
slope = tape.gradient(y, [x])[0]
print(tf.sqrt(tf.reduce_sum(tf.square(slope))))
```

## Read instead

```python
import tensorflow as tf

x = tf.constant([1.0, 2.0])
with tf.GradientTape() as tape:
    tape.watch(x)
    y = tf.reduce_sum(x**2)
slope = tape.gradient(y, [x])[0]
print(tf.sqrt(tf.reduce_sum(tf.square(slope))))
```

## Known limits

Only gradients that are used at once, in the function that takes them, are seen.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted, enclosing, keyword
from harness.rules._tapes import bound_to, own_calls, scope

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("gradient-penalty-at-other-points",)

_MISSING = re.compile(r"NoneType|None values? not supported|\(None\)")


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        if fault.line is None or not _MISSING.search(fault.message):
            continue
        read = set(re.findall(r"\w+", fault.source))
        for node, name, tensor in _taken(evidence):
            if name not in read or not node.lineno < fault.line or _watches(evidence, node, tensor):
                continue
            tape = dotted(node.func.value) if isinstance(node.func, ast.Attribute) else None
            message = (
                f"`{tape}` does not watch `{tensor}`, which is no variable, so that this gradient is None: "
                f"call `{tape}.watch({tensor})` in the tape, before `{tensor}` is used."
            )
            found = {"tensor": tensor, "failed_at": fault.line}
            yield Match(node.lineno, message, evidence=found, explains=(fault.seq,))
            break


def _taken(evidence: Evidence) -> Iterator[tuple[ast.Call, str, str]]:
    """The gradients for one plain name, with the variable that holds them."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) != "gradient":
            continue
        sources = node.args[1] if len(node.args) > 1 else keyword(node, "sources")
        one = sources.elts if isinstance(sources, ast.List | ast.Tuple) else [sources]
        statement = enclosing(evidence, node, ast.stmt)
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if len(one) == 1 and isinstance(one[0], ast.Name) and isinstance(target, ast.Name):
            yield node, target.id, one[0].id


def _watches(evidence: Evidence, node: ast.Call, tensor: str) -> bool:
    """Whether the function tells a tape to watch a tensor, or the name may stand for variables."""
    around = scope(evidence, node)
    watched = [call for call in own_calls(evidence, around) if called(call) in {"watch", "Variable"}]
    statements = [enclosing(evidence, call, ast.stmt) or call for call in watched]
    inside = [part for statement in statements for part in ast.walk(statement)]
    if any(isinstance(part, ast.Name) and part.id == tensor for part in inside):
        return True
    if bound_to(around, tensor, node.lineno) is not None:
        return False
    return any(called(other) == "Variable" for other in evidence.nodes)
