"""Images with and without an axis for their channels are put into one batch.

## What it finds

A `concatenate`, `concat` or `vstack` that failed because one of its arrays has an axis less than the other:
the images of a data set as they are loaded, next to those of a generator.

## Why it is wrong

Images of MNIST are loaded in the shape (28, 28). A network with convolutions makes and takes (28, 28, 1), and
arrays are joined only where they have the same number of axes. Keras adds the axis to what it is fed; NumPy
and TensorFlow do not. Give the images the axis where they are prepared.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64] / 127.5 - 1
generator = Sequential(
    [Input((16,)), layers.Dense(784, activation="tanh"), layers.Reshape((28, 28, 1))]
)
made = generator.predict(np.random.normal(size=(64, 16)), verbose=0)
batch = np.concatenate([x_train, made])
print(batch.shape)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64, :, :, np.newaxis] / 127.5 - 1
generator = Sequential(
    [Input((16,)), layers.Dense(784, activation="tanh"), layers.Reshape((28, 28, 1))]
)
made = generator.predict(np.random.normal(size=(64, 16)), verbose=0)
batch = np.concatenate([x_train, made])
print(batch.shape)
```

## Known limits

Only arrays that are listed in the failed statement. The line marked is the last one that prepares the images,
where the text shows it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Fault, Severity
from harness.rules._data_places import assignments, root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called

SEVERITY = Severity.ERROR
NEEDS = "trace"

_RANKS = re.compile(
    r"array at index (?P<one>\d+) has (?P<axes>\d+) dimension\(s\) "
    r"and the array at index (?P<other>\d+) has (?P<more>\d+) dimension"
)
_SHAPES = re.compile(
    r"Ranks of all input tensors should match: "
    r"shape\[(\d+)\] = \[([^\]]*)\] vs\. shape\[(\d+)\] = \[([^\]]*)\]"
)
_JOINS = {"concatenate", "concat", "vstack", "append", "row_stack"}
_STEPS = 4


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        found = _flat(fault)
        join = _join(evidence, fault) if found is not None else None
        if found is None or join is None or fault.line is None or found[0] >= len(join):
            continue
        flat, other = ast.unparse(join[found[0]]), ast.unparse(join[found[1]])
        message = (
            f"`{flat}` has no axis for channels, and `{other}`, with which line {fault.line} joins it, has "
            "one: add it where the images are prepared (`[..., np.newaxis]`)."
        )
        line = _prepared(evidence, join[found[0]], fault.line)
        yield Match(line, message, evidence={"joined": fault.line}, explains=(fault.seq,))


def _flat(fault: Fault) -> tuple[int, int] | None:
    """Which of the joined arrays holds images without channels, and which one holds them with."""
    ranks, shapes = _RANKS.search(fault.message), _SHAPES.search(fault.message)
    if ranks is not None:
        sizes = (int(ranks["axes"]), int(ranks["more"]))
        places = (int(ranks["one"]), int(ranks["other"]))
    elif shapes is not None:
        sizes = (shapes[2].count(",") + 1, shapes[4].count(",") + 1)
        places = (int(shapes[1]), int(shapes[3]))
    else:
        return None
    if sorted(sizes) != [3, 4]:
        return None
    return places if sizes[0] == 3 else places[::-1]


def _join(evidence: Evidence, fault: Fault) -> list[ast.expr] | None:
    """The arrays that the failed statement joins; labels, which it may join as well, are none of them."""
    joins = [
        node.args[0].elts
        for node in evidence.nodes
        if isinstance(node, ast.Call)
        and called(node) in _JOINS
        and fault.spans(node.lineno)
        and node.args
        and isinstance(node.args[0], ast.List | ast.Tuple)
    ]
    images = [join for join in joins if len(join) > 1 and not any(_is_label(evidence, each) for each in join)]
    return images[0] if len(images) == 1 else None


def _is_label(evidence: Evidence, node: ast.expr) -> bool:
    """Whether an array is made of nothing but ones or zeros."""
    bound = assignments(evidence, node.id) if isinstance(node, ast.Name) else ()
    made = {called(value) for value in (node, *(assign.value for assign in bound))}
    return bool(made & _LABELS)


_LABELS = {"ones", "zeros", "ones_like", "zeros_like", "full"}


def _prepared(evidence: Evidence, node: ast.expr, line: int) -> int:
    """The last line that works on the images before they are cut into batches."""
    name, at = root_name(node), line
    for _ in range(_STEPS):
        bound = [assign for assign in assignments(evidence, name or "") if assign.lineno < at]
        if not bound:
            return at
        at, value = bound[-1].lineno, bound[-1].value
        cut = isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name)
        if not cut:
            return at
        name = root_name(value)
    return at
