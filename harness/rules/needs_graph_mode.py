"""A program for the graphs of TensorFlow 1 is executed at once by TensorFlow 2.

## What it finds

Placeholders, sessions and the optimizers of TensorFlow 1 that failed because TensorFlow 2 executes every
operation when it is called. It is told once, at the first of them; the run goes on with a graph.

## Why it is wrong

TensorFlow 1 first built a graph and then ran it in a session. TensorFlow 2 builds none unless it is asked to:
`tf.compat.v1.disable_eager_execution()` after the import asks for it, and lets such a program run as it is.
Written anew, it needs neither placeholders nor sessions.

## Example

```python
import tensorflow as tf

x = tf.compat.v1.placeholder(tf.float32, [None, 3])
double = 2.0 * x
session = tf.compat.v1.Session()
print(session.run(double, {x: [[1.0, 2.0, 3.0]]}))
```

## Read instead

```python
import tensorflow as tf

x = tf.constant([[1.0, 2.0, 3.0]])
double = 2.0 * x
print(double.numpy())
```

## Known limits

Programs that use Keras as well are left as they are: its models do not train in that mode.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.model import Repair, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import mended

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    return mended(evidence, "needs-graph-mode", _message)


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    return (
        "TensorFlow 2 executes every operation at once, and this program builds a graph to be run in a "
        f"session: call `{evidence['call']}` after the import, or write it anew for TensorFlow 2."
    )
