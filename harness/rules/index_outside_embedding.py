"""An embedding is given numbers beyond its last row.

## What it finds

Inputs whose largest number is not less than the `input_dim` of the `Embedding` that takes them in, and an
embedding deeper in a network that refused a number.

## Why it is wrong

The rows of an embedding are numbered from 0 to `input_dim - 1`. A number beyond ends the training with
`InvalidArgumentError` on a CPU; on a GPU it may be read as a row of zeros without a word. Where words are
numbered from 1 on, with 0 for the padding, `input_dim` is the size of the vocabulary plus 1.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.randint(1, 51, size=(64, 6))
x[0, 0] = 50
y = (x[:, 0] > 25).astype("float32")
model = Sequential(
    [
        Input((6,)),
        layers.Embedding(50, 4),
        layers.GlobalAveragePooling1D(),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.randint(1, 51, size=(64, 6))
x[0, 0] = 50
y = (x[:, 0] > 25).astype("float32")
model = Sequential(
    [
        Input((6,)),
        layers.Embedding(51, 4),
        layers.GlobalAveragePooling1D(),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Before anything has failed, only models with one input that begin with the embedding; of classes of the
program's own, which may give a part of their input to each, only those with a single embedding. A refusal is
told of the embedding only where no other has as many rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model import Call, Fault, Severity
from harness.rules._embeddings import given_whole, with_rows
from harness.rules._evidence import Evidence, Match
from harness.rules._layers_probed import layer_line
from harness.rules._places import damaged
from harness.rules._players import number

SEVERITY = Severity.ERROR
NEEDS = "trace"

# TensorFlow's words, with the number and how many rows there are.
_REFUSED = re.compile(r"indices\[[\d, ]*\] = (\d+) is not in \[0, (\d+)\)")


def find(evidence: Evidence) -> Iterator[Match]:
    given = list(_given(evidence))
    yield from given
    explained = {fault for match in given for fault in match.explains}
    yield from _refused(evidence, explained)


def _refused(evidence: Evidence, explained: set[int]) -> Iterator[Match]:
    """Numbers that an embedding anywhere in a network refused, where one alone has so many rows."""
    by_rows: dict[int, list[tuple[int, Fault]]] = {}
    for fault in evidence.faults:
        found = _REFUSED.search(fault.message)
        if found is not None and fault.seq not in explained:
            by_rows.setdefault(int(found[2]), []).append((int(found[1]), fault))
    for rows, refused in by_rows.items():
        lines = with_rows(evidence, rows)
        if len(lines) != 1:
            continue
        high, fault = max(refused, key=lambda one: one[0])
        at = "" if fault.line is None or fault.line in lines else f" (line {fault.line})"
        message = (
            f"This embedding is given the number {high}{at}, but has rows for 0 to {rows - 1} only. "
            f"Give it an `input_dim` above every number, or keep the numbers below {rows}."
        )
        seqs = tuple(fault.seq for _, fault in refused)
        yield Match(lines.pop(), message, evidence={"input_dim": rows, "high": high}, explains=seqs)


def _given(evidence: Evidence) -> Iterator[Match]:
    """Inputs of a model that begins with an embedding."""
    told: set[int] = set()
    for call in evidence.calls:
        seen = evidence.models.get(call.model) if call.model is not None else None
        if seen is None or seen.model in told or len(call.inputs) != 1 or damaged(evidence, seen.model):
            continue
        if not given_whole(seen):
            continue
        index = next((i for i, layer in enumerate(seen.layers) if layer.kind != "InputLayer"), None)
        rows = None if index is None else seen.layers[index].settings.get("input_dim")
        high = call.inputs[0].high
        if index is None or seen.layers[index].kind != "Embedding" or not isinstance(rows, int):
            continue
        line = layer_line(evidence, seen.model, index) or call.line
        if high is None or high < rows or line is None:
            continue
        told.add(seen.model)
        message = (
            f"`{evidence.name_of(seen.model)}` is given numbers up to {number(high)} (line {call.line}), but "
            f"this embedding has rows for 0 to {rows - 1} only. Give it an `input_dim` of "
            f"{int(high) + 1} or more, or keep the numbers below {rows}."
        )
        found = {"model": seen.model, "input_dim": rows, "high": high}
        yield Match(line, message, evidence=found, explains=_faults(evidence, seen.model))


def _faults(evidence: Evidence, model: int) -> tuple[int, ...]:
    """The faults of calls that failed over it."""
    failed: list[Call] = [c for c in evidence.calls if c.model == model and c.error is not None]
    lines = {call.line for call in failed if call.error == "InvalidArgumentError"}
    return tuple(f.seq for f in evidence.faults if f.line in lines and f.type == "InvalidArgumentError")
