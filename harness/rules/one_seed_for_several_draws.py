"""Random augmentations that are meant to differ are all drawn with one seed.

## What it finds

Two views of one example that are made by the same call with the same seed, through operations named
`stateless_random_...`; and such an operation with a seed that is written out in it, in a function that a
pipeline maps over its examples.

## Why it is wrong

A stateless operation gives the same result for the same seed, whenever it is called. Two views made with
one seed are one view twice: a network that is to tell that they belong together learns nothing by it. With
a seed that is written out every example gets the same crop, flip and brightness in every epoch, so that
nothing is augmented.

## Example

```python
import tensorflow as tf


def augment(image, seed):
    return tf.image.stateless_random_brightness(image, 0.4, seed=seed)


def two_views(image):
    seed = tf.random.uniform((2,), maxval=1000, dtype=tf.int32)
    return augment(image, seed), augment(image, seed)


images = tf.data.Dataset.from_tensor_slices(tf.zeros((4, 8, 8, 3))).map(two_views)
print(next(iter(images))[0].shape)
```

## Read instead

```python
import tensorflow as tf


def augment(image, seed):
    return tf.image.stateless_random_brightness(image, 0.4, seed=seed)


def two_views(image):
    seeds = tf.random.uniform((2, 2), maxval=1000, dtype=tf.int32)
    return augment(image, seeds[0]), augment(image, seeds[1])


images = tf.data.Dataset.from_tensor_slices(tf.zeros((4, 8, 8, 3))).map(two_views)
print(next(iter(images))[0].shape)
```

## Known limits

Read from the text. The two views must be made by calls that read the same, with nothing bound anew between
them; a seed must be written out as numbers where it is used.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, keyword
from harness.rules._tapes import FUNCTIONS, functions, own_calls

SEVERITY = Severity.ERROR
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    drawing = {
        node.name: node for node in evidence.nodes if isinstance(node, FUNCTIONS) and any(_stateless(node))
    }
    for around in functions(evidence):
        yield from _views(evidence, around, set(drawing))
    for name in _mapped(evidence):
        for call in _stateless(drawing[name]) if name in drawing else ():
            seed = keyword(call, "seed")
            if isinstance(seed, ast.Tuple | ast.List) and all(isinstance(n, ast.Constant) for n in seed.elts):
                message = (
                    f"The seed `{ast.unparse(seed)}` is the same for every example: `{called(call)}` does "
                    "the same to all of them. Give each example a seed of its own."
                )
                yield Match(call.lineno, message, end_line=call.end_lineno, evidence={"form": "mapped"})


def _stateless(function: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and (called(node) or "").startswith("stateless_random_"):
            yield node


def _views(evidence: Evidence, around: ast.AST, drawing: set[str]) -> Iterator[Match]:
    """Two calls that read the same, of a function that draws by the seed it is given."""
    calls = sorted(
        (call for call in own_calls(evidence, around) if called(call) in drawing and len(call.args) > 1),
        key=lambda call: (call.lineno, call.col_offset),
    )
    for one, other in pairwise(calls):
        names = {part.id for part in ast.walk(one) if isinstance(part, ast.Name)}
        if ast.unparse(one) == ast.unparse(other) and not _bound_between(around, names, one, other):
            message = (
                f"`{ast.unparse(other)}` is called twice with the same seed, and gives the same both times. "
                "Draw a seed for each."
            )
            yield Match(other.lineno, message, end_line=other.end_lineno, evidence={"form": "views"})


def _bound_between(around: ast.AST, names: set[str], one: ast.Call, other: ast.Call) -> bool:
    """Whether a statement from the one call to the other binds something that they are given."""
    return any(
        isinstance(node, ast.Name)
        and isinstance(node.ctx, ast.Store)
        and node.id in names
        and one.lineno <= node.lineno < other.lineno
        for node in ast.walk(around)
    )


def _mapped(evidence: Evidence) -> Iterator[str]:
    """The functions that pipelines map over their examples."""
    for node in evidence.nodes:
        if isinstance(node, ast.Call) and called(node) == "map" and isinstance(node.func, ast.Attribute):
            yield from (given.id for given in node.args[:1] if isinstance(given, ast.Name))
