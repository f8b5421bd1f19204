"""Gradients are computed in a training loop and never applied.

## What it finds

A gradient of a model's trainable variables that is taken in a loop, beside an optimizer that the program
makes and never uses.

## Why it is wrong

`tape.gradient` only computes: the weights stay what they were, and the loss goes up and down with the
batches. Call `optimizer.apply_gradients(zip(gradients, model.trainable_variables))` after it.

## Example

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
for step in range(4):
    x = tf.random.normal((16, 4))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x, training=True) - 1.0))
    gradients = tape.gradient(loss, model.trainable_variables)
```

## Read instead

```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
for step in range(4):
    x = tf.random.normal((16, 4))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x, training=True) - 1.0))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## Known limits

Read from the text. Programs that change weights in any other way (`assign`, `set_weights`, `fit`) are left
alone, and so are those without an optimizer, which only look at gradients. Variables in which gradients are
added up are told from weights where a list of them is made in one expression.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, enclosing, is_called, loop_around
from harness.rules._tapes import FUNCTIONS, gradients

SEVERITY = Severity.ERROR
NEEDS = "source"

_CHANGING = {
    "apply_gradients",
    "apply",
    "stateless_apply",
    "minimize",
    "set_weights",
    "fit",
    "fit_generator",
    "train_on_batch",
    "compile",
}
_ASSIGNING = {"assign", "assign_add", "assign_sub"}
_OPTIMIZERS = {"Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "SGD", "Adagrad", "Adadelta", "Ftrl", "Lion"}


def find(evidence: Evidence) -> Iterator[Match]:
    if any(_changes(evidence, node) for node in evidence.nodes):
        return
    idle = [name for name in _optimizers(evidence) if not _read(evidence, name)]
    if not idle:
        return
    for taken in gradients(evidence, evidence.tree):
        if taken.owner is None or not taken.owner.isidentifier() or not _repeated(evidence, taken.node):
            continue
        message = (
            f"The gradients of `{taken.owner}` are computed here and never applied: none of its weights ever "
            f"changes. Call `{idle[0]}.apply_gradients(zip({taken.name or 'gradients'}, "
            f"{taken.owner}.trainable_variables))` after it."
        )
        yield Match(
            taken.node.lineno, message, end_line=taken.node.end_lineno, evidence={"optimizer": idle[0]}
        )
        return


def _changes(evidence: Evidence, node: ast.AST) -> bool:
    """Whether an attribute is one by which a program may change the weights of a model."""
    if not isinstance(node, ast.Attribute):
        return False
    return node.attr in _CHANGING or (node.attr in _ASSIGNING and not _is_sum(evidence, node.value))


def _is_sum(evidence: Evidence, variable: ast.expr) -> bool:
    """Whether a variable is one of a list of the program's own, such as gradients are added up in."""
    held: ast.expr | None = variable
    if isinstance(variable, ast.Subscript):
        held = variable.value
    elif isinstance(variable, ast.Name):
        loop = loop_around(evidence, variable)
        held = _gone_through(loop, variable.id) if isinstance(loop, ast.For) else None
    if not isinstance(held, ast.Name):
        return False
    made = [
        node.value
        for node in evidence.nodes
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == held.id for target in node.targets)
    ]
    return bool(made) and all(isinstance(v, ast.ListComp) and called(v.elt) == "Variable" for v in made)


def _gone_through(loop: ast.For, name: str) -> ast.expr | None:
    """What a loop goes through under a name, beside others or alone."""
    target, source = loop.target, loop.iter
    if isinstance(target, ast.Name) and target.id == name:
        return source
    if isinstance(target, ast.Tuple) and isinstance(source, ast.Call) and called(source) == "zip":
        for one, taken in zip(target.elts, source.args, strict=False):
            if isinstance(one, ast.Name) and one.id == name:
                return taken
    return None


def _optimizers(evidence: Evidence) -> Iterator[str]:
    """The variables that hold an optimizer."""
    for node in evidence.nodes:
        if isinstance(node, ast.Assign) and called(node.value) in _OPTIMIZERS:
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _read(evidence: Evidence, name: str) -> bool:
    return any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) for n in evidence.nodes
    )


def _repeated(evidence: Evidence, node: ast.AST) -> bool:
    """Whether a node stands in a loop, or in a function that is called in one."""
    if loop_around(evidence, node) is not None:
        return True
    function = enclosing(evidence, node, *FUNCTIONS)
    if not isinstance(function, FUNCTIONS) or not is_called(evidence, function.name):
        return False
    calls = [n for n in evidence.nodes if isinstance(n, ast.Call) and called(n) == function.name]
    return any(loop_around(evidence, call) is not None for call in calls)
