"""A functional model has an output that its inputs do not reach.

## What it finds

`Model(inputs=..., outputs=...)` that Keras refused because no path of layers leads from the inputs to
one of the outputs. Where a model of fitting shape ends the reached part, the call that would connect
them is suggested, and the run goes on with it.

## Why it is wrong

A model's graph must lead from its inputs to its outputs. `b.output` belongs to the input that `b` itself
was built with; only `b(a.output)` puts `b` behind `a`.

## Example

```python
import keras

image = keras.Input((4,))
noise = keras.Input((8,))
hidden = keras.layers.Dense(8)(image)
score = keras.layers.Dense(1)(noise)
both = keras.Model(image, score)
print(both.name)
```

## Read instead

```python
import keras

image = keras.Input((4,))
hidden = keras.layers.Dense(8)(image)
score = keras.layers.Dense(1)(hidden)
both = keras.Model(image, score)
print(both.name)
```

## Known limits

Of a generator and a discriminator `discriminator-disconnected` says more, and takes this rule's place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.model import Repair, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import mended

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("discriminator-disconnected",)

_REFUSALS = ("is not connected to `inputs`", "Graph disconnected")


def find(evidence: Evidence) -> Iterator[Match]:
    yield from mended(evidence, "graph-disconnected", _message)
    for fault in evidence.faults:
        if fault.line is not None and not fault.repaired and any(w in fault.message for w in _REFUSALS):
            yield Match(
                fault.line,
                "The model has an output that its inputs do not reach: make it of layers that are called on "
                "them.",
                end_line=fault.end_line,
                explains=(fault.seq,),
            )


def _message(repair: Repair, evidence: Mapping[str, Any]) -> str:
    return (
        f"The output of `{evidence['output']}` is not reached from the model's inputs: "
        f"`{evidence['output']}` is never called on the output of `{evidence['reached']}`. Call it there."
    )
