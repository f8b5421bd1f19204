"""A network whose outputs are taken for values of actions ends in a softmax or sigmoid.

## What it finds

Q-learning, where a reward is added to the discounted maximum of what a network puts out, and that network
ends in a softmax or sigmoid.

## Why it is wrong

The value of an action is the sum of the rewards that follow it, which may be any number. A softmax gives
numbers between 0 and 1 that sum to 1: it cannot say that two actions are both worth 10, nor that one costs
something. End the network with a linear layer.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

model = Sequential([Input((4,)), layers.Dense(16, activation="relu"), layers.Dense(2, activation="softmax")])
model.compile(loss="mse", optimizer="adam")
gamma = 0.95
for step in range(4):
    state, following = np.random.normal(size=(2, 1, 4))
    reward = float(step)
    target = model.predict(state, verbose=0)
    target[0][step % 2] = reward + gamma * np.amax(model.predict(following, verbose=0)[0])
    model.fit(state, target, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

model = Sequential([Input((4,)), layers.Dense(16, activation="relu"), layers.Dense(2)])
model.compile(loss="mse", optimizer="adam")
gamma = 0.95
for step in range(4):
    state, following = np.random.normal(size=(2, 1, 4))
    reward = float(step)
    target = model.predict(state, verbose=0)
    target[0][step % 2] = reward + gamma * np.amax(model.predict(following, verbose=0)[0])
    model.fit(state, target, verbose=0)
```

## Known limits

The maximum must be taken of the network's own output, or of a variable that is only ever bound to it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._activations import output_activation
from harness.rules._evidence import Evidence, Match
from harness.rules._makers import maker
from harness.rules._places import output_line
from harness.rules._predicted import bound_once, is_module
from harness.rules._program import called, dotted

SEVERITY = Severity.ERROR
NEEDS = "trace"

_MAXIMA = {"max", "amax", "reduce_max"}
_PREDICTING = {"predict", "predict_on_batch"}
_SQUASHED = {"softmax": "numbers between 0 and 1 that sum to 1", "sigmoid": "numbers between 0 and 1"}
_DEEPEST = 4


def find(evidence: Evidence) -> Iterator[Match]:
    if not evidence.training:
        return
    told: set[int] = set()
    for node in evidence.nodes:
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add):
            continue
        largest = _discounted_maximum(evidence, node)
        model = None if largest is None else _put_out(evidence, largest)
        end = None if model is None else output_activation(evidence, model)
        if model is None or model in told or end is None or end not in _SQUASHED:
            continue
        told.add(model)
        message = (
            f"`{evidence.name_of(model)}` ends in a {end}, which gives {_SQUASHED[end]}, but line "
            f"{node.lineno} takes its outputs for values of actions: sums of rewards, which may be any "
            "numbers. Leave the last layer linear."
        )
        line = output_line(evidence, model) or node.lineno
        yield Match(line, message, evidence={"model": model, "activation": end, "taken_at": node.lineno})


def _discounted_maximum(evidence: Evidence, node: ast.BinOp) -> ast.expr | None:
    """What the maximum is taken of in ``reward + discount * max(...)``."""
    for side in (node.left, node.right):
        for factor in _factors(side):
            value = bound_once(evidence, factor.id) if isinstance(factor, ast.Name) else factor
            if isinstance(value, ast.Call) and called(value) in _MAXIMA:
                return _of_all(value)
    return None


def _factors(product: ast.expr) -> list[ast.expr]:
    """The factors of a product; none where it is no product."""
    if not isinstance(product, ast.BinOp) or not isinstance(product.op, ast.Mult):
        return []
    sides = (product.left, product.right)
    return [factor for side in sides for factor in _factors(side) or [side]]


def _of_all(maximum: ast.Call) -> ast.expr | None:
    """What ``max(values)`` or ``values.max()`` looks at."""
    method = isinstance(maximum.func, ast.Attribute) and not is_module(maximum.func.value)
    if method and isinstance(maximum.func, ast.Attribute):
        return maximum.func.value
    return maximum.args[0] if maximum.args else None


def _put_out(evidence: Evidence, value: ast.expr, deep: int = _DEEPEST) -> int | None:
    """The model whose output an expression is, or a row of whose output."""
    if not deep:
        return None
    if isinstance(value, ast.Subscript):
        return _put_out(evidence, value.value, deep - 1)
    if isinstance(value, ast.Name):
        bound = bound_once(evidence, value.id)
        return None if bound is None else _put_out(evidence, bound, deep - 1)
    if not isinstance(value, ast.Call):
        return None
    if called(value) == "numpy" and isinstance(value.func, ast.Attribute):
        return _put_out(evidence, value.func.value, deep - 1)
    return _predicting(evidence, value) if called(value) in _PREDICTING else maker(evidence, value)


def _predicting(evidence: Evidence, node: ast.Call) -> int | None:
    """The model whose ``predict`` an expression calls; a class names it otherwise than the program does."""
    if not isinstance(node.func, ast.Attribute):
        return None
    last = (dotted(node.func.value) or "").rpartition(".")[2]
    called_here = {
        call.model
        for call in evidence.calls
        if call.line is not None and node.lineno <= call.line <= (node.end_lineno or node.lineno)
    }
    found = [seen for number, seen in evidence.models.items() if number in called_here]
    models = [seen.model for seen in found if last in {name.rpartition(".")[2] for name in seen.names}]
    return models[0] if len(models) == 1 else None
