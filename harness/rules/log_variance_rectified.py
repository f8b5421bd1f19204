"""The log variance of a variational autoencoder comes out of an activation that is never negative.

## What it finds

A layer whose output is taken for the logarithm of a variance, as the divergence in the loss shows, and whose
activation lets no negative number pass: `relu`, `softplus` or `sigmoid`.

## Why it is wrong

A logarithm that is never negative is the logarithm of a variance of 1 or more. The codes of all examples
are spread as widely as the whole space of codes, and overlap: the decoder hardly learns what they stand for.
A log variance may be any number; its layer needs no activation.

## Example

```python
import keras
from keras import layers, ops

inputs = keras.Input((784,))
hidden = layers.Dense(64, activation="relu")(inputs)
z_mean = layers.Dense(2)(hidden)
z_log_var = layers.Dense(2, activation="relu")(hidden)
encoder = keras.Model(inputs, [z_mean, z_log_var])


def kl_loss(z_mean, z_log_var):
    return -0.5 * ops.mean(ops.sum(1 + z_log_var - ops.square(z_mean) - ops.exp(z_log_var), axis=1))
```

## Read instead

```python
import keras
from keras import layers, ops

inputs = keras.Input((784,))
hidden = layers.Dense(64, activation="relu")(inputs)
z_mean = layers.Dense(2)(hidden)
z_log_var = layers.Dense(2)(hidden)
encoder = keras.Model(inputs, [z_mean, z_log_var])


def kl_loss(z_mean, z_log_var):
    return -0.5 * ops.mean(ops.sum(1 + z_log_var - ops.square(z_mean) - ops.exp(z_log_var), axis=1))
```

## Known limits

Read from the text: the layer must be bound to the name, or make the value of the name, that stands in the
divergence, as `z_log_var = Dense(...)(h)` or `self.log_var = Dense(...)` do.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._kl import divergences, last
from harness.rules._program import called, dotted, keyword

SEVERITY = Severity.ERROR
NEEDS = "source"

_NEVER_NEGATIVE = frozenset({"relu", "relu6", "softplus", "sigmoid"})


def find(evidence: Evidence) -> Iterator[Match]:
    names = {last(one.log_variance) for one in divergences(evidence)}
    assigned = [
        (last(dotted(node.targets[0])), node.value)
        for node in evidence.nodes
        if isinstance(node, ast.Assign) and len(node.targets) == 1
    ]
    # ``log_var = self.spread(h)``: the layer has another name than what it puts out.
    names |= {
        last(dotted(value.func)) for name, value in assigned if name in names and isinstance(value, ast.Call)
    }
    for name, value in assigned:
        layer = _layer(value)
        activation = None if layer is None else _activation(layer)
        if not name or name not in names or layer is None or activation not in _NEVER_NEGATIVE:
            continue
        message = (
            f"`{name}` is the logarithm of a variance, and {activation} lets no negative one pass: no "
            "variance can be below 1, so that all codes overlap. Leave the activation out."
        )
        found = {"log_variance": name, "activation": activation}
        yield Match(layer.lineno, message, end_line=layer.end_lineno, evidence=found)


def _layer(value: ast.expr) -> ast.Call | None:
    """The constructor in ``Dense(2, ...)`` and in ``Dense(2, ...)(h)``."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Call):
        value = value.func
    return value if isinstance(value, ast.Call) and called(value) in {"Dense", "Conv2D"} else None


def _activation(layer: ast.Call) -> str | None:
    place = 1 if called(layer) == "Dense" else None
    given = keyword(layer, "activation")
    if given is None and place is not None and len(layer.args) > place:
        given = layer.args[place]
    if isinstance(given, ast.Constant):
        return str(given.value)
    return None if given is None else last(dotted(given))
