"""The generator gets the same noise in every step.

## What it finds

Noise that is drawn once, before the training loop, and fed to the generator in each of its steps;
a random seed that is set inside that loop; or a table of nothing but one number, such as zeros.

## Why it is wrong

The generator then only learns what to make of these few vectors. Anything else drawn from the
latent space was never trained: new samples look like nothing. Draw new noise in every step.

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

noise = np.random.normal(size=(16, 16))
for step in range(4):
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

Fixed noise for looking at the progress is good practice and no finding: only training calls are
looked at, and only noise that is fed as it is, not drawn from by an index.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Call, Severity
from harness.rules._data_places import argument, bound_before
from harness.rules._evidence import Evidence, Match
from harness.rules._made_at import made_at
from harness.rules._players import holds, pairs
from harness.rules._program import called, dotted, enclosing, loop_around, loop_at, method_calls
from harness.rules._tapes import FUNCTIONS, bound_to, gradients, scope

SEVERITY = Severity.WARNING
NEEDS = "trace"

_STEPS = 4
_RANDOM = frozenset({"normal", "uniform", "randn", "rand", "standard_normal", "truncated_normal"})


def find(evidence: Evidence) -> Iterator[Match]:
    found = pairs(evidence)
    makers = {model for pair in found for model in (pair.generator, pair.combined) if model is not None}
    makers |= {m for m in evidence.models for pair in found if holds(evidence, m, pair.generator)}
    told: set[int] = set()
    for call in evidence.training:
        loop = loop_at(evidence, call.line)
        if call.model not in makers or loop is None or not call.inputs:
            continue
        if _is_one_number(call):
            line: int | None = made_at(evidence, argument(evidence, call, 0), call.line or loop.lineno)
            message = "The generator is trained on the same number in place of noise; draw random numbers."
        elif call.inputs[0].origin == "random":
            line = bound_before(evidence, argument(evidence, call, 0), loop) or _seeded(evidence, loop)
            message = (
                "The generator is trained on the same noise in every round; draw new noise inside the loop."
            )
        else:
            continue
        if line is not None and line not in told:
            told.add(line)
            yield Match(line, message, evidence={"call": call.line})
    yield from _in_steps(evidence, told)


def _in_steps(evidence: Evidence, told: set[int]) -> Iterator[Match]:
    """Hand-written steps that give the generator numbers drawn once, outside of any loop."""
    steps = [step for call in evidence.training for step in call.steps]
    for pair in pairs(evidence):
        lines = {step.line for step in steps if pair.generator in step.trained}
        names = {name.rpartition(".")[2] for name in evidence.models[pair.generator].names}
        for taken in gradients(evidence, evidence.tree):
            around = scope(evidence, taken.node)
            if taken.node.lineno not in lines or not isinstance(around, FUNCTIONS):
                continue
            made = [_drawn_once(evidence, around, node) for node in ast.walk(around) if _calls(node, names)]
            line = made[0] if made and made[0] is not None and set(made) == {made[0]} else None
            if line is not None and line not in told:
                told.add(line)
                message = (
                    "These numbers are drawn once, and the generator is trained on them in every step; draw "
                    "new ones inside the step."
                )
                yield Match(line, message, evidence={"call": taken.node.lineno})


def _calls(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Call) and bool(node.args) and called(node) in names


def _drawn_once(evidence: Evidence, around: ast.AST, node: ast.AST) -> int | None:
    """Where what a model is called on was drawn at random, at the top or as an object's own."""
    given = node.args[0] if isinstance(node, ast.Call) else None
    for _ in range(_STEPS):
        name = dotted(given) if given is not None else None
        if name is None or given is None:
            return None
        if isinstance(given, ast.Name) and any(
            a.arg == name for a in ast.walk(around) if isinstance(a, ast.arg)
        ):
            return None
        inside = bound_to(around, name, given.lineno) if isinstance(given, ast.Name) else None
        if inside is not None:
            given = inside.value
            continue
        bound = [n for n in evidence.nodes if isinstance(n, ast.Assign) and dotted(n.targets[0]) == name]
        return bound[0].lineno if len(bound) == 1 and _is_once(evidence, bound[0]) else None
    return None


def _is_once(evidence: Evidence, made: ast.Assign) -> bool:
    """Whether a statement draws numbers at random and is run once: at the top, or where an object is made."""
    around = enclosing(evidence, made, *FUNCTIONS)
    home = around is None or getattr(around, "name", "") == "__init__"
    return home and called(made.value) in _RANDOM and loop_around(evidence, made) is None


def _is_one_number(call: Call) -> bool:
    """Whether all that a call is fed is one table in which each number is the same."""
    table = call.inputs[0]
    same = table.distinct is not None and len(table.distinct) == 1
    return len(call.inputs) == 1 and same and len(table.shape) == 2 and min(table.shape) > 1


def _inside(line: int, loop: ast.For | ast.While) -> bool:
    return loop.lineno <= line <= (loop.end_lineno or loop.lineno)


def _seeded(evidence: Evidence, loop: ast.For | ast.While) -> int | None:
    for site in method_calls(evidence):
        fixed = site.node.args and isinstance(site.node.args[0], ast.Constant)
        if site.method in {"seed", "set_seed", "set_random_seed"} and fixed and _inside(site.line, loop):
            return site.line
    return None
