"""A model is evaluated that was never trained.

## What it finds

`evaluate` on a model none of whose weights was trained or loaded before, and which is not trained afterwards
either: nothing in the program trains it, or it is another one than the model that was trained, made anew with
the same layers.

## Why it is wrong

A new model has random weights. Saving the weights of one and making another does not carry them over: without
`load_weights` the score is that of guessing.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
print(model.evaluate(x, y, verbose=0))
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x, y, verbose=0)
print(model.evaluate(x, y, verbose=0))
```

## Known limits

A score of random weights is sometimes shown on purpose, to compare with: where the statement or the lines
about it say so (`untrained`, `before`, `baseline`, `random`), or where the model is trained or loaded later,
nothing is said. `predict` is left alone; many articles show the shape of an answer with it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Call, ModelSeen, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import is_whole, pairs

SEVERITY = Severity.ERROR
NEEDS = "trace"

_LOADING = {
    "load_weights",
    "set_weights",
    "load_model",
    "load_checkpoint",
    "restore",
    "from_pretrained",
    "assign",
    "applications",
    "set_value",
    "copy_weights",
}
_ON_PURPOSE = re.compile(
    r"untrained|before|baseline|random|initial|scratch|guess|without training", re.IGNORECASE
)
_ABOUT = 3  # lines before and after that may say what the number is


def find(evidence: Evidence) -> Iterator[Match]:
    if pairs(evidence) or not is_whole(evidence) or any(c.error is not None for c in evidence.training):
        return
    if _loads(evidence):
        return
    told: set[int] = set()
    for call in evidence.calls:
        seen = evidence.models.get(call.model) if call.model is not None else None
        if call.api != "evaluate" or call.error is not None or seen is None or call.line is None:
            continue
        if seen.model in told or not seen.parameters or _trained(evidence, seen) or _meant(evidence, call):
            continue
        told.add(seen.model)
        name = evidence.name_of(seen.model)
        double = next((m for m in _others(evidence, seen) if _trained(evidence, m)), None)
        if double is not None:
            what = (
                "it is another one than the model that was trained, with random weights of its own. Load the "
                "trained weights into it first, or evaluate the trained model."
            )
        else:
            what = "nothing has trained it, and its weights are random. Train it with `fit` first."
        message = f"`{name}` is evaluated here, but {what}"
        yield Match(call.line, message, evidence={"model": seen.model})


def _trained(evidence: Evidence, seen: ModelSeen) -> bool:
    """Whether a model, or one with which it shares weights, was trained at any time."""
    own = {seen.model, *seen.contains, *seen.shares}
    own |= {m.model for m in evidence.models.values() if seen.model in {*m.contains, *m.shares}}
    return any(
        call.model in own or any(moved.model in own and moved.changed for moved in call.moved)
        for call in evidence.training
    )


def _others(evidence: Evidence, seen: ModelSeen) -> Iterator[ModelSeen]:
    """Models of the same layers."""
    for other in evidence.models.values():
        if other.model != seen.model and _layers(other) == _layers(seen):
            yield other


def _layers(seen: ModelSeen) -> list[tuple[str, object]]:
    return [(layer.kind, layer.output_shape) for layer in seen.layers if layer.kind != "InputLayer"]


def _loads(evidence: Evidence) -> bool:
    """Whether anything in the text may have given a model weights that were learned elsewhere."""
    words = {node.attr for node in evidence.nodes if isinstance(node, ast.Attribute)}
    words |= {node.id for node in evidence.nodes if isinstance(node, ast.Name)}
    given = any(isinstance(n, ast.keyword) and n.arg == "weights" for n in evidence.nodes)
    return bool(words & _LOADING) or given


def _meant(evidence: Evidence, call: Call) -> bool:
    """Whether the words about a call say that the weights are random on purpose."""
    line = call.line or 1
    about = evidence.lines[max(0, line - 1 - _ABOUT) : line + _ABOUT]
    return any(_ON_PURPOSE.search(text) for text in about)
