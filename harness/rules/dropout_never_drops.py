"""Dropout drops nothing, because the model is called as if it were finished.

## What it finds

A model with a dropout layer that a hand-written step trains, in a loop or as a `train_step` for `fit`, where
the program calls it under its tape without `training=True`.

## Why it is wrong

Called without the flag, Keras takes a model for finished, and dropout hands everything on: the regularisation
that the layer is there for never takes place, and nothing says so. Write `model(x, training=True)` in the
training step.

## Example

```python
import keras
import tensorflow as tf

model = keras.Sequential(
    [keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
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
    [keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
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

Only where none of the calls under a tape is given the flag, and not where a class of models passes the flag
to its layers itself. Of the players of a GAN that `fit` trains, only those called with `training=False` are
told. A model that also has batch normalisation is told by what becomes of its statistics.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Call, ModelSeen, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import moves
from harness.rules._program import keyword
from harness.rules._training_flags import calls_under_tapes, flagged, passes_flag

SEVERITY = Severity.WARNING
NEEDS = "trace"
ECHO_OF = ("batch-statistics-never-updated",)

_DROPPING = {"Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianDropout"}


def find(evidence: Evidence) -> Iterator[Match]:
    players = {player for pair in evidence.pairs for player in (pair.generator, pair.discriminator)}
    for seen in evidence.models.values():
        if not _drops(evidence, seen):
            continue
        steps = [call for call in evidence.training if moves(call, seen.model)]
        if not steps or any(_with_keras_step(call) for call in steps):
            continue
        calls = calls_under_tapes(evidence, seen)
        if not calls or any(flagged(call) for call in calls):
            continue
        # Published steps of players for `fit` leave the flag out, and may be meant that way.
        left_out = all(keyword(call, "training") is None for call in calls)
        if seen.model in players and left_out and any(call.api == "fit" for call in steps):
            continue
        message = (
            f"`{evidence.name_of(seen.model)}` is called without `training=True` in its training step, so "
            "that its dropout drops nothing: give it that argument here."
        )
        yield Match(calls[0].lineno, message, evidence={"model": seen.model})


def _with_keras_step(call: Call) -> bool:
    """Whether Keras's own step trained, which always says so."""
    return call.api == "train_on_batch" or (call.api == "fit" and not call.steps)


def _drops(evidence: Evidence, seen: ModelSeen) -> bool:
    dropping = any(layer.kind in _DROPPING and layer.settings.get("rate") != 0 for layer in seen.layers)
    if not dropping or seen.contains:
        return False
    return seen.kind in {"Sequential", "Functional"} or not passes_flag(evidence, seen.kind)
