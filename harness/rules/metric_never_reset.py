"""A metric is never reset, so that each epoch's number is that of all epochs so far.

## What it finds

A metric of Keras that is made before a loop over epochs, updated by a hand-written step, and read in each
round of that loop, where nothing calls its `reset_state`.

## Why it is wrong

A metric gathers all that it is given until it is told to forget. The number of the tenth epoch is the mean
over ten epochs, the first among them: a model that has learned looks as if it had learned half, and one
that gets worse looks better than it is. `fit` resets its metrics by itself; a loop of one's own has to do
so at the beginning of each epoch.

## Example

```python
import keras
import numpy as np
import tensorflow as tf

x, y = np.random.normal(size=(64, 4)).astype("float32"), np.random.randint(0, 2, size=(64,))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam()
accuracy = keras.metrics.SparseCategoricalAccuracy()
for epoch in range(2):
    for start in range(0, 64, 16):
        with tf.GradientTape() as tape:
            logits = model(x[start:start + 16], training=True)
            loss = loss_of(y[start:start + 16], logits)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        accuracy.update_state(y[start:start + 16], logits)
    print(epoch, float(accuracy.result()))
```

## Read instead

```python
import keras
import numpy as np
import tensorflow as tf

x, y = np.random.normal(size=(64, 4)).astype("float32"), np.random.randint(0, 2, size=(64,))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam()
accuracy = keras.metrics.SparseCategoricalAccuracy()
for epoch in range(2):
    accuracy.reset_state()
    for start in range(0, 64, 16):
        with tf.GradientTape() as tape:
            logits = model(x[start:start + 16], training=True)
            loss = loss_of(y[start:start + 16], logits)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        accuracy.update_state(y[start:start + 16], logits)
    print(epoch, float(accuracy.result()))
```

## Known limits

Read from the text: the metric must be a variable of its own, and the loop over epochs must hold another
over batches. A program that resets metrics which the text does not name one by one, as in
`for m in metrics: m.reset_state()`, is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted, enclosing, loop_around, rounds

SEVERITY = Severity.WARNING
NEEDS = "source"

_RESETS = {"reset_state", "reset_states", "reset_metrics"}
_LOOPS = (ast.For, ast.While)


def find(evidence: Evidence) -> Iterator[Match]:
    calls = [node for node in evidence.nodes if isinstance(node, ast.Call)]
    reset = [names for call in calls if called(call) in _RESETS for names in [_reset(evidence, call)]]
    if None in reset:
        return
    known = {name for names in reset if names is not None for name in names}
    for name, made in _metrics(evidence):
        if name in known:
            continue
        read = [call for call in calls if dotted(call.func) == f"{name}.result"]
        updated = any(dotted(call.func) in {f"{name}.update_state", name} for call in calls)
        epochs = [(call, loop) for call in read if (loop := _over_epochs(evidence, call, made)) is not None]
        if updated and epochs:
            call, loop = min(epochs, key=lambda pair: pair[0].lineno)
            others = _others_reset(loop)
            message = (
                f"`{name}` (line {made.lineno}) is not among those that are reset here: what line "
                f"{call.lineno} reads after each epoch is the mean over all epochs so far. Reset it, too."
                if others is not None
                else f"`{name}` (line {made.lineno}) is never reset: what is read here after each epoch is "
                f"the mean over all epochs so far. Call `{name}.reset_state()` at the beginning of the body "
                f"of the loop (line {loop.lineno})."
            )
            line = call.lineno if others is None else others.lineno
            yield Match(line, message, evidence={"metric": name, "loop": loop.lineno})


def _others_reset(epochs: ast.For | ast.While) -> ast.For | None:
    """The loop, in the body of that over epochs, which resets metrics one after another."""
    for node in epochs.body:
        if isinstance(node, ast.For) and any(called(part) in _RESETS for part in ast.walk(node)):
            return node
    return None


def _reset(evidence: Evidence, call: ast.Call) -> frozenset[str] | None:
    """The metrics that a call resets, in a loop all those that it goes through; None where not known."""
    receiver = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else None
    loop = loop_around(evidence, call)
    if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name) and loop.target.id == receiver:
        listed = loop.iter.elts if isinstance(loop.iter, ast.Tuple | ast.List) else []
        names = [dotted(one) for one in listed]
        return frozenset(name for name in names if name) if names and all(names) else None
    return frozenset({receiver}) if receiver in {name for name, _ in _metrics(evidence)} else None


def _metrics(evidence: Evidence) -> Iterator[tuple[str, ast.Assign]]:
    """Variables that hold a metric, each bound once."""
    made: dict[str, list[ast.Assign]] = {}
    for node in evidence.nodes:
        if isinstance(node, ast.Assign):
            for name in (dotted(target) for target in node.targets):
                made.setdefault(name or "", []).append(node)
    for name, assigns in made.items():
        value = assigns[0].value
        path = dotted(value.func) if isinstance(value, ast.Call) else None
        if name and len(assigns) == 1 and path is not None and "metrics." in path:
            yield name, assigns[0]


def _over_epochs(evidence: Evidence, read: ast.Call, made: ast.Assign) -> ast.For | ast.While | None:
    """The loop around the place, with another inside it, that a metric made before it goes through."""
    loop = enclosing(evidence, read, *_LOOPS, ast.FunctionDef)
    while isinstance(loop, _LOOPS):
        nested = any(isinstance(node, _LOOPS) and node is not loop for node in ast.walk(loop))
        if nested and made not in ast.walk(loop) and rounds(loop) != 1:
            return loop
        loop = enclosing(evidence, loop, *_LOOPS, ast.FunctionDef)
    return None
