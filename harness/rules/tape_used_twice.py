"""Two gradients are taken of a tape that is good for one.

## What it finds

A second `gradient` of a `tf.GradientTape` that was not made with `persistent=True`, at which TensorFlow
stops.

## Why it is wrong

A tape lets go of what it has recorded as soon as its first gradient is taken. In a GAN's step that is the
discriminator's, and the generator is never trained. Give each player a tape of its own, or make the one
persistent.

## Example

```python
import tensorflow as tf

x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x * x
    z = y * x
print(tape.gradient(y, x))
print(tape.gradient(z, x))
```

## Read instead

```python
import tensorflow as tf

x = tf.Variable(3.0)
with tf.GradientTape(persistent=True) as tape:
    y = x * x
    z = y * x
print(tape.gradient(y, x))
print(tape.gradient(z, x))
```

## Known limits

Marked where the tape is opened, if the failing statement names it; else where it fails.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Fault, Fix, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._tapes import tape_names, tapes

SEVERITY = Severity.ERROR
NEEDS = "trace"

_SAID = "non-persistent GradientTape"
_OPENED = "GradientTape()"


def find(evidence: Evidence) -> Iterator[Match]:
    told: dict[int, list[int]] = {}
    for fault in evidence.faults:
        if fault.type == "RuntimeError" and _SAID in fault.message and fault.line is not None:
            block = _opened(evidence, fault)
            told.setdefault(fault.line if block is None else block.lineno, []).append(fault.seq)
    for line, failed in told.items():
        once = evidence.lines[line - 1].count(_OPENED) == 1
        message = (
            "This tape forgets what it recorded with the first gradient that is taken of it, and a second "
            "one is taken: make it with `persistent=True`, or give each gradient a tape of its own."
        )
        fix = Fix(_OPENED, "GradientTape(persistent=True)") if once else None
        yield Match(line, message, fix=fix, explains=tuple(failed))


def _opened(evidence: Evidence, fault: Fault) -> ast.With | None:
    """The block of the tape that a failed statement names, the last one before it."""
    named = {n.id for n in evidence.nodes if isinstance(n, ast.Name) and fault.spans(n.lineno)}
    blocks = [one for one in tapes(evidence.tree) if tape_names(one) & named]
    before = [one for one in blocks if one.lineno < (fault.line or 0)]
    return max(before, key=lambda one: one.lineno, default=None)
