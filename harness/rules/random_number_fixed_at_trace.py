"""Random numbers are drawn once, when a function is compiled, and are the same in every step.

## What it finds

NumPy's or Python's random functions inside a function that TensorFlow compiles: one decorated with
`tf.function`, the `call` of a layer or model, or a model's `train_step`.

## Why it is wrong

Such a function is run by Python once, to see what it does. NumPy's numbers become constants of the compiled
function: every later step gets the same noise, the same order, the same choice. Draw with `tf.random` or
`keras.random`, which are part of the computation.

## Example

```python
import numpy as np
import tensorflow as tf


@tf.function
def train_step(generator, images):
    noise = np.random.normal(size=(16, 8)).astype("float32")
    return generator(noise)
```

## Read instead

```python
import tensorflow as tf


@tf.function
def train_step(generator, images):
    noise = tf.random.normal((16, 8))
    return generator(noise)
```

## Known limits

Read from the text. A program that asks for eager execution anywhere keeps the rule silent, and so do methods
of classes that are not made from Keras's layers and models.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import dotted
from harness.rules._tapes import FUNCTIONS, is_traced, own_calls

SEVERITY = Severity.ERROR
NEEDS = "source"

_DRAWS = re.compile(
    r"^(np|numpy)\.random\.(normal|uniform|randn|rand|random|random_sample|standard_normal|randint|choice|"
    r"permutation|shuffle|binomial|beta)$|^random\.(random|uniform|gauss|randint|choice|sample|shuffle)$"
)
_EAGER = re.compile(
    r"run_eagerly\s*=\s*True|run_functions_eagerly\(|disable_eager|py_function|numpy_function"
)
_KERAS = re.compile(r"\b(Layer|Model)\b")


def find(evidence: Evidence) -> Iterator[Match]:
    if _EAGER.search(evidence.listing.text):
        return
    for function in evidence.nodes:
        if not isinstance(function, FUNCTIONS) or not _compiled(evidence, function):
            continue
        for call in own_calls(evidence, function):
            name = dotted(call.func) or ""
            if _DRAWS.match(name) and _is_module(evidence, name):
                message = (
                    f"`{name}` is run once, when `{function.name}` is compiled: every step then gets the "
                    "same numbers. Draw them with `tf.random` or `keras.random`."
                )
                yield Match(call.lineno, message, evidence={"function": function.name, "drawn_by": name})


def _compiled(evidence: Evidence, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if is_traced(evidence, function):
        return True
    owner = evidence.parents.get(function)
    if not isinstance(owner, ast.ClassDef) or function.name not in {"call", "train_step"}:
        return False
    return any(_KERAS.search(ast.unparse(base)) for base in owner.bases)


def _is_module(evidence: Evidence, name: str) -> bool:
    """Whether the name before the first dot is an imported module: no ``from tensorflow import random``."""
    root = name.split(".")[0]
    return any(
        isinstance(node, ast.Import) and any((a.asname or a.name) == root for a in node.names)
        for node in evidence.nodes
    )
