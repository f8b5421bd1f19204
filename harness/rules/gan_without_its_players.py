"""The combined model does not contain the players.

## What it finds

A functional or sequential model that the article uses as the whole of generator and discriminator
(by its name, `gan` or `combined`) and that holds neither of them: layers of its own instead, or
another copy of the discriminator than the one that is trained, or of the generator than the one
whose images the discriminator is shown.

## Why it is wrong

Layers share weights only when they are the same objects. Training a model made of fresh layers
leaves generator and discriminator untouched, and what it learns is thrown away.

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
gan = Sequential(
    [Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
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

A combined model under any other name than `gan`, `combined` or `adversarial` (with a prefix or
suffix) is left to the rules about what is trained.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import ModelSeen, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._places import model_line, model_places
from harness.rules._players import direct, holds, one_unit
from harness.rules._program import called, is_called

SEVERITY = Severity.ERROR
NEEDS = "trace"

# Words for the whole; one that goes on with "generator" or "disc" names a part.
_WHOLE = re.compile(r"(^|[a-z0-9]*_)[a-z]*(gan|combined|adversarial)(_?(model|net|network))?$", re.IGNORECASE)
_PART = re.compile(r"gen|disc|critic", re.IGNORECASE)


def find(evidence: Evidence) -> Iterator[Match]:
    for seen in evidence.models.values():
        name = next((name for name in seen.names if _means_the_whole(name)), None)
        line = model_line(evidence, seen.model)
        if name is None or line is None or seen.kind not in {"Sequential", "Functional"} or not seen.built:
            continue
        if not seen.contains and not any(holds(evidence, seen.model, m) for m in evidence.models):
            yield from _fresh(evidence, seen, name, line)
        else:
            yield from _copy(evidence, seen, name, line)


def _means_the_whole(name: str) -> bool:
    """Whether a variable's name, or an attribute's (``self.combined``), speaks of both players together."""
    own = name.rpartition(".")[2]
    return bool(_WHOLE.match(own)) and not _PART.search(own)


def _fresh(evidence: Evidence, seen: ModelSeen, name: str, line: int) -> Iterator[Match]:
    others = [f"`{evidence.name_of(model)}`" for model in evidence.models if model != seen.model]
    functions = {place.function for place in model_places(evidence) if place.function}
    unused = sorted(f"`{f}()`" for f in functions if f is not None and not is_called(evidence, f))
    if not others and not unused:
        return
    message = f"`{name}` is made of layers of its own: it holds neither the generator nor the discriminator."
    message += (
        f" {' and '.join(unused)} {'is' if len(unused) == 1 else 'are'} never called." if unused else ""
    )
    message += " Build it of the two themselves, the discriminator behind the generator."
    evidence_found = {"contains": [], "others": [o.strip("`") for o in others], "never_called": unused}
    yield Match(line, message, evidence=evidence_found)


def _copy(evidence: Evidence, seen: ModelSeen, name: str, line: int) -> Iterator[Match]:
    """A discriminator inside that is not the one that is trained, though made alike."""
    inside = [evidence.models[m] for m in seen.contains if m in evidence.models]
    shown = _makers(evidence, inside)
    for inner in (model for model in inside if model.model not in shown and not one_unit(model)):
        makers = [evidence.models[m] for m in shown if _alike(evidence.models[m], inner)]
        if makers and not any(inner.model in maker.shares for maker in makers):
            message = (
                f"`{name}` holds another generator than `{evidence.name_of(makers[0].model)}`, whose images "
                "the discriminator is shown; the two share no weight. Put that one in."
            )
            at = _made_in_place(evidence, inner, line)
            yield Match(at, message, evidence={"inside": inner.model, "shown": makers[0].model})
    for inner in (model for model in inside if one_unit(model) and _is_simple(evidence, model)):
        trained = [
            other
            for other in evidence.models.values()
            if other.model not in seen.contains
            and other.model != seen.model
            and _alike(other, inner)
            and inner.model not in other.shares
            and direct(evidence, other.model)
            and not direct(evidence, inner.model)
        ]
        if trained:
            message = (
                f"`{name}` holds another discriminator than `{evidence.name_of(trained[0].model)}`, "
                "which is the one that is trained; the two share no weight. Put the trained one in."
            )
            at = _made_in_place(evidence, inner, line)
            yield Match(at, message, evidence={"inside": inner.model, "trained": trained[0].model})


def _is_simple(evidence: Evidence, seen: ModelSeen) -> bool:
    """Whether a model holds no other, but for one that is all of it: ``Model(x, network(x))``."""
    parts = (evidence.models.get(part) for part in seen.contains)
    return all(part is not None and seen.model in part.contains for part in parts)


def _makers(evidence: Evidence, inside: list[ModelSeen]) -> set[int]:
    """The models whose outputs the discriminators inside are trained on."""
    judges = {model.model for model in inside if one_unit(model)}
    fed = [array for model in judges for call in direct(evidence, model) for array in call.inputs]
    return {a.origin_model for a in fed if a.origin_model is not None and a.origin_model in evidence.models}


def _made_in_place(evidence: Evidence, inner: ModelSeen, line: int) -> int:
    """Where a player is made amid another call (``build()(x)``, ``gan(build(), d)``); else ``line``."""
    if inner.names:
        return line
    makers = {place.function for place in model_places(evidence) if place.function}
    kept = {id(node.value) for node in evidence.nodes if isinstance(node, ast.Assign | ast.Return)}
    made = [
        node.lineno
        for node in evidence.nodes
        if isinstance(node, ast.Call) and called(node) in makers and id(node) not in kept
    ]
    return made[0] if len(made) == 1 else line


def _alike(one: ModelSeen, other: ModelSeen) -> bool:
    return _shape(one) == _shape(other)


def _shape(seen: ModelSeen) -> tuple[object, ...]:
    return tuple((layer.kind, layer.output_shape) for layer in seen.layers if layer.kind != "InputLayer")
