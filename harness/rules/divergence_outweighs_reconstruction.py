"""The divergence of a variational autoencoder weighs a hundred times as much as the reconstruction.

## What it finds

A loss that adds the divergence, summed over the code, to an error of the reconstruction that is a mean over
the numbers of an example, of which there are a hundred or more; a mean beside a mean, where an example has a
hundred times as many numbers as its code; or a divergence that is multiplied by a hundred or more. The error
may be the loss that the model is compiled with, and the divergence what it hands to `add_loss`.

## Why it is wrong

The bound that a variational autoencoder maximises is a sum over all numbers of an example, less the
divergence. A mean in the place of the sum makes the divergence weigh as many times more as an example has
numbers: 784 times for images of MNIST. Then the cheapest code is one that says nothing, and the decoder puts
out the mean image for every input. Sum the error over the numbers of an example, or divide the divergence by
how many there are.

## Example

```python
import keras
import numpy as np
import tensorflow as tf
from keras import layers

(x_train, _), _ = keras.datasets.mnist.load_data()
x_train = x_train[:256].reshape(-1, 784).astype("float32") / 255


class VAE(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(4)])
        self.decoder = keras.Sequential(
            [layers.Dense(64, activation="relu"), layers.Dense(784, activation="sigmoid")]
        )

    def train_step(self, x):
        with tf.GradientTape() as tape:
            z_mean, z_log_var = tf.split(self.encoder(x), 2, axis=1)
            z = z_mean + tf.exp(0.5 * z_log_var) * tf.random.normal(tf.shape(z_mean))
            error = tf.reduce_mean(keras.losses.binary_crossentropy(x, self.decoder(z)))
            kl = -0.5 * tf.reduce_sum(1 + z_log_var - tf.square(z_mean) - tf.exp(z_log_var), axis=1)
            loss = error + tf.reduce_mean(kl)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
        return {"loss": loss}


vae = VAE()
vae.compile(optimizer="adam")
vae.fit(x_train, batch_size=64, verbose=0)
```

## Read instead

```python
import keras
import numpy as np
import tensorflow as tf
from keras import layers

(x_train, _), _ = keras.datasets.mnist.load_data()
x_train = x_train[:256].reshape(-1, 784).astype("float32") / 255


class VAE(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(4)])
        self.decoder = keras.Sequential(
            [layers.Dense(64, activation="relu"), layers.Dense(784, activation="sigmoid")]
        )

    def train_step(self, x):
        with tf.GradientTape() as tape:
            z_mean, z_log_var = tf.split(self.encoder(x), 2, axis=1)
            z = z_mean + tf.exp(0.5 * z_log_var) * tf.random.normal(tf.shape(z_mean))
            error = 784 * tf.reduce_mean(keras.losses.binary_crossentropy(x, self.decoder(z)))
            kl = -0.5 * tf.reduce_sum(1 + z_log_var - tf.square(z_mean) - tf.exp(z_log_var), axis=1)
            loss = error + tf.reduce_mean(kl)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
        return {"loss": loss}


vae = VAE()
vae.compile(optimizer="adam")
vae.fit(x_train, batch_size=64, verbose=0)
```

## Known limits

Read from the text, where error and divergence are made in the function that adds them or in one that it
calls. The size of a code is that of what the decoder takes in. A factor that is no number is not judged.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from harness.model import ModelSeen, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._losses import functions
from harness.rules._players import units
from harness.rules._program import called
from harness.rules._scales import Term, term

SEVERITY = Severity.WARNING
NEEDS = "trace"

_TOO_MUCH = 100
_MEANS = frozenset({"binary_crossentropy", "mean_squared_error", "mean_absolute_error"})
_HALF = 0.5  # the divergence is half of the sum that is written out


def find(evidence: Evidence) -> Iterator[Match]:
    shape = _example(evidence)
    if shape is None:
        return
    size = math.prod(shape)
    for sides in _sums(evidence):
        terms = [found for side in sides if (found := term(evidence, side)) is not None]
        divergences = [one for one in terms if one.is_divergence and one.over in {"sum", "mean"}]
        errors = [one for one in terms if not one.is_divergence]
        if not len(divergences) == len(errors) == 1:
            continue
        averaged = _averaged(errors[0], shape)
        code = _code(evidence, size) if divergences[0].over == "mean" else 1
        if averaged is None or code is None:
            continue
        own = abs(divergences[0].factor / _HALF / errors[0].factor) / code
        times = own * (size if averaged else 1)
        if times >= _TOO_MUCH:
            yield _match(divergences[0], errors[0], size, times, code, by_itself=own >= _TOO_MUCH)
    yield from _added(evidence, size)


def _sums(evidence: Evidence) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The two sides of every sum, ``a + b`` or ``a += b``."""
    for node in evidence.nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            yield node.left, node.right
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            yield node.target, node.value


def _added(evidence: Evidence, size: int) -> Iterator[Match]:
    """A divergence that a model hands to `add_loss`, beside the mean that it was compiled with."""
    trained = {call.model for call in evidence.training if call.model is not None and call.error is None}
    losses = {event.losses for model in trained for event in evidence.compiled(model)}
    if len({names[:1] for names in losses}) != 1 or any(len(names) != 1 for names in losses):
        return
    name = next(iter(losses))[0]
    own = _own_mean(evidence, name)
    if own is None and (name not in _MEANS or name in functions(evidence)):
        return
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) != "add_loss" or len(node.args) != 1:
            continue
        found = term(evidence, node.args[0])
        if found is None or not found.is_divergence or found.over not in {"sum", "mean"}:
            continue
        code = _code(evidence, size) if found.over == "mean" else 1
        times = 0 if code is None else abs(found.factor) / _HALF * size / code
        if times >= _TOO_MUCH and own is not None:
            message = (
                f"This loss is a mean over the {size} numbers of an example, so that the divergence which "
                f"the model adds to it (line {found.line}) weighs {times:.0f} times as much as it should, "
                f"and the decoder learns to ignore the code. Multiply the mean by {size}."
            )
            evidence_of = {"numbers": size, "times": times}
            yield Match(own.lineno, message, end_line=own.end_lineno, evidence=evidence_of)
        elif times >= _TOO_MUCH:
            message = (
                f"The loss that the model is compiled with ({name}) is a mean over the {size} numbers of an "
                f"example, so that this divergence weighs {times:.0f} times as much as it should, and the "
                f"decoder learns to ignore the code. Divide the sum over the code by {size}."
            )
            evidence_of = {"numbers": size, "times": times}
            yield Match(found.line, message, end_line=found.end_line, evidence=evidence_of)


def _own_mean(evidence: Evidence, loss: str) -> ast.Return | None:
    """Where a loss of the program's own returns one of Keras's that is a mean over an example's numbers."""
    written = functions(evidence).get(loss)
    returned = [node for node in ast.walk(written) if isinstance(node, ast.Return)] if written else []
    if len(returned) == 1 and returned[0].value is not None and called(returned[0].value) in _MEANS:
        return returned[0]
    return None


def _match(divergence: Term, error: Term, size: int, times: float, code: int, *, by_itself: bool) -> Match:
    found = {"numbers": size, "times": times}
    if by_itself:
        message = (
            f"The divergence weighs {times:.0f} times as much as it does in the bound that is maximised, so "
            "that the code comes to say nothing of its input: leave the factor out, or make it a small one."
        )
        return Match(divergence.line, message, end_line=divergence.end_line, evidence=found)
    kind = "a sum" if divergence.over == "sum" else f"one over the {code} of its code"
    message = (
        f"The error of the reconstruction is a mean over the {size} numbers of an example, and the "
        f"divergence (line {divergence.line}) {kind}: it weighs {times:.0f} times as much as it should, and "
        "the decoder learns to ignore the code. Sum "
        + (
            f"the error over the numbers of an example, or multiply it by {size}."
            if divergence.over == "sum"
            else "the error over the numbers of an example, and the divergence over those of the code."
        )
    )
    return Match(error.line, message, end_line=error.end_line, evidence=found)


def _averaged(error: Term, shape: tuple[int, ...]) -> bool | None:
    """Whether an error is a mean over the numbers of an example; None where that is not plain."""
    if error.over == "rows":
        return True if len(shape) == 1 else None
    return None if error.over == "each" else error.over == "mean"


def _code(evidence: Evidence, size: int) -> int | None:
    """How many numbers a code has: what the one model takes in that makes an example of fewer numbers."""
    taken = set(_fed_to_makers(evidence, size)) | {
        units(seen.input_shapes[0])
        for seen in evidence.models.values()
        if len(seen.input_shapes) == 1 and len(seen.input_shapes[0]) == 2 and _makes(seen, size)
    }
    smaller = {code for code in taken if code is not None and code < size}
    return smaller.pop() if len(smaller) == 1 else None


def _fed_to_makers(evidence: Evidence, size: int) -> Iterator[int]:
    """What hand-written steps feed models of no known shapes, one part of which makes such an example."""
    for fed in (fed for call in evidence.training for step in call.steps for fed in step.fed):
        seen = evidence.models.get(fed.model)
        if seen is None or seen.input_shapes or len(fed.array.shape) != 2:
            continue
        parts = [evidence.models[part] for part in seen.contains if part in evidence.models]
        if any(_makes(part, size) for part in parts):
            yield fed.array.shape[1]


def _makes(seen: ModelSeen, size: int) -> bool:
    return len(seen.output_shapes) == 1 and units(seen.output_shapes[0]) == size


def _example(evidence: Evidence) -> tuple[int, ...] | None:
    """The shape of one example, where everything that the program trains on has the same."""
    shapes = {call.inputs[0].shape[1:] for call in evidence.training if len(call.inputs) == 1}
    shape = next(iter(shapes)) if len(shapes) == 1 else ()
    return shape if shape and all(size > 0 for size in shape) else None
