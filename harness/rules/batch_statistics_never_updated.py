"""Batch normalisation never learns its statistics.

## What it finds

A model with batch normalisation that a hand-written step trains, calling it without `training=True`, so that
the layer's moving mean and variance never change.

## Why it is wrong

Called without the flag, Keras takes a model for finished: batch normalisation uses its moving statistics,
which are still those it began with, and normalises nothing; dropout drops nothing. Write `model(x,
training=True)` in the training step.

## Example

```python
import keras
import tensorflow as tf

model = keras.Sequential(
    [
        keras.Input((4,)),
        keras.layers.Dense(8),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(1),
    ]
)
optimizer = keras.optimizers.Adam()
for step in range(4):
    x = tf.random.normal((16, 4))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x) - 1.0))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## Read instead

```python
import keras
import tensorflow as tf

model = keras.Sequential(
    [
        keras.Input((4,)),
        keras.layers.Dense(8),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(1),
    ]
)
optimizer = keras.optimizers.Adam()
for step in range(4):
    x = tf.random.normal((16, 4))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x, training=True) - 1.0))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## Known limits

Only where no call of that model's under a tape is given a flag other than `training=False`, and that one only
in programs that load no weights. A model that is trained by `fit` with Keras's own step is always called with
the flag.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, ModelSeen, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import moves
from harness.rules._program import keyword
from harness.rules._training_flags import calls_under_tapes, flagged, passes_flag

SEVERITY = Severity.WARNING
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    for seen in evidence.models.values():
        if not _normalises(evidence, seen):
            continue
        steps = [call for call in evidence.training if moves(call, seen.model)]
        if not steps or any(_updated(call, seen.model) or call.api == "train_on_batch" for call in steps):
            continue
        if any(call.api == "fit" and call.model == seen.model and not call.steps for call in steps):
            continue
        calls = calls_under_tapes(evidence, seen)
        if not calls or any(flagged(call) for call in calls) or _made_elsewhere(evidence, calls):
            continue
        message = (
            f"`{evidence.name_of(seen.model)}` is called without `training=True` in its training step, so "
            "that its batch normalisation never learns the batch's statistics and normalises nothing: give "
            "it "
            "that argument here."
        )
        yield Match(calls[0].lineno, message, evidence={"model": seen.model})


def _normalises(evidence: Evidence, seen: ModelSeen) -> bool:
    """Whether a model holds batch normalisation, also in blocks inside it that nothing else calls."""
    blocks = [evidence.models[number] for number in seen.contains if number in evidence.models]
    own = any(layer.kind == "BatchNormalization" for one in (seen, *blocks) for layer in one.layers)
    named = any(block.names for block in blocks)
    kept = seen.kind in {"Sequential", "Functional"} or not passes_flag(evidence, seen.kind)
    return own and bool(seen.names) and not named and kept


def _updated(call: Call, model: int) -> bool:
    return any(moved.model == model and moved.other > 0 for moved in call.moved)


def _made_elsewhere(evidence: Evidence, calls: list[ast.Call]) -> bool:
    """Whether ``training=False`` may keep statistics that were learned before: those of loaded weights."""
    if all(keyword(call, "training") is None for call in calls):
        return False
    loading = {"load_weights", "load_model", "set_weights", "restore", "from_pretrained", "applications"}
    return any(isinstance(node, ast.Attribute) and node.attr in loading for node in evidence.nodes)
