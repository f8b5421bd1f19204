"""The rows and columns of a kernel are given as two arguments, and the second is taken for the stride.

## What it finds

`Conv2D(32, 3, 3)` and `Convolution2D(nb_filter, nb_conv, nb_conv)`, as Keras 1 had it: three positional
arguments, the last two of which are the same odd number or bear names of a kernel's sides.

## Why it is wrong

Since Keras 2.0 the second argument is the whole kernel size and the third is the stride. The layer then moves
by three pixels at a time: it sees each pixel once and hands a ninth of the values on, and a few such layers
leave nothing of an image. Write the size as one argument, `Conv2D(32, (3, 3))`.

## Example

```python
import keras
from keras import layers

model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 3, 3, activation="relu")])
```

## Read instead

```python
import keras
from keras import layers

model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, (3, 3), activation="relu")])
```

## Known limits

A stride of 1, 2 or 4 is taken for one, as in `Conv2D(96, 4, 4)`, which cuts an image into patches.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Fix, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import bindings, called

SEVERITY = Severity.WARNING
NEEDS = "source"

_LAYERS = {"Conv2D", "Convolution2D", "SeparableConv2D", "SeparableConvolution2D", "AtrousConvolution2D"}
_SIDES = re.compile(
    r"^(?:nb|num|n|kernel|k)_?(?:rows?|cols?|conv|kernel|size)s?$|^(?:kernel|filter|conv)_?size$"
)
_TOO_SMALL = re.compile(r"negative dimension|would be (?:zero or )?negative", re.IGNORECASE)


def find(evidence: Evidence) -> Iterator[Match]:
    places = [node for node in evidence.nodes if _two_sides(evidence, node)]
    first = min((node.lineno for node in places if isinstance(node, ast.Call)), default=0)
    small = tuple(
        f.seq
        for f in evidence.faults
        if _TOO_SMALL.search(f.message) and f.line is not None and f.line >= first
    )
    for node in places:
        assert isinstance(node, ast.Call)
        size, stride = (ast.unparse(argument) for argument in node.args[1:3])
        refused = (*(small if node.lineno == first else ()), *_given_twice(evidence, node))
        yield Match(
            node.lineno,
            f"The third argument of `{called(node)}` is the stride, not the kernel's other side: give the "
            f"size as one, `({size}, {stride})`.",
            end_line=node.end_lineno,
            evidence={"kernel_size": size, "strides": stride},
            fix=_fix(evidence, node, f"{size}, {stride}"),
            explains=refused,
            severity=Severity.ERROR if refused else None,
        )


def _given_twice(evidence: Evidence, node: ast.Call) -> Iterator[int]:
    """The faults of a layer whose stride stands by its name as well: ``subsample`` in Keras 1."""
    for fault in evidence.faults:
        here = fault.line is not None and node.lineno <= fault.line <= (node.end_lineno or node.lineno)
        if here and "multiple values for argument 'strides'" in fault.message:
            yield fault.seq


def _two_sides(evidence: Evidence, node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or called(node) not in _LAYERS or len(node.args) < 3:
        return False
    rows, columns = node.args[1:3]
    names = [side.id.lower() for side in (rows, columns) if isinstance(side, ast.Name)]
    if len(names) == 2 and all(_SIDES.match(name) for name in names):
        return True
    return _number(evidence, rows) == _number(evidence, columns) in {3, 5, 7, 9, 11}


def _number(evidence: Evidence, node: ast.expr) -> object:
    """The number that an argument is, also through a name that is bound once."""
    if isinstance(node, ast.Name):
        bound = bindings(evidence).get(node.id, [])
        return bound[0].value if len(bound) == 1 and isinstance(bound[0], ast.Constant) else None
    return node.value if isinstance(node, ast.Constant) else None


def _fix(evidence: Evidence, node: ast.Call, sides: str) -> Fix | None:
    line = node.args[1].lineno
    printed = evidence.lines[line - 1] if line <= len(evidence.lines) else ""
    return Fix(sides, f"({sides})") if line == node.lineno and sides in printed else None
