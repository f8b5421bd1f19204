"""The text gives the images another size than they have.

## What it finds

A sentence that says the images are so many pixels wide and high, where no image that the program loads,
feeds, makes or passes between layers has that size.

## Why it is wrong

The reader carries the wrong number over to a network for other data, or looks for the mistake in the code.

## Example

~~~~markdown
The images are 32x32 pixels.

```python
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x, y), _ = mnist.load_data()
model = Sequential([Input((28, 28)), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x[:64] / 255, y[:64], verbose=0)
```
~~~~

## Read instead

~~~~markdown
The images are 28x28 pixels.

```python
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x, y), _ = mnist.load_data()
model = Sequential([Input((28, 28)), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x[:64] / 255, y[:64], verbose=0)
```
~~~~

## Known limits

Only where a built-in data set of images was loaded, and only sentences that say it outright. A size that
stands anywhere in the code as two numbers is accepted.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import DataLoaded, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._prose import asserted, quoted, sentences

SEVERITY = Severity.NOTE
NEEDS = "trace"

_SIZE = r"(\d{1,4})\s?(?:x|\u00d7|\*|by)\s?(\d{1,4})"
_CLAIM = re.compile(
    rf"\bimages? (?:is|are|has|have|of|in)\b[^.;]{{0,30}}\b{_SIZE}\b"
    rf"|\b{_SIZE}[- ](?:pixel\w* |gr[ae]y\w* )?images?\b",
    re.IGNORECASE,
)


def find(evidence: Evidence) -> Iterator[Match]:
    loaded = {shape[1:3] for event in evidence.of(DataLoaded) for shape in event.shapes if len(shape) >= 3}
    if not loaded:
        return
    known = {*loaded, *_seen(evidence)}
    for sentence in sentences(evidence):
        own = asserted(sentence) and not _others(sentence.text, evidence)
        claim = _CLAIM.search(sentence.text) if own else None
        numbers = [int(text) for text in claim.groups() if text] if claim else []
        if claim is None or len(numbers) != 2 or tuple(numbers) in known or _written(evidence, numbers):
            continue
        height, width = sorted(loaded)[0]
        message = (
            f"The text says {quoted(claim)}, but the images that are loaded are {height}x{width}: "
            "correct one of the two."
        )
        found = {"text": sentence.text, "claimed": numbers, "loaded": sorted(list(size) for size in loaded)}
        line, end = sentence.lines_of(claim)
        yield Match(line, message, end_line=end, evidence=found)


_DATA_SETS = re.compile(
    r"\b(Fashion[- ]MNIST|EMNIST|KMNIST|MNIST|CIFAR-?100?|ImageNet|CelebA|SVHN|LSUN|COCO|STL-?10|Omniglot)\b",
    re.IGNORECASE,
)


def _others(text: str, evidence: Evidence) -> bool:
    """Whether a sentence speaks of a data set that this program does not load."""
    loaded = {_plain(event.name) for event in evidence.of(DataLoaded)}
    return any(_plain(found[0]) not in loaded for found in _DATA_SETS.finditer(text))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _seen(evidence: Evidence) -> Iterator[tuple[int | None, ...]]:
    """Sizes of all that the run showed: arrays, inputs and outputs of models, outputs of layers."""
    for seen in evidence.models.values():
        shapes = [*seen.input_shapes, *seen.output_shapes]
        shapes += [layer.output_shape for layer in seen.layers if layer.output_shape is not None]
        yield from (shape[1:3] for shape in shapes if len(shape) >= 3)
    for call in evidence.calls:
        for array in (*call.inputs, *call.targets, *call.outputs):
            yield array.shape[1:3]


def _written(evidence: Evidence, numbers: list[int]) -> bool:
    values = {node.value for node in evidence.nodes if isinstance(node, ast.Constant)}
    return set(numbers) <= values
