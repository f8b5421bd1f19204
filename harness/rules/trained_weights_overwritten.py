"""A network that is trained is overwritten, again and again, by one that nothing changes.

## What it finds

In a loop, `trained.set_weights(other.get_weights())`, where `trained` is the network for which gradients
are taken, `other` is asked for predictions, and nothing in the loop ever gives it new weights.

## Why it is wrong

A target network follows the network that learns, a few steps behind. Copied the other way, what was learned
since the last copy is thrown away, and the target network keeps the weights that it began with. Nothing
fails: the loss goes down between two copies and begins anew after each.

## Example

```python
import keras
import tensorflow as tf

online = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
target = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
target.set_weights(online.get_weights())
optimizer = keras.optimizers.Adam()

for step in range(20):
    states = tf.random.normal((8, 4))
    wanted = 0.9 * target(states)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(wanted - online(states)))
    gradients = tape.gradient(loss, online.trainable_variables)
    optimizer.apply_gradients(zip(gradients, online.trainable_variables))
    if step % 5 == 0:
        online.set_weights(target.get_weights())
```

## Read instead

```python
import keras
import tensorflow as tf

online = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
target = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
target.set_weights(online.get_weights())
optimizer = keras.optimizers.Adam()

for step in range(20):
    states = tf.random.normal((8, 4))
    wanted = 0.9 * target(states)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(wanted - online(states)))
    gradients = tape.gradient(loss, online.trainable_variables)
    optimizer.apply_gradients(zip(gradients, online.trainable_variables))
    if step % 5 == 0:
        target.set_weights(online.get_weights())
```

## Known limits

Read from the text, by the names of the networks. A network that is loaded, or given other weights in any
other way outside of what comes before all loops, is left alone, and so is one that is trained itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted, enclosing, method_calls
from harness.rules._tapes import FUNCTIONS, gradients

SEVERITY = Severity.ERROR
NEEDS = "source"

_TRAINING = frozenset({"fit", "train_on_batch"})
_PREDICTING = frozenset({"predict", "predict_on_batch", "call"})
_DEEPEST = 3  # functions that call one another
_GIVING = frozenset({"set_weights", "load_weights", "assign", "assign_add", "set_value"})


def find(evidence: Evidence) -> Iterator[Match]:
    trained = {taken.owner for taken in gradients(evidence, evidence.tree) if taken.owner is not None}
    trained |= {site.receiver for site in method_calls(evidence) if site.method in _TRAINING}
    for site in method_calls(evidence):
        other = _copied(site.node) if site.method == "set_weights" else None
        if (
            other is None
            or site.receiver not in trained
            or other in trained
            or not _repeated(evidence, site.node)
        ):
            continue
        if not _asked(evidence, other) or any(_changes(evidence, node, other) for node in evidence.nodes):
            continue
        message = (
            f"`{site.receiver}` is trained, and this overwrites it with the weights of `{other}`, which "
            f"nothing changes: what was learned is thrown away each time. Write `{other}.set_weights("
            f"{site.receiver}.get_weights())`."
        )
        yield Match(site.line, message, end_line=site.end_line, evidence={"trained": site.receiver})


def _copied(call: ast.Call) -> str | None:
    """The network whose weights a call of ``set_weights`` is given as they are."""
    given = call.args[0] if len(call.args) == 1 else None
    if (
        isinstance(given, ast.Call)
        and called(given) == "get_weights"
        and isinstance(given.func, ast.Attribute)
    ):
        return dotted(given.func.value)
    return None


def _repeated(evidence: Evidence, node: ast.AST, deep: int = _DEEPEST) -> bool:
    """Whether a place is gone through again and again: in a loop, or in a function that one calls."""
    if enclosing(evidence, node, ast.For, ast.While) is not None:
        return True
    around = enclosing(evidence, node, *FUNCTIONS)
    if not isinstance(around, FUNCTIONS) or not deep:
        return False
    calls = [call for call in evidence.nodes if called(call) == around.name]
    return any(_repeated(evidence, call, deep - 1) for call in calls)


def _asked(evidence: Evidence, network: str) -> bool:
    """Whether a network is asked for something again and again; else it may only keep a beginning."""
    return any(
        dotted(node.func) in {network, *(f"{network}.{name}" for name in _PREDICTING)}
        for node in evidence.nodes
        if isinstance(node, ast.Call) and _repeated(evidence, node)
    )


def _changes(evidence: Evidence, node: ast.AST, network: str) -> bool:
    """Whether a call that may be repeated gives a network other weights, or goes through its variables."""
    if not isinstance(node, ast.Call) or not _repeated(evidence, node):
        return False
    names = {dotted(part) for part in ast.walk(node)}
    if called(node) in _GIVING and isinstance(node.func, ast.Attribute):
        return network in {dotted(part) for part in ast.walk(node.func)}
    return called(node) == "zip" and any(name and name.startswith(f"{network}.") for name in names)
