"""Predictions for images in one order are held against labels in another.

## What it finds

`predict` of a generator or a data set that shuffles, whose outcome is then held against the labels of the
same generator or data set, taken by themselves: its `classes` or `labels`, or a second round through it.

## Why it is wrong

`flow_from_directory` and `image_dataset_from_directory` shuffle unless they are told not to, and a shuffled
`tf.data` pipeline does it anew in each round. The predictions come in the order of one round, the labels in
that of the files or of another round: row by row they belong to different images. Whatever is computed of
them, a confusion matrix or an accuracy, is that of a guess.

## Example

```python
import numpy as np
import tensorflow as tf
from keras import Input, Sequential, layers

x = np.random.uniform(-1, 1, size=(64, 4)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(64).batch(8)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(2, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(data, verbose=0)
labels = np.concatenate([label for _, label in data])
predicted = np.argmax(model.predict(data, verbose=0), axis=1)
print(np.mean(predicted == labels))
```

## Read instead

```python
import numpy as np
import tensorflow as tf
from keras import Input, Sequential, layers

x = np.random.uniform(-1, 1, size=(64, 4)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")
data = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(2, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(data.shuffle(8), verbose=0)
labels = np.concatenate([label for _, label in data])
predicted = np.argmax(model.predict(data, verbose=0), axis=1)
print(np.mean(predicted == labels))
```

## Known limits

Read from the text, so that it is found also where the images are not at hand. A pipeline that is cached
somewhere is left alone, and so is one whose `shuffle` is not written out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._data_places import assignments, root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, keyword

SEVERITY = Severity.ERROR
NEEDS = "source"

_PREDICTING = {"predict", "predict_generator"}
_READING = {"flow_from_directory", "flow_from_dataframe"}
_FROM_FILES = "_dataset_from_directory"
_LABELS = {"classes", "labels"}
_STEPS = 6  # followed at most, from variable to variable


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[str] = set()
    for node in sorted(_predictions(evidence), key=lambda one: one.lineno):
        given = node.args[0] if node.args else keyword(node, "x")
        if not isinstance(given, ast.Name) or given.id in told:
            continue
        shuffles = _shuffles_at(evidence, given.id)
        held = _held_against(evidence, node, given.id) if shuffles is not None else None
        if held is None:
            continue
        told.add(given.id)
        message = (
            f"`{given.id}` shuffles (line {shuffles}), so that these predictions come in another order than "
            f"the labels they are held against in line {held}. Make it with `shuffle=False`."
        )
        yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"data": given.id})


def _predictions(evidence: Evidence) -> Iterator[ast.Call]:
    for node in evidence.nodes:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and called(node) in _PREDICTING
        ):
            yield node


def _shuffles_at(evidence: Evidence, name: str) -> int | None:
    """The line from which on a variable's data come in a new order in each round, if they do."""
    found: int | None = None
    names, seen = [name], set[str]()
    while names and len(seen) < _STEPS:
        current = names.pop()
        seen.add(current)
        for assign in assignments(evidence, current):
            for call in (one for one in ast.walk(assign.value) if isinstance(one, ast.Call)):
                shuffled = _shuffled(call)
                if shuffled is None or called(call) == "cache":
                    return None
                found = call.lineno if shuffled else found
            root = root_name(assign.value)
            if root is not None and root not in seen:
                names.append(root)
    settings = (n for n in evidence.nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store))
    return None if any(n.attr == "shuffle" for n in settings) else found


def _shuffled(call: ast.Call) -> bool | None:
    """Whether a call makes data that are shuffled in each round; None where that is not written out."""
    name = called(call) or ""
    option = "reshuffle_each_iteration" if name == "shuffle" else "shuffle"
    if name != "shuffle" and name not in _READING and not name.endswith(_FROM_FILES):
        return False
    if any(word.arg is None for word in call.keywords):
        return None
    given = keyword(call, option)
    if given is None:
        return True
    return bool(given.value) if isinstance(given, ast.Constant) else None


def _held_against(evidence: Evidence, prediction: ast.Call, name: str) -> int | None:
    """The line where what comes of a prediction meets the labels of the same data."""
    predicted = _made_from(evidence, {prediction})
    labels = _made_from(evidence, {n for n in evidence.nodes if _is_labels(n, name)})
    for node in evidence.nodes:
        if isinstance(node, ast.Call) and called(node) != "print":  # which puts sums side by side, too
            sides = [*node.args, *(word.value for word in node.keywords)]
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
        else:
            continue
        ours = [side for side in sides if _holds(side, predicted) and not _holds(side, labels)]
        theirs = [side for side in sides if _holds(side, labels) and not _holds(side, predicted)]
        if ours and theirs:
            return node.lineno
    return None


def _is_labels(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in _LABELS and isinstance(node.value, ast.Name) and node.value.id == name
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        pair = node.generators[0].target
        last = pair.elts[-1] if isinstance(pair, ast.Tuple) and len(pair.elts) > 1 else None
        source = node.generators[0].iter
        if not isinstance(source, ast.Name) or source.id != name or not isinstance(last, ast.Name):
            return False
        return any(isinstance(n, ast.Name) and n.id == last.id for n in ast.walk(node.elt))
    return False


def _made_from(evidence: Evidence, sources: set[ast.AST]) -> tuple[set[ast.AST], set[str]]:
    """Some expressions, and the variables that hold nothing but what was made from them."""
    names: set[str] = set()
    for _ in range(_STEPS):
        for assign in (n for n in evidence.nodes if isinstance(n, ast.Assign)):
            target = assign.targets[0]
            if isinstance(target, ast.Name) and _holds(assign.value, (sources, names)):
                names.add(target.id)
    return sources, names


def _holds(node: ast.AST, made: tuple[set[ast.AST], set[str]]) -> bool:
    sources, names = made
    return any(
        inner in sources or (isinstance(inner, ast.Name) and inner.id in names) for inner in ast.walk(node)
    )
