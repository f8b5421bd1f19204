"""A generator is asked for one class and taught that its images should be of another.

## What it finds

A generator that is given drawn classes, while the classifier's loss on what it makes takes other classes
for right: those of a batch of real examples, or others that were drawn, also by an earlier call of the same
function.

## Why it is wrong

Which class an image should be of has then nothing to do with which one was asked for. The generator learns to
leave the class it is given aside, and the classifier's part of the loss does not get below that of a guess.
Give the loss the very classes that the generator was given.

## Example

```python
import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(0)
noise_in, class_in = keras.Input((8,)), keras.Input((1,), dtype="int32")
wanted = layers.Flatten()(layers.Embedding(3, 8)(class_in))
made = layers.Dense(16, activation="tanh")(layers.Concatenate()([noise_in, wanted]))
generator = keras.Model([noise_in, class_in], made)
image_in = keras.Input((16,))
hidden = layers.Dense(8, activation="relu")(image_in)
verdicts = [layers.Dense(1, activation="sigmoid")(hidden), layers.Dense(3, activation="softmax")(hidden)]
discriminator = keras.Model(image_in, verdicts)
losses = ["binary_crossentropy", "sparse_categorical_crossentropy"]
discriminator.compile(optimizer="adam", loss=losses)
combined = keras.Model([noise_in, class_in], discriminator(generator([noise_in, class_in])))
combined.compile(optimizer="adam", loss=losses)
images, classes = rng.uniform(-1, 1, (64, 16)).astype("float32"), rng.integers(0, 3, (64, 1))

for _ in range(3):
    rows = rng.integers(0, 64, 16)
    noise, digits = rng.normal(size=(16, 8)).astype("float32"), rng.integers(0, 3, (16, 1))
    fakes = generator.predict_on_batch([noise, digits])
    discriminator.trainable = True
    discriminator.train_on_batch(images[rows], [np.ones((16, 1)), classes[rows]])
    discriminator.train_on_batch(fakes, [np.zeros((16, 1)), digits])
    discriminator.trainable = False
    combined.train_on_batch([noise, digits], [np.ones((16, 1)), classes[rows]])
```

## Read instead

```python
import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(0)
noise_in, class_in = keras.Input((8,)), keras.Input((1,), dtype="int32")
wanted = layers.Flatten()(layers.Embedding(3, 8)(class_in))
made = layers.Dense(16, activation="tanh")(layers.Concatenate()([noise_in, wanted]))
generator = keras.Model([noise_in, class_in], made)
image_in = keras.Input((16,))
hidden = layers.Dense(8, activation="relu")(image_in)
verdicts = [layers.Dense(1, activation="sigmoid")(hidden), layers.Dense(3, activation="softmax")(hidden)]
discriminator = keras.Model(image_in, verdicts)
losses = ["binary_crossentropy", "sparse_categorical_crossentropy"]
discriminator.compile(optimizer="adam", loss=losses)
combined = keras.Model([noise_in, class_in], discriminator(generator([noise_in, class_in])))
combined.compile(optimizer="adam", loss=losses)
images, classes = rng.uniform(-1, 1, (64, 16)).astype("float32"), rng.integers(0, 3, (64, 1))

for _ in range(3):
    rows = rng.integers(0, 64, 16)
    noise, digits = rng.normal(size=(16, 8)).astype("float32"), rng.integers(0, 3, (16, 1))
    fakes = generator.predict_on_batch([noise, digits])
    discriminator.trainable = True
    discriminator.train_on_batch(images[rows], [np.ones((16, 1)), classes[rows]])
    discriminator.train_on_batch(fakes, [np.zeros((16, 1)), digits])
    discriminator.trainable = False
    combined.train_on_batch([noise, digits], [np.ones((16, 1)), digits])
```

## Known limits

Read from the text: `train_on_batch` of a model that holds others, and categorical losses of what a model
makes of what another made, within one function. Classes that a function is given and that are not drawn in
it are left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._drawn_in_steps import draws, is_drawn
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted, keyword
from harness.rules._tapes import FUNCTIONS, bound_to, made_of, scope

SEVERITY = Severity.ERROR
NEEDS = "trace"

_VERDICTS = frozenset({"ones", "zeros", "full", "ones_like", "zeros_like", "full_like"})


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        if not isinstance(node, ast.Call):
            continue
        for asked, taught in (*_combined(evidence, node), *_in_losses(evidence, node)):
            if _is_another(evidence, asked, taught):
                message = (
                    f"The generator is asked for `{ast.unparse(asked)}`, and what it makes should be of "
                    f"class `{ast.unparse(taught)}`, which has nothing to do with it. Give the loss "
                    f"`{ast.unparse(asked)}`."
                )
                found = {"asked": ast.unparse(asked), "taught": ast.unparse(taught)}
                yield Match(node.lineno, message, end_line=node.end_lineno, evidence=found)
                break
        yield from _of_another_draw(evidence, node)


def _of_another_draw(evidence: Evidence, node: ast.Call) -> Iterator[Match]:
    """``z, c = draw()``, and then ``z, _ = draw()``, and a loss of ``c`` and what is made of ``z``."""
    if len(node.args) < 2 or not isinstance(node.args[0], ast.Name) or not _is_categorical(evidence, node):
        return
    around, label = scope(evidence, node), node.args[0]
    drawn = bound_to(around, label.id, node.lineno)
    own = {function.name for function in evidence.nodes if isinstance(function, FUNCTIONS)}
    if drawn is None or not _is_unpacked(drawn) or called(drawn.value) not in own:
        return
    names = [part for part in made_of(evidence, node.args[1]) if isinstance(part, ast.Name)]
    bound = [(name, bound_to(around, name.id, name.lineno)) for name in names]
    if any(made is drawn for _, made in bound):
        return  # mixed with another draw
    for given, made in bound:
        if made is None or not _is_unpacked(made) or called(made.value) != called(drawn.value):
            continue
        message = (
            f"This draws `{given.id}` anew, of which is made what the loss in line {node.lineno} judges, and "
            f"`{label.id}` there are still those of line {drawn.lineno}: the two have nothing to do with "
            f"each other. Take both from one call of `{called(made.value)}`."
        )
        found = {"taught": label.id, "drawn_at": drawn.lineno}
        yield Match(made.lineno, message, end_line=made.end_lineno, evidence=found)
        return


def _is_unpacked(assign: ast.Assign) -> bool:
    return isinstance(assign.targets[0], ast.Tuple) and isinstance(assign.value, ast.Call)


def _combined(evidence: Evidence, node: ast.Call) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Drawn conditions and class targets of ``combined.train_on_batch([noise, c], [valid, t])``."""
    if called(node) != "train_on_batch" or not isinstance(node.func, ast.Attribute):
        return
    seen = evidence.named.get(ast.unparse(node.func.value))
    given = _elements(node.args[0] if node.args else keyword(node, "x"))
    targets = _elements(node.args[1] if len(node.args) > 1 else keyword(node, "y"))
    if seen is None or not seen.contains or not _has_classes(evidence, seen.model) or len(targets) < 2:
        return
    for asked in given:
        for taught in targets:
            yield asked, taught


def _has_classes(evidence: Evidence, model: int) -> bool:
    return any("categorical" in loss for event in evidence.compiled(model) for loss in event.losses)


def _in_losses(evidence: Evidence, node: ast.Call) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Drawn conditions and labels of ``loss(t, d(g([noise, c])))``, a categorical loss."""
    if len(node.args) < 2 or not _is_categorical(evidence, node):
        return
    models = {name.rpartition(".")[2] for name in evidence.named}
    calls = [part for part in made_of(evidence, node.args[1]) if called(part) in models]
    for call in calls:
        given = _elements(call.args[0]) if isinstance(call, ast.Call) and call.args else []
        for asked in given if len({called(one) for one in calls}) > 1 else []:
            yield asked, node.args[0]


def _is_categorical(evidence: Evidence, node: ast.Call) -> bool:
    """Whether a loss is one over classes, by its name or by the class of the object."""
    name = dotted(node.func) or ""
    made = bound_to(evidence.tree, name, node.lineno) if "." not in name else None
    text = name if made is None else ast.unparse(made.value)
    return "categorical_crossentropy" in text.lower() or "CategoricalCrossentropy" in text


def _elements(value: ast.expr | None) -> list[ast.expr]:
    return list(value.elts) if isinstance(value, ast.List | ast.Tuple) else []


def _is_another(evidence: Evidence, asked: ast.expr, taught: ast.expr) -> bool:
    """Whether one class was drawn, and the other is known to come from elsewhere."""
    if not is_drawn(evidence, asked):
        return False
    parts = list(made_of(evidence, taught))
    mine = {node for node in made_of(evidence, asked) if isinstance(node, ast.Call) and draws(node)}
    if mine & set(parts) or any(called(part) in _VERDICTS for part in parts):
        return False
    return is_drawn(evidence, taught) or _of_real_ones(evidence, taught)


def _of_real_ones(evidence: Evidence, taught: ast.expr) -> bool:
    """Whether labels are rows of the data's, or what a step is given beside the examples."""
    root = taught
    while isinstance(root, ast.Subscript):
        root = root.value
    if root is not taught:
        return isinstance(root, ast.Name)
    around = scope(evidence, taught)
    own = getattr(around, "args", None)
    return isinstance(taught, ast.Name) and any(
        argument.arg == taught.id for argument in getattr(own, "args", ())
    )
