"""The loss has no path of gradients back to the variables that it is to train.

## What it finds

A step on a gradient tape that failed because every gradient was None, and, in its text, what cuts the path:
`predict`, `.numpy()`, a function of NumPy's, `argmax` or rounding between model and loss, a model that is
called before the tape is opened, or a loss that is computed after it was closed. The same of a `fit` with a
loss function of the program's own.

## Why it is wrong

A tape follows TensorFlow's own operations on tensors, from the moment it is opened until it is closed.
`predict` and `.numpy()` give plain numbers that remember nothing of where they came from. Call the model
itself, inside the tape, and use TensorFlow's functions up to the loss.

## Example

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
x, y = tf.random.normal((8, 4)), tf.random.normal((8, 1))
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.square(y - model.predict(x, verbose=0)))
gradients = tape.gradient(loss, model.trainable_variables)
optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## Read instead

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
x, y = tf.random.normal((8, 4)), tf.random.normal((8, 1))
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.square(y - model(x)))
gradients = tape.gradient(loss, model.trainable_variables)
optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## Known limits

Where some of the variables get a gradient, Keras only warns, and nothing is said here. A gradient that is
used before it is applied, to be clipped for example, fails there; that is told as the same finding.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Fault, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted
from harness.rules._tapes import Gradient, gradients, made_at, scope, tape_names, tapes

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("tensor-not-watched",)

_NONE = "No gradients provided for any variable"
_MISSING = re.compile(r"NoneType|None values? not supported|\(None\)")
_CUTTING = {"predict", "predict_on_batch", "numpy", "argmax", "round", "stop_gradient", "rint"}


_CALL = "call models themselves there, and use TensorFlow's functions"
_SMOOTH = "compute it of the predictions themselves, and report the count as a metric"
_STEPPED = {
    "sign",
    "floor",
    "ceil",
    "greater",
    "less",
    "equal",
    "greater_equal",
    "less_equal",
    "numpy_function",
}
_INSIDE = "compute everything from the model's output to the loss inside the tape"


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        if fault.line is None:
            continue
        around = next((scope(evidence, n) for n in evidence.nodes if _at(n, fault)), evidence.tree)
        taken = [g for g in gradients(evidence, around) if g.node.lineno <= fault.end_line]
        if _NONE not in fault.message and not _is_none(fault, taken):
            continue
        chosen = _of_fault(taken, fault)
        line, what = _cause(evidence, around, chosen) if chosen else _of_loss(evidence, fault)
        if line is None and chosen is not None and chosen.owner is not None:
            what = (
                f"the loss does not depend on the variables of `{chosen.owner}`; compute it of their outputs"
            )
            made = made_at(evidence, chosen.node.lineno)
            line = None if made == chosen.node.lineno else made
        message = "No gradient reaches the variables that are trained here"
        message += f": {what}." if what else f"; {_INSIDE}."
        found = {"applied_at": fault.line, "exception": fault.type}
        yield Match(line or fault.line, message, evidence=found, explains=(fault.seq,))


def _of_loss(evidence: Evidence, fault: Fault) -> tuple[int | None, str | None]:
    """The line that cuts the path inside a loss function of the program's, with which a model is compiled."""
    failed = [c for c in evidence.training if c.error is not None and c.line == fault.line]
    losses = {loss for c in failed for e in evidence.compiles if e.model == c.model for loss in e.losses}
    for function in evidence.nodes:
        if (
            not isinstance(function, ast.FunctionDef)
            or function.name not in losses
            or len(function.args.args) < 2
        ):
            continue
        predicted = function.args.args[1].arg
        for node in sorted(_calls_in(function), key=lambda n: n.lineno):
            own = called(node) in _CUTTING | _STEPPED or (dotted(node.func) or "").startswith(
                ("np.", "numpy.")
            )
            if own and any(isinstance(n, ast.Name) and n.id == predicted for n in ast.walk(node)):
                return node.lineno, f"`{_short(node)}` in this loss has no gradient; {_SMOOTH}"
    return None, None


def _calls_in(function: ast.AST) -> list[ast.Call]:
    return [n for n in ast.walk(function) if isinstance(n, ast.Call)]


def _is_none(fault: Fault, taken: list[Gradient]) -> bool:
    """Whether a fault is that a gradient which a statement reads is None: it was clipped, say, before use."""
    read = re.findall(r"\w+", fault.source)
    return bool(_MISSING.search(fault.message)) and any(g.name in read for g in taken if g.name is not None)


def _at(node: ast.AST, fault: Fault) -> bool:
    return isinstance(node, ast.Call) and fault.spans(node.lineno)


def _of_fault(taken: list[Gradient], fault: Fault) -> Gradient | None:
    """The gradient whose variable the failed statement reads, else the latest."""
    named = [g for g in taken if g.name is not None and g.name in fault.source]
    return next(reversed(named or taken), None)


def _cause(evidence: Evidence, around: ast.AST, taken: Gradient) -> tuple[int | None, str | None]:
    """The line that cuts the path, and what it does."""
    tape = dotted(taken.node.func.value) if isinstance(taken.node.func, ast.Attribute) else None
    # One name may hold a tape after another: the one that is asked is the last that was opened before.
    opened = [b for b in tapes(around) if tape in tape_names(b) and b.lineno < taken.node.lineno]
    block = max(opened, key=lambda b: b.lineno, default=None)
    if block is None:
        return None, None
    inside = sorted(
        (n for part in block.body for n in ast.walk(part) if isinstance(n, ast.Call)), key=lambda n: n.lineno
    )
    for node in inside:
        if called(node) in _CUTTING or (dotted(node.func) or "").startswith(("np.", "numpy.")):
            return node.lineno, f"`{_short(node)}` gives numbers that the tape cannot follow; {_CALL}"
    names = {n.id for n in ast.walk(taken.target) if isinstance(n, ast.Name)} if taken.target else set()
    for assign in (n for n in ast.walk(around) if isinstance(n, ast.Assign)):
        bound = {n.id for t in assign.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        within = block.lineno <= assign.lineno <= (block.end_lineno or block.lineno)
        if names & bound and not within:
            early = assign.lineno < block.lineno
            when = "before the tape is opened" if early else "after the tape was closed"
            return assign.lineno, f"the loss is computed {when}; compute it inside"
    read = {n.id for part in block.body for n in ast.walk(part) if isinstance(n, ast.Name)}
    for assign in (n for n in ast.walk(around) if isinstance(n, ast.Assign) and n.lineno < block.lineno):
        bound = {n.id for t in assign.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        if bound & read and taken.owner is not None and _calls_model(assign.value, taken.owner):
            return assign.lineno, f"`{taken.owner}` is called before the tape is opened; call it inside"
    return None, None


def _calls_model(value: ast.expr, owner: str) -> bool:
    return any(isinstance(n, ast.Call) and ast.unparse(n.func) == owner for n in ast.walk(value))


def _short(node: ast.Call) -> str:
    text = ast.unparse(node.func)
    return f"{text}(...)" if node.args or node.keywords else f"{text}()"
