"""Random changes of images are kept by a cache, the same in every epoch.

## What it finds

A `tf.data` pipeline that changes its images at random (`tf.image.random_...`, Keras's `Random...` layers)
by `map` and is kept by `cache` behind that.

## Why it is wrong

The cache keeps what the first epoch drew. From then on each image comes in one and the same form, and the
augmentation, which is to show the model ever new forms, only has a smaller set of examples replaced by
another of the same size. Put `cache` in front of the random step.

## Example

```python
import numpy as np
import tensorflow as tf

images = np.random.uniform(size=(64, 8, 8, 3)).astype("float32")

def augment(image):
    return tf.image.random_flip_left_right(image)

data = tf.data.Dataset.from_tensor_slices(images).map(augment).cache().batch(16)
for batch in data:
    print(batch.shape)
```

## Read instead

```python
import numpy as np
import tensorflow as tf

images = np.random.uniform(size=(64, 8, 8, 3)).astype("float32")

def augment(image):
    return tf.image.random_flip_left_right(image)

data = tf.data.Dataset.from_tensor_slices(images).cache().map(augment).batch(16)
for batch in data:
    print(batch.shape)
```

## Known limits

Read from the text: the function must stand in the article. Numbers that a pipeline draws to make up its
examples are no augmentation, and may well be kept.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._pipelines import line_of, steps_to
from harness.rules._program import bindings, called, dotted

SEVERITY = Severity.WARNING
NEEDS = "source"

_DEEPEST = 3  # functions that call functions


def find(evidence: Evidence) -> Iterator[Match]:
    for cache in evidence.nodes:
        if not isinstance(cache, ast.Call) or called(cache) != "cache":
            continue
        steps = [step for step in steps_to(evidence, cache) if called(step) == "map" and step.args]
        drawn = [(step, what) for step in steps if (what := _random(evidence, step.args[0]))]
        for step, what in drawn[:1]:
            message = (
                f"What `{what}` draws (line {line_of(step)}) is kept by this `cache`: every epoch sees the "
                "same images. Put `cache()` in front of that `map`."
            )
            yield Match(line_of(cache), message, evidence={"random": what, "map": line_of(step)})


def _random(evidence: Evidence, function: ast.expr | None, deep: int = 0) -> str | None:
    """What a function draws to change images at random, by name."""
    if function is None or deep > _DEEPEST:
        return None
    body: ast.AST | None = function if isinstance(function, ast.Lambda) else None
    if isinstance(function, ast.Name):
        defined = [n for n in evidence.nodes if isinstance(n, ast.FunctionDef) and n.name == function.id]
        body = defined[-1] if defined else None
        if body is None:
            return _layers(bindings(evidence).get(function.id, []))
    for call in (part for part in ast.walk(body) if isinstance(part, ast.Call)) if body else ():
        name = dotted(call.func) or ""
        if ".image.random_" in f".{name}":
            return name
        if isinstance(call.func, ast.Name) and (inner := _random(evidence, call.func, deep + 1)):
            return inner
    return None


def _layers(made: list[ast.expr]) -> str | None:
    """The first of Keras's layers that change images at random, in what makes a model or a layer."""
    calls = [part for value in made for part in ast.walk(value) if isinstance(part, ast.Call)]
    names = [called(call) or "" for call in calls]
    return next((name for name in names if name in _LAYERS), None)


_LAYERS = frozenset(
    f"Random{what}"
    for what in (
        "Brightness",
        "ColorDegeneration",
        "ColorJitter",
        "Contrast",
        "Crop",
        "Erasing",
        "Flip",
        "Grayscale",
        "Height",
        "Hue",
        "Perspective",
        "Posterization",
        "Rotation",
        "Saturation",
        "Sharpness",
        "Shear",
        "Translation",
        "Width",
        "Zoom",
    )
)
