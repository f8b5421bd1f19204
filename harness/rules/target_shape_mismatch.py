"""The targets do not have the shape of the model's output.

## What it finds

Training calls that failed because the loss was given targets and predictions of different shapes: labels
that are not one-hot for a categorical loss, ten classes for three units, one label an image for a model
that gives back images.

## Why it is wrong

The loss compares number with number. Where the shapes differ Keras raises `ValueError`.

## Example

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile(loss="categorical_crossentropy", optimizer="sgd")
model.fit(np.zeros((8, 4)), np.zeros((8,)), verbose=0)
```

## Read instead

```python
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd")
model.fit(np.zeros((8, 4)), np.zeros((8,)), verbose=0)
```

## Known limits

Shapes that NumPy would broadcast pass without an exception in some losses, and are not seen. The line marked
is that of the loss, of the labels or of the last layer, where the shapes say which is the odd one; else the
call.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from harness.model import Call, Compiled, Severity
from harness.rules._activations import output_activation
from harness.rules._data_places import argument, assignments, data_assignments, root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._image_files import reader, reads_rows
from harness.rules._kept_places import kept_places
from harness.rules._losses import innermost
from harness.rules._places import damaged, model_place
from harness.rules._program import called, keyword
from harness.rules._smaller_batches import smaller_batch

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("generator-trained-alone",)

_SHAPES = re.compile(
    r"`target` and `output` must have the same (?:shape|rank \(ndim\))\. "
    r"Received: target\.shape=\(([^)]*)\), output\.shape=\(([^)]*)\)"
)
_ONE_HOT = re.compile(
    r"must have rank \(ndim\) `target\.ndim - 1`\. "
    r"Received: target\.shape=\(([^)]*)\), output\.shape=\(([^)]*)\)"
)
_CURE = "Give the last layer as many units as a target has numbers, or bring the targets to that shape."
_ROWS = "There must be as many targets as examples: take their number from the batch, which may be smaller."
_ENCODING = {"to_categorical", "one_hot", "get_dummies"}
_IN_LOSS = re.compile(r"compile_loss/.*with input shapes: \[([^\]]*)\], \[([^\]]*)\]", re.DOTALL)


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int] = set()
    found_at: dict[tuple[int, int | None], Match] = {}
    for fault in evidence.faults:
        one_hot = _ONE_HOT.search(fault.message)
        found = _SHAPES.search(fault.message) or one_hot or _IN_LOSS.search(fault.message)
        if found is None or fault.line is None or fault.seq in told or smaller_batch(evidence, fault):
            continue
        # The same targets fail in the evaluation as well: that is the same mistake.
        alike = [other.seq for other in evidence.faults if other.message == fault.message]
        told.update(alike)
        call = next(
            (call for call in evidence.calls if call.error and fault.spans(call.line)),
            None,
        )
        kept = _kept(evidence, call) or _read(evidence, call, _clean(found[2]))
        given, made = _clean(found[1]), _clean(found[2])
        rows = one_hot is not None and not _plain(given)  # else it is the output that is no row
        message = _message(evidence, call, given, made, one_hot=rows)
        line = _cause(evidence, call, given, made, one_hot=rows)
        line = line if kept is None else kept[0]
        place = (line or fault.line, None if call is None else call.model)
        if place in found_at:
            # Other targets of the same shape fail by the same loss or layer.
            found_at[place] = replace(found_at[place], explains=(*found_at[place].explains, *alike))
            continue
        found_at[place] = Match(
            line or fault.line,
            message if kept is None else f"{message.removesuffix(_CURE)}{kept[1]}",
            end_line=fault.end_line if line is None else None,
            evidence={"targets": given, "outputs": made, "model": call and call.model},
            explains=tuple(alike),
        )
    yield from found_at.values()


def _kept(evidence: Evidence, call: Call | None) -> tuple[int, str] | None:
    """Where the model should have brought several places together; a number of a class stands for its row."""
    if call is None or call.model is None or len(call.targets) != 1 or call.model not in evidence.models:
        return None
    sparse = any("sparse" in loss for e in evidence.compiled(call.model) for loss in e.losses)
    made, given = evidence.models[call.model].output_shapes, call.targets[0].shape[1:]
    if sparse and len(made) == 1 and made[0][-1] is not None and given in {(), (1,)}:
        given = (made[0][-1],)
    return kept_places(evidence, call.model, given)


def _read(evidence: Evidence, call: Call | None, made: str) -> tuple[int, str] | None:
    """Where images of two classes are read with a row of labels each, for a model that gives one number."""
    reading = None if call is None else reader(evidence, call)
    compiled = None if call is None else _compiled(evidence, call)
    if reading is None or compiled is None or compiled.losses[0] != "binary_crossentropy":
        return None
    if not reads_rows(reading) or made.split(",")[-1].strip() != "1":
        return None
    cure = (
        f"`{called(reading)}` gives one number for each class where it is not told otherwise: write "
        '`class_mode="binary"` there.'
    )
    return reading.lineno, cure


def _cause(evidence: Evidence, call: Call | None, given: str, made: str, *, one_hot: bool) -> int | None:
    """The line to change, where the shapes say which: the loss, the labels, or the layer that puts out."""
    if call is None or call.model is None or call.model not in evidence.models:
        return None
    compiled = _compiled(evidence, call)
    if one_hot:
        return None if compiled is None else _loss_at(evidence, compiled)
    if _wants_sparse(evidence, call, compiled, given) and compiled is not None:
        name, line = _targets(evidence, call)
        encoded = [n for n in evidence.nodes if called(n) in _ENCODING]
        # Where other labels are encoded, these were forgotten; where none are, the loss is the odd one.
        return line if encoded and name is not None and line is not None else _loss_at(evidence, compiled)
    sizes, own = [[size for size in shape.split(",") if size.strip()] for shape in (given, made)]
    if len(sizes) == 1 and len(own) == 2:
        sizes = [*sizes, " 1"]  # one number an example
    only_last = len(sizes) == len(own) > 1 and sizes[1:-1] == own[1:-1] and sizes[-1] != own[-1]
    return _last_layer(evidence, call.model) if only_last else None


def _wants_sparse(evidence: Evidence, call: Call | None, compiled: Compiled | None, given: str) -> bool:
    """Whether the targets are the numbers of classes, and the model gives a probability for each class."""
    if compiled is None or call is None or not _plain(given):
        return False
    loss = compiled.losses[0]
    shared = loss == "binary_crossentropy" and output_activation(evidence, call.model) == "softmax"
    return loss == "categorical_crossentropy" or shared


def _compiled(evidence: Evidence, call: Call) -> Compiled | None:
    """The compile whose loss a call was made under."""
    if call.model is None:
        return None
    return next((e for e in evidence.compiled(call.model) if e.seq < call.seq and e.losses), None)


def _loss_at(evidence: Evidence, compiled: Compiled) -> int | None:
    """The line that says which loss, of a compile that may go over several."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) != "compile" or compiled.line is None:
            continue
        if node.lineno <= compiled.line <= (node.end_lineno or node.lineno):
            loss = keyword(node, "loss") or (node.args[1] if len(node.args) > 1 else None)
            bound = assignments(evidence, loss.id) if isinstance(loss, ast.Name) else ()
            return bound[0].lineno if len(bound) == 1 else (loss or node).lineno
    return compiled.line


def _last_layer(evidence: Evidence, model: int) -> int | None:
    """The line of the layer that decides how many numbers come out."""
    inner = innermost(evidence, model)
    place = None if damaged(evidence, inner) else model_place(evidence, inner)
    layers = [layer for layer in place.layers if layer.kind.startswith(("Dense", "Conv"))] if place else []
    return layers[-1].line if layers else None


def _message(evidence: Evidence, call: Call | None, given: str, made: str, *, one_hot: bool) -> str:
    """Which targets, made where, do not suit which loss of which model."""
    compiled = None if call is None else _compiled(evidence, call)
    at = f" (line {compiled.line})" if compiled and compiled.line is not None else ""
    loss = f"`{compiled.losses[0]}`{at}" if compiled else None
    model = "the model" if call is None or call.model is None else f"`{evidence.name_of(call.model)}`"
    name, line = _targets(evidence, call)
    made_at = f"made in line {line}" if line is not None else ""
    named = ", ".join(part for part in (f"`{name}`" if name else "", made_at) if part)
    targets = f"The targets ({named})" if named else "The targets"
    if one_hot:
        return (
            f"{targets} have the shape ({given}), one number per class, but {loss or 'a sparse loss'} takes "
            "the number of the class: use categorical cross-entropy, or plain numbers."
        )
    sparse = compiled is not None and "sparse" in compiled.losses[0]
    compares = f", and {loss} compares them number by number" if loss and not sparse else ""
    plain = _wants_sparse(evidence, call, compiled, given)
    cure = _ROWS if _rows_differ(given, made) else _cure_of_plain(evidence, call) if plain else _CURE
    return f"{targets} have the shape ({given}), but {model} gives ({made}){compares}. {cure}"


def _rows_differ(given: str, made: str) -> bool:
    """Whether there are targets for another number of examples, and each has the shape of a prediction."""
    rows, own = given.split(","), made.split(",")
    counted = rows[0].strip().isdecimal() and own[0].strip().isdecimal()
    return counted and rows[0].strip() != own[0].strip() and rows[1:] == own[1:]


def _cure_of_plain(evidence: Evidence, call: Call | None) -> str:
    """What to do about labels that are the numbers of classes: what is done to others, if to any."""
    name, line = _targets(evidence, call)
    encoded = [n for n in evidence.nodes if called(n) in _ENCODING and getattr(n, "lineno", line) != line]
    if name is None or line is None or not encoded or not isinstance(encoded[0], ast.Call):
        return "Use sparse categorical cross-entropy, or encode the labels with `to_categorical`."
    return f"Encode them with `{called(encoded[0])}`, as line {encoded[0].lineno} does with others."


def _targets(evidence: Evidence, call: Call | None) -> tuple[str | None, int | None]:
    """The variable that holds a call's targets, and the line that gives it its shape, where known."""
    node = None if call is None else argument(evidence, call, 1)
    steps = [s for s in data_assignments(evidence, node) if call is not None and s.lineno <= (call.line or 0)]
    encoding = [s for s in steps if any(called(n) in _ENCODING for n in ast.walk(s.value))]
    line = (encoding or steps)[-1].lineno if steps else None
    return root_name(node), line


def _plain(shape: str) -> bool:
    """Whether each example has one number as its target."""
    sizes = [size.strip() for size in shape.split(",") if size.strip()]
    return len(sizes) == 1 or sizes[1:] == ["1"]


def _clean(shape: str) -> str:
    """TensorFlow writes ``?`` where Keras writes None."""
    numbers = [number.strip().replace("?", "None") for number in shape.split(",") if number.strip()]
    return ", ".join(numbers) + ("," if len(numbers) == 1 else "")
