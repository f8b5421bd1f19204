"""A layer is applied, and its result is overwritten before anything uses it.

## What it finds

Two assignments of layers to the same name, one right after the other, the second of which starts from another
tensor: the first layer is in no model. So it is where a layer's result has a name that nothing reads, and a
model is made of the other layers; and an operation of `keras.ops` likewise.

## Why it is wrong

The network has fewer layers than the article shows, and nothing says so. Mostly the second layer should have
been applied to the first one's result: `x = Dense(64)(x)` after `x = Dense(32)(x)`.

## Example

```python
from keras import Input, Model, layers

image = Input((784,))
code = layers.Dense(32, activation="relu")(image)
decoded = layers.Dense(128, activation="relu")(code)
decoded = layers.Dense(784, activation="sigmoid")(code)
autoencoder = Model(image, decoded)
```

## Read instead

```python
from keras import Input, Model, layers

image = Input((784,))
code = layers.Dense(32, activation="relu")(image)
decoded = layers.Dense(128, activation="relu")(code)
decoded = layers.Dense(784, activation="sigmoid")(decoded)
autoencoder = Model(image, decoded)
```

## Known limits

Read from the text, within one code block and one level of indentation: elsewhere the second may be an
alternative to the first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted, is_model_maker

SEVERITY = Severity.WARNING
NEEDS = "source"
ECHO_OF = ("layer-not-called",)


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        for body in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if isinstance(body, list):
                yield from _overwritten(evidence, body)
                yield from _unread(evidence, body)


def _overwritten(evidence: Evidence, body: Sequence[ast.stmt]) -> Iterator[Match]:
    for index, statement in enumerate(body):
        name = _applied(statement)
        if name is None:
            continue
        for later in body[index + 1 :]:
            if _reads(later, name):
                break
            if _applied(later) == name:
                if evidence.block_at(statement.lineno) == evidence.block_at(later.lineno):
                    kind = _layer(statement)
                    yield Match(
                        statement.lineno,
                        f"Nothing uses the result of this `{kind}`: `{name}` is assigned anew at line "
                        f"{later.lineno}, from another tensor. Call that layer on `{name}`, or leave this "
                        "one out.",
                        end_line=statement.end_lineno,
                        evidence={"name": name, "layer": kind, "overwritten_at": later.lineno},
                    )
                break


def _unread(evidence: Evidence, body: Sequence[ast.stmt]) -> Iterator[Match]:
    """Layers whose results nothing reads, beside a model that is made of the others."""
    if any(repair.rule == "graph-disconnected" for repair in evidence.repairs):
        return  # told there: the model was to be made of them
    for index, statement in enumerate(body):
        name = _applied(statement) or _operated(statement)
        if name is None or any(_reads(other, name) for other in evidence.tree.body):
            continue
        block = evidence.block_at(statement.lineno)
        models = [
            later.lineno
            for later in body[index + 1 :]
            if evidence.block_at(later.lineno) == block and _makes_model(later)
        ]
        stores = [n for n in evidence.nodes if isinstance(n, ast.Name) and n.id == name]
        if not models or len(stores) != 1:
            continue
        kind = _layer(statement) or called(getattr(statement, "value", statement))
        yield Match(
            statement.lineno,
            f"Nothing uses the result of this `{kind}`: `{name}` is read nowhere, so that the model of line "
            f"{models[0]} is made without it. Give it to the next layer, or leave this one out.",
            end_line=statement.end_lineno,
            evidence={"name": name, "layer": kind},
        )


def _makes_model(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Assign | ast.Return) else None
    return value is not None and called(value) == "Model" and is_model_maker(value)


def _applied(statement: ast.stmt) -> str | None:
    """The name to which ``Layer(...)(tensor)`` is assigned."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target, value = statement.targets[0], statement.value
    if not isinstance(target, ast.Name) or not isinstance(value, ast.Call) or not value.args:
        return None
    kind = _layer(statement)
    return target.id if kind is not None and kind[:1].isupper() else None


def _operated(statement: ast.stmt) -> str | None:
    """The name to which the result of an operation of Keras's is assigned: ``ops.one_hot(label, 10)``."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
        return None
    target, owner = statement.targets[0], (dotted(statement.value.func) or "").rpartition(".")[0]
    return target.id if isinstance(target, ast.Name) and owner in {"ops", "keras.ops"} else None


def _layer(statement: ast.stmt) -> str | None:
    value = getattr(statement, "value", None)
    return called(value.func) if isinstance(value, ast.Call) else None


def _reads(statement: ast.stmt, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Store)
        for node in ast.walk(statement)
    )
