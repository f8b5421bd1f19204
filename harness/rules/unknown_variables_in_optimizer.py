"""One optimizer object is used for the variables of two networks.

## What it finds

A training step that failed because the optimizer met variables that it was not built for.

## Why it is wrong

A Keras 3 optimizer keeps its moments for the variables of its first step, and refuses any other. (Keras 2
added new ones as they came, so that such programs used to work.) Make an optimizer for every network.

## Example

```python
import keras
import numpy as np

first = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
second = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
adam = keras.optimizers.Adam()
first.compile(loss="mse", optimizer=adam)
second.compile(loss="mse", optimizer=adam)
first.train_on_batch(np.zeros((8, 4)), np.ones((8, 1)))
second.train_on_batch(np.zeros((8, 4)), np.ones((8, 1)))
```

## Read instead

```python
import keras
import numpy as np

first = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
second = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
first.compile(loss="mse", optimizer=keras.optimizers.Adam())
second.compile(loss="mse", optimizer=keras.optimizers.Adam())
first.train_on_batch(np.zeros((8, 4)), np.ones((8, 1)))
second.train_on_batch(np.zeros((8, 4)), np.ones((8, 1)))
```

## Known limits

The line marked is the one that failed, or that of the second compile with the same object. An optimizer that
is kept while its model is made trainable again fails in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match

SEVERITY = Severity.ERROR
NEEDS = "trace"

_UNKNOWN = ("Unknown variable", "cannot recognize variable", "doesn't recognize variable")


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        if fault.line is None or not any(words in fault.message for words in _UNKNOWN):
            continue
        message = "This optimizer was built for the variables of another network, and takes no others"
        line = fault.line
        failed = {c.model for c in evidence.calls if c.error and c.line == fault.line}
        own = next((event for event in reversed(evidence.compiles) if event.model in failed), None)
        if own is not None and own.optimizer_id is not None and own.line is not None:
            alike = [event for event in evidence.compiles if event.optimizer_id == own.optimizer_id]
            others = [event for event in alike if event.model != own.model]
            if others:
                line = own.line
                message += f"; `{evidence.name_of(others[0].model)}` is compiled with the same object"
        message += ". Make each network an optimizer of its own."
        yield Match(line, message, evidence={"failed_at": fault.line}, explains=(fault.seq,))
