"""A network that is only to be learned from is trained along with the one that learns.

## What it finds

A `train_step` that calls two networks on the same examples under its tape, one of them with
`training=False`, and takes the gradient for all the variables of the model that holds both, the first
network's among them.

## Why it is wrong

A teacher is to stay as it is: its answers are the targets. When it is trained by the same loss, teacher and
student move towards each other, which makes the loss small and both of them worse. Take the gradient for
the student's variables, or freeze the teacher.

## Example

```python
import keras
import numpy as np
import tensorflow as tf


class Distiller(keras.Model):
    def __init__(self, student, teacher):
        super().__init__()
        self.student, self.teacher = student, teacher

    def train_step(self, x):
        with tf.GradientTape() as tape:
            wanted = self.teacher(x, training=False)
            loss = tf.reduce_mean(tf.square(wanted - self.student(x, training=True)))
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return {"loss": loss}


def network(width):
    hidden = keras.layers.Dense(width, activation="relu")
    return keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(2)])


distiller = Distiller(network(4), network(32))
distiller.compile(optimizer="adam")
distiller.fit(np.random.normal(size=(64, 4)), verbose=0)
```

## Read instead

```python
import keras
import numpy as np
import tensorflow as tf


class Distiller(keras.Model):
    def __init__(self, student, teacher):
        super().__init__()
        self.student, self.teacher = student, teacher

    def train_step(self, x):
        with tf.GradientTape() as tape:
            wanted = self.teacher(x, training=False)
            loss = tf.reduce_mean(tf.square(wanted - self.student(x, training=True)))
        variables = self.student.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return {"loss": loss}


def network(width):
    hidden = keras.layers.Dense(width, activation="relu")
    return keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(2)])


distiller = Distiller(network(4), network(32))
distiller.compile(optimizer="adam")
distiller.fit(np.random.normal(size=(64, 4)), verbose=0)
```

## Known limits

Read from the text. A network whose output goes into the other one is its body, and may be trained in
inference mode; one that is frozen anywhere, or whose output is cut off by `stop_gradient`, is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted, enclosing, frozen, keyword
from harness.rules._tapes import FUNCTIONS, VARIABLES, gradients, made_of, scope, tapes

SEVERITY = Severity.ERROR
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    for taken in gradients(evidence, evidence.tree):
        around = scope(evidence, taken.node)
        everything = _of_everything(evidence, taken.node)
        if not isinstance(around, FUNCTIONS) or everything is None:
            continue
        calls = [call for block in tapes(around) for call in _networks(block)]
        teachers = [call for call in calls if _training(call) is False]
        for teacher in teachers:
            name = ast.unparse(teacher.func)
            students = [call for call in calls if ast.unparse(call.func) != name and _training(call) is True]
            if students and _is_apart(evidence, teacher, students) and not _is_kept(evidence, teacher):
                student = ast.unparse(students[0].func)
                message = (
                    f"The gradient is taken for all variables, those of `{name}` among them, which is only "
                    f"to be learned from: it moves towards `{student}`. Take it for "
                    f"`{student}.trainable_variables`."
                )
                yield Match(everything.lineno, message, evidence={"teacher": name})
                break


def _of_everything(evidence: Evidence, gradient: ast.Call) -> ast.expr | None:
    """Where a gradient is for ``self.trainable_variables``, the place that says so."""
    sources = gradient.args[1] if len(gradient.args) > 1 else keyword(gradient, "sources")
    for part in made_of(evidence, sources) if sources is not None else ():
        if isinstance(part, ast.Attribute) and part.attr in VARIABLES and dotted(part.value) == "self":
            return part
    return None


def _networks(block: ast.With) -> Iterator[ast.Call]:
    """Calls of a model's own networks on examples: ``self.teacher(x, training=False)``."""
    for node in ast.walk(block):
        own = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if own and isinstance(node, ast.Call) and (dotted(node.func) or "").startswith("self.") and node.args:
            yield node


def _training(call: ast.Call) -> bool | None:
    flag = keyword(call, "training")
    return bool(flag.value) if isinstance(flag, ast.Constant) and isinstance(flag.value, bool) else None


def _is_apart(evidence: Evidence, teacher: ast.Call, students: list[ast.Call]) -> bool:
    """Whether both are given the same examples, and no network what another one gives."""
    given = ast.unparse(teacher.args[0])
    return all(
        ast.unparse(one.args[0]) == given and teacher not in set(made_of(evidence, one.args[0]))
        for one in students
    )


def _is_kept(evidence: Evidence, teacher: ast.Call) -> bool:
    """Whether something says that a network is not to be trained: it is frozen, or its output is cut off."""
    name = (dotted(teacher.func) or "").rpartition(".")[2]
    if any(not flag and text.rpartition(".")[2] == name for _, text, flag in frozen(evidence)):
        return True
    cut = (node for node in evidence.nodes if called(node) == "stop_gradient")
    around = enclosing(evidence, teacher, *FUNCTIONS)
    return any(enclosing(evidence, node, *FUNCTIONS) is around for node in cut)
