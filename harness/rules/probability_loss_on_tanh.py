"""Binary cross-entropy is computed on the output of a tanh.

## What it finds

A model compiled with binary cross-entropy whose last activation is tanh, where the model is trained
with it, or where the article trains nothing at all.

## Why it is wrong

Tanh puts out values in [-1, 1]. Binary cross-entropy is defined on (0, 1): half of the outputs are
cut off to zero, where the gradient vanishes. A generator that ends in tanh is right; a
cross-entropy belongs to the discriminator's answer, not to the image.

## Example

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
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="tanh")]
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

A generator that is compiled this way and then only trained through the discriminator is left alone:
its compile does nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._activations import output_activation
from harness.rules._evidence import Evidence, Match
from harness.rules._losses import (
    PROBABILITY_LOSS,
    first_compiles,
    functions,
    innermost,
    taken,
    takes_probabilities,
    used,
)
from harness.rules._makers import maker
from harness.rules._places import output_line
from harness.rules._players import moves, pairs
from harness.rules._program import called, keyword, method_calls, reachable_training, training_sites

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int | None] = set()
    for event in first_compiles(evidence):
        if event.line is None or not takes_probabilities(event):
            continue
        if output_activation(evidence, event.model) != "tanh":
            continue
        # A discriminator inside a combined model makes the same mistake twice; it is marked once.
        at = output_line(evidence, innermost(evidence, event.model))
        trained = used(evidence, event) is not None
        if not trained and (evidence.training or reachable_training(evidence)):
            continue
        if at in told:
            continue
        told.add(at)
        yield _match(evidence, event.line, event.model, None if trained else Severity.WARNING)
    yield from _several(evidence)
    yield from _taken(evidence, told)


def _match(evidence: Evidence, line: int, model: int, severity: Severity | None = None) -> Match:
    at = output_line(evidence, innermost(evidence, model))
    message = (
        f"Binary cross-entropy needs values in [0, 1], but `{evidence.name_of(model)}` ends in tanh "
        f"(line {at}), which makes values in [-1, 1]. "
    )
    compiled = any(event.model == model for event in evidence.compiles)
    if compiled and any(pair.generator == innermost(evidence, model) for pair in pairs(evidence)):
        message += "A generator needs no loss of its own: train it through the discriminator."
    else:
        message += "Take a loss for such values, as the mean squared error, or end in a sigmoid."
    return Match(line, message, evidence={"model": model, "output_at": at}, severity=severity)


def _taken(evidence: Evidence, told: set[int | None]) -> Iterator[Match]:
    """Binary cross-entropies that a step takes itself, of a network's output as it is."""
    models = [use.model for use in taken(evidence, logits=False) if use.name == PROBABILITY_LOSS]
    own = functions(evidence)
    for node in evidence.nodes:
        if isinstance(node, ast.Call) and called(node) == PROBABILITY_LOSS and PROBABILITY_LOSS not in own:
            models += [maker(evidence, node.args[1])] if len(node.args) == 2 and not node.keywords else []
    for model in models:
        if model is None or not any(moves(call, model) for call in evidence.training):
            continue
        at = output_line(evidence, innermost(evidence, model))
        if at is not None and at not in told and output_activation(evidence, model) == "tanh":
            told.add(at)
            yield _match(evidence, at, model)


def _several(evidence: Evidence) -> Iterator[Match]:
    """A model with several outputs, built or not: its text names the networks that they come from."""
    for site in method_calls(evidence):
        loss = keyword(site.node, "loss") if site.method == "compile" else None
        if loss is None or not _trained(evidence, site.receiver):
            continue
        losses = [n.value for n in ast.walk(loss) if isinstance(n, ast.Constant)]
        if not losses or set(losses) != {PROBABILITY_LOSS}:
            continue
        for name in _outputs(evidence, site.receiver):
            model = next((m.model for m in evidence.models.values() if name in m.names), None)
            if model is not None and output_activation(evidence, model) == "tanh":
                yield _match(evidence, site.line, model)


def _trained(evidence: Evidence, receiver: str) -> bool:
    return any(site.receiver == receiver for site in training_sites(evidence))


def _outputs(evidence: Evidence, name: str) -> list[str]:
    """The networks whose own output is an output of the model that a variable was to hold."""
    found: list[ast.AST] = []
    for node in evidence.nodes:
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == name for t in node.targets
        ):
            value = node.value
            outputs = keyword(value, "outputs") if isinstance(value, ast.Call) else None
            found += [] if outputs is None else list(ast.walk(outputs))
    ends = [n for n in found if isinstance(n, ast.Attribute) and n.attr in {"output", "outputs"}]
    return [ast.unparse(node.value) for node in ends]
