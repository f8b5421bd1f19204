"""A model is fed an array of another shape than its input has.

## What it finds

Calls that failed because the array's rows are not shaped like the model's input. Where the numbers of a
row are as many as the input takes, a reshape is suggested, and the run goes on with it.

## Why it is wrong

Keras refuses the array.

## Example

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
images = np.zeros((8, 784))
model.train_on_batch(images, np.zeros((8, 1)))
```

## Read instead

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
images = np.zeros((8, 28, 28))
model.train_on_batch(images, np.zeros((8, 1)))
```

## Known limits

Where the shapes hold different numbers, the model or the data must change, and nothing is suggested. A
generator whose output does not fit the discriminator has a rule of its own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.model import Call, Fault, Repair, Severity
from harness.rules._data_places import argument, root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import mended
from harness.rules._smaller_batches import smaller_batch

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = (
    "data-shape-differs-from-model",
    "generator-shape-differs-from-real",
    "generator-input-not-noise",
    "pipeline-dropped",
    "pipeline-not-batched",
    "pipeline-batched-twice",
    "inputs-and-targets-swapped",
)

_SHAPES = re.compile(r"Expected shape \(([^)]*)\), but input has incompatible shape \(([^)]*)\)")
_LAST = re.compile(
    r"expected axis -1 of input shape to have value (\d+), but received input with shape \(([^)]*)\)"
)
_RANK = re.compile(r"expected (?:min_)?ndim=(\d+), found ndim=(\d+)\. Full shape received: \(([^)]*)\)")


_FIXED = re.compile(r"incompatible with the layer: expected shape=\(([^)]*)\), found shape=\(([^)]*)\)")


def find(evidence: Evidence) -> Iterator[Match]:
    yield from mended(evidence, "input-shape-mismatch", _mended_message)
    for fault in evidence.faults:
        known = fault.repaired or smaller_batch(evidence, fault) is not None
        words = None if known else _words(evidence, fault)
        if words is not None and fault.line is not None:
            call = _call(evidence, fault)
            details = {} if call is None else {"model": call.model, "fed": list(call.inputs[0].shape)}
            if call is None and (model := _called(evidence, fault)) is not None:
                details = {"model": model}
            yield Match(fault.line, words, end_line=fault.end_line, evidence=details, explains=(fault.seq,))


def _mended_message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    wanted, got = _row(evidence["expected"]), _row(evidence["received"])
    return (
        f"`{evidence['argument']}` has rows of shape {got}, but the model takes rows of shape {wanted}. "
        f"{_CURE}"
    )


def _row(numbers: list[int | None]) -> str:
    inner = ", ".join(str(number) for number in numbers)
    return f"({inner},)" if len(numbers) == 1 else f"({inner})"


_CURE = "Reshape the one, or change the other."


def _words(evidence: Evidence, fault: Fault) -> str | None:
    told = _mismatch(evidence, fault)
    return None if told is None else f"{told}. {_single(evidence, fault) or _CURE}"


def _single(evidence: Evidence, fault: Fault) -> str | None:
    """What to write where one example is fed as if it were a batch."""
    call = _call(evidence, fault)
    seen = evidence.models.get(call.model) if call is not None and call.model is not None else None
    given = None if call is None else argument(evidence, call, 0)
    if call is None or seen is None or len(seen.input_shapes) != 1 or call.trains:
        return None
    if not isinstance(given, ast.Name | ast.Subscript) or call.inputs[0].shape != seen.input_shapes[0][1:]:
        return None
    return f"That is one example, and a model takes batches: write `{ast.unparse(given)}[None]`."


def _mismatch(evidence: Evidence, fault: Fault) -> str | None:
    """Which array was fed to which model, as far as that is known, and what that takes."""
    call = _call(evidence, fault)
    seen = evidence.models.get(call.model) if call is not None and call.model is not None else None
    model = "a model" if seen is None else f"`{evidence.name_of(seen.model)}`, a model"
    layer = "a layer" if seen is None else f"a layer of `{evidence.name_of(seen.model)}`"
    if found := _SHAPES.search(fault.message) or _FIXED.search(fault.message):
        return f"{_array(evidence, call, found[2])} is fed to {model} that takes ({found[1]})"
    if found := _LAST.search(fault.message):
        return f"{_array(evidence, call, found[2])} is fed to {layer} that takes {found[1]} in its last axis"
    if found := _RANK.search(fault.message):
        return f"{_array(evidence, call, found[3])} is fed to {layer} that takes {found[1]} axes"
    if call is None or seen is None or "unknown rank" not in fault.message:
        return None
    if len(seen.input_shapes) != len(call.inputs) or _suits(call.inputs[0].shape, seen.input_shapes[0]):
        return None  # it is something else whose axes are not known
    fed = ", ".join(map(str, call.inputs[0].shape))
    return f"{_array(evidence, call, fed)} is fed to {model} that takes {seen.input_shapes[0]}"


def _array(evidence: Evidence, call: Call | None, shape: str) -> str:
    """An array with its shape, by its name where it is the very one that the call was given."""
    given = None if call is None else argument(evidence, call, 0)
    # An element has another shape than the whole; a slice has the same rows.
    element = isinstance(given, ast.Subscript) and not isinstance(given.slice, ast.Slice | ast.Tuple)
    name = ast.unparse(given) if given is not None and element else root_name(given)
    if call is None or name is None or not _alike(call.inputs[0].shape, shape):
        return f"An array of shape ({shape})"
    return f"`{name}`, an array of shape ({shape}),"


def _alike(fed: tuple[int, ...], shape: str) -> bool:
    """Whether a shape in an exception's words, None where a size is open, is that of what was fed."""
    sizes = [size.strip() for size in shape.split(",") if size.strip()]
    return len(sizes) == len(fed) and all(
        size in {"None", str(given)} for size, given in zip(sizes, fed, strict=True)
    )


def _suits(fed: tuple[int, ...], taken: tuple[int | None, ...]) -> bool:
    """Whether an array has the axes that a model takes."""
    return len(fed) == len(taken) and all(
        size in {None, given} for size, given in zip(taken, fed, strict=True)
    )


def _call(evidence: Evidence, fault: Fault) -> Call | None:
    """The observed call that raised this fault."""
    for call in evidence.calls:
        if fault.spans(call.line) and call.error is not None and call.inputs:
            return call
    return None


def _called(evidence: Evidence, fault: Fault) -> int | None:
    """The one model that the failing line calls by its name, as in ``generator(Input((100,)))``."""
    found = {
        evidence.named[node.func.id].model
        for node in evidence.nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in evidence.named
        and fault.spans(node.lineno)
    }
    return found.pop() if len(found) == 1 else None
