"""The last batch of an epoch has fewer rows than the code takes for granted.

## What it finds

A loop over a pipeline or a `fit` that failed with its last batch, which has fewer rows than the others,
because something beside it has the full number of rows: labels, noise or weights of a fixed size.

## Why it is wrong

Where the number of examples is no multiple of the batch size, what is left over makes a smaller last batch.
The training runs for a whole epoch and then raises an error. Leave the rest out with `drop_remainder=True`,
or take the number of rows from the batch itself: `tf.shape(batch)[0]`.

## Example

```python
import keras
import numpy as np
import tensorflow as tf

images = np.random.normal(size=(70, 4)).astype("float32")
data = tf.data.Dataset.from_tensor_slices(images).shuffle(70).batch(32)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
real = np.ones((32, 1))
for batch in data:
    model.train_on_batch(batch, real)
```

## Read instead

```python
import keras
import numpy as np
import tensorflow as tf

images = np.random.normal(size=(70, 4)).astype("float32")
data = tf.data.Dataset.from_tensor_slices(images).shuffle(70).batch(32, drop_remainder=True)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
real = np.ones((32, 1))
for batch in data:
    model.train_on_batch(batch, real)
```

## Known limits

Only loops over `tf.data` pipelines, and `fit` of a model with a `train_step` of its own. Where a review
leaves them early, the last batch is tried before, or the step is traced for it: what only the computing
would show is not seen then.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity, SmallerBatch
from harness.rules._evidence import Evidence, Match
from harness.rules._pipelines import line_of, steps_to
from harness.rules._program import called, keyword
from harness.rules._smaller_batches import smaller_batch

SEVERITY = Severity.ERROR
NEEDS = "trace"

_TAKE = "Take the number of rows from the batch, by `tf.shape(batch)[0]`."
_DROP = "Write `drop_remainder=True`, or take the number of rows from the batch."


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        batch = smaller_batch(evidence, fault)
        if batch is None or fault.line is None:
            continue
        step = _cut(evidence, batch)
        message = (
            f"The last batch of an epoch (line {batch.line}) has {batch.rows} rows, the others have "
            f"{batch.before}, and line {fault.line} takes all to have {batch.before}: it fails at the end of "
            f"an epoch. {_TAKE if step is None else _DROP}"
        )
        line = fault.line if step is None else line_of(step)
        found = {"rows": batch.rows, "before": batch.before, "fails_at": fault.line}
        yield Match(line, message, evidence=found, explains=(fault.seq,))


def _cut(evidence: Evidence, batch: SmallerBatch) -> ast.Call | None:
    """The step that cuts the pipeline into batches, or the program's only such step where a loop hides it."""
    at = [node for node in evidence.nodes if getattr(node, "lineno", None) == batch.line]
    fits = [node for node in at if isinstance(node, ast.Call) and called(node) == "fit"]
    given = next((given for node in at if (given := _gone_through(node)) is not None), None)
    steps = [step for step in steps_to(evidence, given) if _cuts(step)]
    if steps or fits:
        return steps[-1] if steps else None
    found = [node for node in evidence.nodes if isinstance(node, ast.Call) and _cuts(node)]
    return found[0] if len(found) == 1 else None


def _gone_through(node: ast.AST) -> ast.expr | None:
    """What a loop goes through, or a ``fit`` is given."""
    if isinstance(node, ast.Call) and called(node) == "fit":
        return node.args[0] if node.args else keyword(node, "x")
    given = node.iter if isinstance(node, ast.For) else None
    if isinstance(given, ast.Call) and called(given) == "enumerate" and given.args:
        return given.args[0]
    return given


def _cuts(node: ast.Call) -> bool:
    drop = keyword(node, "drop_remainder") or (node.args[1] if len(node.args) > 1 else None)
    kept = not (isinstance(drop, ast.Constant) and drop.value is True)
    return called(node) in {"batch", "padded_batch"} and isinstance(node.func, ast.Attribute) and kept
