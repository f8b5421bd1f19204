"""A loss is made of the model's symbolic tensors, which Keras 3 does not take.

## What it finds

A loss function that reads a tensor of the model's graph (`z_mean`, an output of a layer) besides its own two
arguments, and `model.add_loss(...)` of such tensors, where training or the call then failed. Variational
autoencoders were written in both ways for Keras 2.

## Why it is wrong

Tensors of a functional model stand for values that are known only inside a call of the model. A loss function
runs outside of it, on `y_true` and `y_pred`; Keras 3 refuses the others, and its models have no `add_loss`
for them.

## Example

```python
import keras
import numpy as np
from keras import layers, ops

image = keras.Input((8,))
z_mean = layers.Dense(2)(image)
again = layers.Dense(8)(z_mean)


def autoencoder_loss(y_true, y_pred):
    penalty = ops.sum(ops.square(z_mean), axis=-1)
    return keras.losses.mean_squared_error(y_true, y_pred) + penalty


model = keras.Model(image, again)
model.compile(optimizer="sgd", loss=autoencoder_loss)
x = np.random.default_rng(1).normal(size=(16, 8)).astype("float32")
model.fit(x, x, verbose=0)
```

## Read instead

```python
import keras
import numpy as np
from keras import layers, ops


class Penalty(layers.Layer):
    def call(self, z_mean):
        self.add_loss(ops.mean(ops.sum(ops.square(z_mean), axis=-1)))
        return z_mean


image = keras.Input((8,))
z_mean = Penalty()(layers.Dense(2)(image))
again = layers.Dense(8)(z_mean)

model = keras.Model(image, again)
model.compile(optimizer="sgd", loss="mean_squared_error")
x = np.random.default_rng(1).normal(size=(16, 8)).astype("float32")
model.fit(x, x, verbose=0)
```

## Known limits

Names are followed within the text: a tensor that reaches the loss function as an attribute, or as an argument
of a function around it, is not found, and the exception is reported as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Fault, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, keyword

SEVERITY = Severity.ERROR
NEEDS = "trace"

_TRAINING = {"fit", "fit_generator", "train_on_batch"}
_REFUSALS = ("KerasTensor", "Failed to convert elements of (None", "symbolic")
_INPUTS = {"Input"}
_CURE = (
    "Compute this term in a layer that calls `self.add_loss(...)` on it, or in a `train_step` of the model's "
    "own."
)


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        if fault.line is None or fault.repaired:
            continue
        match = _of_model(evidence, fault) or _of_term(evidence, fault) or _of_function(evidence, fault)
        if match is not None:
            yield match


def _of_model(evidence: Evidence, fault: Fault) -> Match | None:
    """``model.add_loss(...)`` of a symbolic tensor."""
    if fault.type != "NotImplementedError" or not _calls(evidence, fault, {"add_loss"}):
        return None
    message = f"Models of Keras 3 take no loss made of their symbolic tensors by `add_loss`. {_CURE}"
    return Match(fault.line or 1, message, end_line=fault.end_line, explains=(fault.seq,))


def _of_term(evidence: Evidence, fault: Fault) -> Match | None:
    """A term that TensorFlow was to compute of symbolic tensors, and that ``add_loss`` is given later."""
    if "KerasTensor cannot be used as input" not in fault.message:
        return None
    term = next((name for name in _assigned_at(evidence, fault) if _is_added(evidence, name)), None)
    if term is None:
        return None
    message = (
        f"`{term}` is computed of the model's symbolic tensors for `add_loss`: in Keras 3 functions of "
        f"TensorFlow cannot compute with them, and no model takes a loss made of them. {_CURE}"
    )
    found = {"tensor": term}
    return Match(fault.line or 1, message, end_line=fault.end_line, evidence=found, explains=(fault.seq,))


def _assigned_at(evidence: Evidence, fault: Fault) -> Iterator[str]:
    for node in evidence.nodes:
        if isinstance(node, ast.Assign) and node.lineno <= (fault.line or 0) <= (
            node.end_lineno or node.lineno
        ):
            for target in node.targets:
                yield from _names(target)


def _is_added(evidence: Evidence, name: str) -> bool:
    """Whether ``add_loss`` is given a value, or what is computed of it, as the text's names tell."""
    added = {
        one
        for node in evidence.nodes
        if isinstance(node, ast.Call) and called(node) == "add_loss"
        for argument in node.args
        for one in _names(argument)
    }
    assigned = [node for node in evidence.nodes if isinstance(node, ast.Assign)]
    while True:
        more = {
            one
            for node in assigned
            if any(_names(target) & added for target in node.targets)
            for one in _names(node.value)
        }
        if more <= added:
            return name in added
        added |= more


def _of_function(evidence: Evidence, fault: Fault) -> Match | None:
    """A loss function that reads a symbolic tensor, told by the training that failed of it."""
    if not any(word in fault.message for word in _REFUSALS) or not _calls(evidence, fault, _TRAINING):
        return None
    symbolic = _symbolic(evidence)
    for function in _loss_functions(evidence):
        own = _bound_in(function)
        reads = [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and node.id in symbolic and node.id not in own
        ]
        if reads:
            first = min(reads, key=lambda node: (node.lineno, node.col_offset))
            message = (
                f"`{function.name}` reads `{first.id}`, a symbolic tensor of the model; a loss function has "
                f"only `y_true` and `y_pred`, and Keras 3 refuses anything else of the graph. {_CURE}"
            )
            found = {"function": function.name, "tensor": first.id}
            return Match(first.lineno, message, evidence=found, explains=(fault.seq,))
    return None


def _calls(evidence: Evidence, fault: Fault, names: set[str]) -> bool:
    lines = range(fault.line or 0, fault.end_line + 1)
    return any(
        isinstance(node, ast.Call) and node.lineno in lines and called(node) in names
        for node in evidence.nodes
    )


def _loss_functions(evidence: Evidence) -> Iterator[ast.FunctionDef]:
    """The article's functions that a ``compile`` names as a loss."""
    given: set[str] = set()
    for node in evidence.nodes:
        if isinstance(node, ast.Call) and called(node) == "compile":
            loss = keyword(node, "loss") or (node.args[1] if len(node.args) > 1 else None)
            given |= _names(loss) if loss is not None else set()
    for node in evidence.nodes:
        if isinstance(node, ast.FunctionDef) and node.name in given:
            yield node


def _symbolic(evidence: Evidence) -> set[str]:
    """Names that hold outputs of layers: ``Dense(2)(x)``, inputs, and what is computed of these."""
    values: list[tuple[set[str], ast.expr]] = [
        ({name for target in node.targets for name in _names(target)}, node.value)
        for node in evidence.nodes
        if isinstance(node, ast.Assign)
    ]
    found = {name for names, value in values if _makes_symbolic(value) for name in names}
    while True:
        more = {
            name
            for names, value in values
            if isinstance(value, ast.BinOp) and _names(value) & found
            for name in names
        }
        if more <= found:
            return found
        found |= more


def _makes_symbolic(value: ast.expr) -> bool:
    """``Layer(...)(...)`` or ``Input(...)``."""
    return isinstance(value, ast.Call) and (isinstance(value.func, ast.Call) or called(value) in _INPUTS)


def _bound_in(function: ast.FunctionDef) -> set[str]:
    """The function's own names: its parameters and what it assigns."""
    arguments = function.args
    own = {one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    return own | {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
