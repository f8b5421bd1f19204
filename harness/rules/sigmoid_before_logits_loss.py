"""The output of a sigmoid or softmax is handed to a loss that expects logits.

## What it finds

A model that ends in a sigmoid or softmax, trained with a loss that applies the squashing itself:
`from_logits=True`, a hand-written loss around `sigmoid_cross_entropy_with_logits`, or the logarithm of
another softmax, `log_softmax`. So is the difference of two outputs that such a loss is given, as
relativistic losses do.

## Why it is wrong

The output is squashed twice. A second sigmoid maps [0, 1] to [0.5, 0.73]; a second softmax over ten classes
gives the right one at most 0.23, however sure the model is. The loss cannot come near zero, and its
gradients are small. With a built-in loss, Keras on TensorFlow looks behind the sigmoid or softmax and takes
its input where the two meet directly, so that the training goes on as if right and warns; on JAX and torch,
and with a hand-written loss, nothing mends it.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers, losses
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) / 127.5 - 1

generator = Sequential(
    [Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(784, activation="tanh")]
)
discriminator = Sequential(
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(loss=losses.BinaryCrossentropy(from_logits=True), optimizer="adam")
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) / 127.5 - 1

generator = Sequential(
    [Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(784, activation="tanh")]
)
discriminator = Sequential(
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))
```

## Known limits

A hand-written loss is looked up by its name in the article's text. Losses computed in a loop around a
gradient tape are judged only where every cross-entropy of the program takes logits, or where the text shows
which model's output they are given.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._activations import output_activation
from harness.rules._evidence import Evidence, Match
from harness.rules._losses import (
    asks_for_logits,
    backend,
    ends,
    first_compiles,
    flag_line,
    functions,
    innermost,
    logits_call,
    object_line,
    subject,
    taken,
)
from harness.rules._makers import maker
from harness.rules._places import output_line
from harness.rules._players import pairs
from harness.rules._program import called, keyword
from harness.rules._tapes import bound_to, scope

SEVERITY = Severity.ERROR
NEEDS = "trace"

_SQUASHED = {"sigmoid", "softmax"}
_OWN_FUNCTIONS = {
    "sigmoid_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits",
    "sparse_softmax_cross_entropy_with_logits",
}
_LOGARITHMS = {"log_softmax", "log_sigmoid"}
_MEANS = {"mean", "reduce_mean"}


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int | None] = set()
    ways = (*_compiled(evidence), *_hand_written_step(evidence), *_taken(evidence), *_handed(evidence))
    for match in ways:
        # A squashing that is written once is one mistake, however many models are built with it.
        at, model = match.evidence["activation_at"], match.evidence["model"]
        mark = at if at is not None or model is None else -innermost(evidence, model)
        # Of predictions of unknown models it is only known that some are squashed: one finding says it.
        if mark not in told and (mark is not None or not told):
            told.add(mark)
            yield match


def _taken(evidence: Evidence) -> Iterator[Match]:
    """Losses that the program takes itself of a model's output."""
    for event in taken(evidence, logits=True):
        activation = ends(evidence, event)
        if activation is not None and activation in _SQUASHED:
            mended = backend(evidence) == "tensorflow"
            line = flag_line(evidence, event.line) or object_line(evidence, event)
            yield _match(evidence, event.model, activation, line, mended=mended)


def _compiled(evidence: Evidence) -> Iterator[Match]:
    written = functions(evidence)
    told: set[int] = set()
    for event in first_compiles(evidence):
        inner = innermost(evidence, event.model)
        activation = output_activation(evidence, event.model)
        # A discriminator inside a combined model makes the same mistake twice; it is marked once.
        if activation not in _SQUASHED or event.line is None or inner in told:
            continue
        told.add(inner)
        own = [written[name] for name in event.losses if name in written]
        inside = next((call for function in own if (call := logits_call(evidence, function))), None)
        if inside is not None:
            line = flag_line(evidence, inside.lineno) or inside.lineno
            yield _match(evidence, event.model, activation, line, mended=False)
        elif event.from_logits and not own:
            line = flag_line(evidence, event.line) or event.line
            yield _match(evidence, event.model, activation, line, mended=backend(evidence) == "tensorflow")


def _match(evidence: Evidence, model: int | None, activation: str, line: int, *, mended: bool) -> Match:
    at = None if model is None else output_line(evidence, innermost(evidence, model))
    where = f" (line {at})" if at is not None else ""
    message = (
        f"This loss expects logits, but {subject(evidence, model)} ends in a {activation}{where}: "
        f"its output is squashed twice. Take the {activation} out, or let the loss expect probabilities."
    )
    if mended:
        message += " Keras on TensorFlow mends it by looking behind the activation; no other backend does."
    return Match(
        line,
        message,
        evidence={"model": model, "activation": activation, "activation_at": at},
        severity=Severity.WARNING if mended else None,
    )


def _hand_written_step(evidence: Evidence) -> Iterator[Match]:
    """A discriminator that no compile gave a loss: the tape's losses must all take logits."""
    for pair in pairs(evidence):
        activation = output_activation(evidence, pair.discriminator)
        trained = any(call.api in {"function", "apply"} for call in evidence.training)
        if activation not in _SQUASHED or not trained or list(evidence.compiled(pair.discriminator)):
            continue
        calls = [node for node in evidence.nodes if isinstance(node, ast.Call)]
        crossentropies = [
            node for node in calls if called(node) in {"BinaryCrossentropy", "binary_crossentropy"}
        ]
        taking = [node for node in calls if asks_for_logits(node)]
        taking += [node for node in calls if called(node) == "sigmoid_cross_entropy_with_logits"]
        if taking and all(asks_for_logits(node) for node in crossentropies):
            line = min(flag_line(evidence, node.lineno) or node.lineno for node in taking)
            yield _match(evidence, pair.discriminator, activation, line, mended=False)


def _handed(evidence: Evidence) -> Iterator[Match]:
    """What a model puts out, handed to the framework's own function as logits."""
    if not evidence.training:
        return
    for node in evidence.nodes:
        logits = _logits(node)
        if logits is None or not isinstance(node, ast.Call):
            continue
        squashed = _squashing(evidence, logits)
        if squashed is not None:
            written = called(squashed) or ""
            message = (
                f"This loss expects logits, but is given what line {squashed.lineno} puts through a "
                f"{written}: it is squashed twice. Hand over the values before."
            )
            found = {"model": None, "activation": written, "activation_at": squashed.lineno}
            yield Match(node.lineno, message, evidence=found)
            continue
        made = {maker(evidence, side) for side in _sides(evidence, logits)}
        model = made.pop() if len(made) == 1 else None
        activation = output_activation(evidence, model)
        if model is not None and activation in _SQUASHED and activation is not None:
            yield _match(evidence, model, activation, node.lineno, mended=False)


def _logits(node: ast.AST) -> ast.expr | None:
    """What a call of one of the framework's own functions takes for logits."""
    if not isinstance(node, ast.Call):
        return None
    if called(node) in _LOGARITHMS:
        return node.args[0] if node.args else keyword(node, "logits")
    return keyword(node, "logits") if called(node) in _OWN_FUNCTIONS else None


def _sides(evidence: Evidence, logits: ast.expr) -> list[ast.expr]:
    """The two scores whose difference is handed over, or what is, as it is; a score may be a mean."""
    if isinstance(logits, ast.Name):
        made = bound_to(scope(evidence, logits), logits.id, logits.lineno)
        if made is not None and isinstance(made.value, ast.BinOp):
            logits = made.value
    if not isinstance(logits, ast.BinOp) or not isinstance(logits.op, ast.Sub):
        return [logits]
    sides = []
    for side in (logits.left, logits.right):
        averaged = isinstance(side, ast.Call) and called(side) in _MEANS and side.args
        sides.append(side.args[0] if averaged and isinstance(side, ast.Call) else side)
    return sides


def _squashing(evidence: Evidence, logits: ast.expr) -> ast.Call | None:
    """The call of an activation whose result is handed over as logits."""
    if isinstance(logits, ast.Name):
        made = bound_to(scope(evidence, logits), logits.id, logits.lineno)
        plain = made is not None and isinstance(made.targets[0], ast.Name)
        logits = made.value if made is not None and plain else logits
    squashes = isinstance(logits, ast.Call) and called(logits) in _SQUASHED
    return logits if squashes and isinstance(logits, ast.Call) else None
