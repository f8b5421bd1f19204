"""A recurrent network that goes on step by step begins from the same state in every step.

## What it finds

In a loop, a recurrent model that is given a state and hands back the next one, where the state it is given is
never bound anew in the loop and the one that it hands back is never used.

## Why it is wrong

The state is all that such a network knows of what it has read or written so far. Given the first one each
time, it knows nothing but the latest symbol: what it was trained to do over a whole sequence it does for
the first step only. The training itself, which sees whole sequences at once, shows nothing of it.

## Example

```python
import keras
import numpy as np

step_in, state_in = keras.Input((1, 3)), keras.Input((4,))
out, state_out = keras.layers.GRU(4, return_state=True)(step_in, initial_state=state_in)
stepper = keras.Model([step_in, state_in], [keras.layers.Dense(3, activation="softmax")(out), state_out])

state, symbol = np.zeros((1, 4)), np.eye(3)[[0]][:, None]
for _ in range(5):
    shares, _ = stepper.predict([symbol, state], verbose=0)
    symbol = np.eye(3)[shares.argmax(axis=-1)][:, None]
    print(symbol)
```

## Read instead

```python
import keras
import numpy as np

step_in, state_in = keras.Input((1, 3)), keras.Input((4,))
out, state_out = keras.layers.GRU(4, return_state=True)(step_in, initial_state=state_in)
stepper = keras.Model([step_in, state_in], [keras.layers.Dense(3, activation="softmax")(out), state_out])

state, symbol = np.zeros((1, 4)), np.eye(3)[[0]][:, None]
for _ in range(5):
    shares, state = stepper.predict([symbol, state], verbose=0)
    symbol = np.eye(3)[shares.argmax(axis=-1)][:, None]
    print(symbol)
```

## Known limits

Only models whose inputs and outputs hold arrays of one shape for the state, and loops in which something
else that the model is given is bound anew. Sampling several continuations from one state looks different.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import ModelSeen, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted, loop_around
from harness.rules._tapes import loads

SEVERITY = Severity.ERROR
NEEDS = "trace"

_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN")
_PREDICTING = frozenset({"predict", "predict_on_batch"})


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Tuple):
            continue
        loop, seen = loop_around(evidence, node), _stepper(evidence, node.value)
        outputs = node.targets[0].elts
        if loop is None or seen is None or len(outputs) != len(seen.output_shapes):
            continue
        assert isinstance(node.value, ast.Call)
        given = [part for part in ast.walk(node.value.args[0]) if isinstance(part, ast.Name)]
        bound = {n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        fixed = [name.id for name in given if name.id not in bound]
        left = [place for place, output in enumerate(outputs) if place and _is_unused(loop, output)]
        states = {shape[1:] for shape in seen.input_shapes}
        if not fixed or len(fixed) == len(given) or not left:
            continue
        if all(seen.output_shapes[place][1:] in states for place in left) and len(left) == len(outputs) - 1:
            named = " and ".join(f"`{name}`" for name in fixed)
            message = (
                f"`{evidence.name_of(seen.model)}` hands back its next state, and nothing uses it: each "
                f"round of the loop (line {loop.lineno}) begins from the same {named}. Give the model the "
                "state that it handed back."
            )
            yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"model": seen.model})


def _stepper(evidence: Evidence, value: ast.expr) -> ModelSeen | None:
    """The recurrent model with several inputs and outputs that an expression calls or predicts with."""
    if not isinstance(value, ast.Call) or not value.args:
        return None
    whole = isinstance(value.func, ast.Attribute) and called(value) in _PREDICTING
    network = value.func.value if whole and isinstance(value.func, ast.Attribute) else value.func
    seen = evidence.named.get(dotted(network) or "")
    if seen is None or min(len(seen.input_shapes), len(seen.output_shapes)) < 2:
        return None
    return seen if any(layer.kind in _RECURRENT for layer in seen.layers) else None


def _is_unused(loop: ast.AST, output: ast.expr) -> bool:
    """Whether nothing in a loop reads what a part of a tuple is bound to."""
    return isinstance(output, ast.Name) and not loads(loop, output.id)
