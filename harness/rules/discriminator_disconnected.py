"""The discriminator is not connected to the generator's output.

## What it finds

A model made from one network's input and another network's output, although the second was never
called on the first; or a training step whose gradient reaches the generator without passing through
the discriminator.

## Why it is wrong

Both networks stand side by side. Keras refuses such a model, or, where it is accepted, the
discriminator's answer does not depend on the generator, so that there is nothing for the generator
to learn from.

## Example

```python
import numpy as np
from keras import Input, Model, Sequential, layers
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
gan = Model(generator.inputs, discriminator.outputs)
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
from keras import Input, Model, Sequential, layers
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
gan = Model(generator.inputs, discriminator(generator.outputs[0]))
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

Models put together in other ways are judged by what their training moves.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Fault, ModelSeen, Roles, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import generator_steps, pairs
from harness.rules._program import called, is_model_maker
from harness.rules._tapes import made_at

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("gan-without-its-players",)

_ENDS = {"input", "inputs", "output", "outputs"}


def find(evidence: Evidence) -> Iterator[Match]:
    makers = [n for n in evidence.nodes if isinstance(n, ast.Call) and is_model_maker(n)]
    for node in sorted(makers, key=lambda n: n.lineno):
        if called(node) != "Sequential":
            yield from _side_by_side(evidence, node)
    yield from _cut(evidence)
    for pair in pairs(evidence):
        yield from _of_others(evidence, pair)


def _of_others(evidence: Evidence, pair: Roles) -> Iterator[Match]:
    """A hand-written step whose loss for the generator takes in verdicts, but none on what it makes."""
    g, d = pair.generator, pair.discriminator
    steps = [
        s for c in evidence.training for s in c.steps if g in s.trained and d not in s.trained and s.exact
    ]
    judged = [[fed.array for fed in step.fed if fed.model == d] for step in steps]
    makers = [{array.origin_model for array in arrays} for arrays in judged]
    if not steps or any(not arrays for arrays in judged) or any(made != {None} for made in makers):
        return
    told = {f.array.origin_model for c in evidence.training for s in c.steps for f in s.fed if f.model == d}
    line = steps[0].line
    if g not in told or line is None:
        return
    name, judge = evidence.name_of(g), evidence.name_of(d)
    message = (
        f"The loss that trains `{name}` takes in what `{judge}` says of other examples, and never what it "
        f"says of those that `{name}` makes: `{judge}` teaches it nothing. Take it of the verdict on those."
    )
    yield Match(made_at(evidence, line), message, evidence={"from": name, "to": judge})


def _ends(node: ast.expr | None) -> list[tuple[str, str]]:
    """The ``name.input``-like parts of an argument, lists included: (name, attribute)."""
    items = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    bare = [item.value if isinstance(item, ast.Subscript) else item for item in items]
    return [
        (item.value.id, item.attr)
        for item in bare
        if isinstance(item, ast.Attribute) and isinstance(item.value, ast.Name) and item.attr in _ENDS
    ]


def _side_by_side(evidence: Evidence, node: ast.Call) -> Iterator[Match]:
    words = {word.arg: word.value for word in node.keywords}
    given = [words.get("inputs"), words.get("outputs")]
    for index, argument in enumerate(node.args[:2]):
        given[index] = argument
    roots = {name for name, _ in _ends(given[0])}
    for name, _ in _ends(given[1]):
        faults = _faults(evidence, node)
        if roots and name not in roots and all(_apart(evidence, root, name, bool(faults)) for root in roots):
            root = sorted(roots)[0]
            message = (
                f"`{name}` is not connected to `{root}`: its output here comes from an input of its own. "
                f"Call it on the other's output instead: `{name}({root}.outputs[0])`."
            )
            yield Match(
                node.lineno,
                message,
                end_line=node.end_lineno,
                evidence={"from": root, "to": name},
                explains=tuple(fault.seq for fault in faults),
            )
            return


def _faults(evidence: Evidence, node: ast.Call) -> list[Fault]:
    """Faults of this very expression that say that no path leads from input to output."""
    return [
        fault
        for fault in evidence.faults
        if fault.line is not None
        and fault.line <= (node.end_lineno or node.lineno)
        and fault.end_line >= node.lineno
        and fault.type == "ValueError"
    ]


def _apart(evidence: Evidence, one: str, other: str, failed: bool) -> bool:
    first, second = _model(evidence, one), _model(evidence, other)
    if first is None or second is None or first.model == second.model:
        return False
    related = second.model in (*first.shares, *first.contains) or first.model in second.contains
    # A functional model may have been built upon the other's output; then nothing failed.
    return not related and (failed or {first.kind, second.kind} == {"Sequential"})


def _model(evidence: Evidence, name: str) -> ModelSeen | None:
    return next((seen for seen in evidence.models.values() if name in seen.names), None)


def _cut(evidence: Evidence) -> Iterator[Match]:
    """Steps read from the graph that train the generator through anything but the discriminator."""
    for pair in pairs(evidence):
        own = [
            (call, step)
            for call in generator_steps(evidence, pair)
            for step in call.steps
            if pair.generator in step.trained
        ]
        if not own or any(pair.discriminator in step.through or not step.exact for _, step in own):
            continue
        line = own[0][0].line
        if line is None or own[0][0].model == pair.generator:
            continue
        message = (
            f"The loss that trains `{evidence.name_of(pair.generator)}` does not pass through "
            f"`{evidence.name_of(pair.discriminator)}`: compute it of what that says of generated examples."
        )
        found = {"model": pair.generator, "through": sorted(own[0][1].through)}
        yield Match(line, message, evidence=found, echo_of=(*ECHO_OF, "generator-trained-alone"))
