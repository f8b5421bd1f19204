"""A model is compiled anew in every round of its training loop, with a new optimizer each time.

## What it finds

`compile` inside a loop that trains the same model, given an optimizer by name or made on the spot.

## Why it is wrong

Each compile makes a new optimizer. Adam then never gets beyond its first step: its moving averages
are thrown away before they mean anything. Keras also builds its training function anew in every
round, which takes far longer than the update itself.

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
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.compile(loss="binary_crossentropy", optimizer="adam")
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

A model that is made anew in the loop, as in cross-validation or a parameter search, is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Compiled, Severity
from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence, Match
from harness.rules._program import (
    MethodCall,
    is_model_maker,
    keyword,
    loop_around,
    method_calls,
    training_sites,
)
from harness.rules._tapes import scope

SEVERITY = Severity.WARNING
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    yield from _applied(evidence)
    for site, events in compiles_in_training_loop(evidence):
        if events:
            reset = len({e.optimizer_id for e in events}) > 1 and len({e.model for e in events}) == 1
        else:
            # The run did not get here; a name or a constructor makes a new optimizer for certain.
            reset = isinstance(keyword(site.node, "optimizer"), ast.Constant | ast.Call)
        if reset:
            message = (
                f"`{site.receiver}` is compiled in every round of the loop: each time it gets a new "
                "optimizer, which starts from nothing, and its training function is built anew. Compile it "
                "once, "
                "before the loop."
            )
            yield Match(site.line, message, end_line=site.end_line, evidence={"receiver": site.receiver})


def _applied(evidence: Evidence) -> Iterator[Match]:
    """Hand-written loops in which every round applies an optimizer that has never been applied before."""
    lines = {call.line for call in evidence.training if call.api == "apply" and call.line is not None}
    for line in sorted(lines):
        calls = [call for call in evidence.training if call.api == "apply" and call.line == line]
        fresh = all(call.iterations == (0, 1) and call.count == 1 for call in calls)
        trained = {step.trained for call in calls for step in call.steps}
        if len(calls) < _ROUNDS or not fresh or len(trained) != 1 or () in trained:
            continue
        if len({call.optimizer_id for call in calls}) < len(calls) or calls[0].error is not None:
            continue
        made = _made_at(evidence, line)
        message = (
            "Every step makes an optimizer of its own here, which starts from nothing and is gone after one "
            "update: Adam's averages never come to mean anything. Make it once, before the loop."
        )
        yield Match(made or line, message, evidence={"applied_at": line, "rounds": len(calls)})


_ROUNDS = 3


def _made_at(evidence: Evidence, line: int) -> int | None:
    """Where the optimizer is made that is applied at a line, in the same function or loop."""
    for site in method_calls(evidence):
        if site.line <= line <= site.end_line and site.method in {"apply_gradients", "apply", "minimize"}:
            made = [a for a in assignments(evidence, site.receiver) if isinstance(a.value, ast.Call)]
            around, loop = scope(evidence, site.node), loop_around(evidence, site.node)
            inside = [
                a
                for a in made
                if (scope(evidence, a) is around and around is not evidence.tree)
                or (loop is not None and loop_around(evidence, a) is loop)
            ]
            return inside[-1].lineno if inside else None
    return None


def compiles_in_training_loop(evidence: Evidence) -> Iterator[tuple[MethodCall, list[Compiled]]]:
    """Every ``compile`` in a loop that trains the same model, with what the run saw of it."""
    for site in method_calls(evidence):
        if site.method == "compile" and _trained_in_same_loop(evidence, site):
            within = range(site.line, site.end_line + 1)
            yield site, [event for event in evidence.compiles if event.line in within]


def _trained_in_same_loop(evidence: Evidence, site: MethodCall) -> bool:
    loop = loop_around(evidence, site.node)
    if loop is None or _made_inside(evidence, site.receiver, loop):
        return False
    return any(
        other.receiver == site.receiver and loop.lineno <= other.line <= (loop.end_lineno or loop.lineno)
        for other in training_sites(evidence)
    )


def _made_inside(evidence: Evidence, name: str, loop: ast.For | ast.While) -> bool:
    inside = [
        a for a in assignments(evidence, name) if loop.lineno <= a.lineno <= (loop.end_lineno or loop.lineno)
    ]
    return any(is_model_maker(a.value) or isinstance(a.value, ast.Call) for a in inside)
