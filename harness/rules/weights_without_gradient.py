"""The loss does not depend on some of the weights that a step is to train.

## What it finds

An optimizer that is given no gradient for some of its variables, as Keras warns: these stand still while the
others move.

## Why it is wrong

A gradient that is missing was cut on the way: by a choice such as `argmax`, by numbers rounded to integers,
by a quantisation without a way around it, or because a layer's output is never used. What is not moved keeps
the random numbers it began with.

## Example

```python
import keras
import tensorflow as tf

encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
decoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8)])
optimizer = keras.optimizers.Adam()
variables = encoder.trainable_variables + decoder.trainable_variables

x = tf.random.normal((16, 8))
for step in range(3):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((decoder(tf.round(encoder(x))) - x) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
```

## Read instead

```python
import keras
import tensorflow as tf

encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])
decoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8)])
optimizer = keras.optimizers.Adam()
variables = encoder.trainable_variables + decoder.trainable_variables

x = tf.random.normal((16, 8))
for step in range(3):
    with tf.GradientTape() as tape:
        code = encoder(x)
        code = code + tf.stop_gradient(tf.round(code) - code)
        loss = tf.reduce_mean((decoder(code) - x) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
```

## Known limits

Told by Keras's own warning, where an optimizer is applied; the mistake itself is further up, where the
gradient is lost. What one step of a model leaves out and another does not is taken for tasks in turns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model import Noticed, Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.WARNING
NEEDS = "trace"
ECHO_OF = (
    "gradient-cut",
    "generator-never-updated",
    "discriminator-never-updated",
    "wrong-variables-in-apply",
    "loss-term-not-added",
    "latent-without-noise",
    "network-never-trained",
)

_MISSING = re.compile(r"^Gradients do not exist for variables \[(.*?)\]", re.DOTALL)


def find(evidence: Evidence) -> Iterator[Match]:
    for line, layers in _never(evidence):
        whole = [f"`{name}`" for name in _models(evidence, set(layers))]
        named = " and ".join(whole) if whole else f"the layers {', '.join(layers[:4])}"
        message = (
            f"The loss has no gradient for the weights of {named}: they are never trained. Look for what "
            "cuts the way from there to the loss."
        )
        yield Match(line, message, evidence={"layers": layers})


def _never(evidence: Evidence) -> Iterator[tuple[int, list[str]]]:
    """The layers that no step of a model reaches, and the line of the first: tasks may take turns."""
    by_line: dict[int, set[str]] = {}
    for event in evidence.of(Noticed):
        found = _MISSING.match(event.message)
        if found is not None and event.line is not None:
            layers = {part.strip().strip("'").rpartition("/")[0] for part in found[1].split(",")}
            by_line[event.line] = by_line.get(event.line, layers) & layers
    by_model: dict[int, tuple[int, set[str]]] = {}
    for line, layers in by_line.items():
        if not layers:
            continue
        holder = _holder(evidence, layers)
        key = -line if holder is None else holder
        first, before = by_model.get(key, (line, layers))
        by_model[key] = first, before & layers
    for line, layers in by_model.values():
        if layers:
            yield line, sorted(layers)


def _holder(evidence: Evidence, layers: set[str]) -> int | None:
    """A model among whose layers all of these are."""
    for seen in evidence.models.values():
        if layers <= {layer.name for layer in seen.layers}:
            return seen.model
    return None


def _models(evidence: Evidence, layers: set[str]) -> Iterator[str]:
    """The models all of whose layers with weights are among these."""
    for seen in evidence.models.values():
        own = {layer.name for layer in seen.layers if layer.parameters}
        if own and own <= layers and seen.names:
            yield seen.names[0]
