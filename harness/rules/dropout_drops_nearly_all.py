"""A dropout layer sets nearly all of its inputs to zero.

## What it finds

A `Dropout` with a rate of 0.9 or more.

## Why it is wrong

Keras's rate is the share that is dropped. In older frameworks the number was the share that is kept, and 0.9
meant little dropout; here it leaves one number in ten, and the layers behind it learn next to nothing.

## Example

```python
from keras import Input, Sequential, layers

model = Sequential([Input((4,)), layers.Dense(8, "relu"), layers.Dropout(0.95), layers.Dense(1)])
```

## Read instead

```python
from keras import Input, Sequential, layers

model = Sequential([Input((4,)), layers.Dense(8, "relu"), layers.Dropout(0.05), layers.Dense(1)])
```

## Known limits

Read from the text: a rate that is held in a variable is not looked up.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import number
from harness.rules._program import called, keyword

SEVERITY = Severity.WARNING
NEEDS = "source"

_KINDS = {"Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianDropout"}
_MOST = 0.9


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) not in _KINDS:
            continue
        rate = node.args[0] if node.args else keyword(node, "rate")
        if isinstance(rate, ast.Constant) and isinstance(rate.value, float) and _MOST <= rate.value < 1:
            message = (
                f"This drops {number(100 * rate.value)} of 100 numbers; the rate is the share that goes. "
                "Rates from 0.2 to 0.5 are usual."
            )
            yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"rate": rate.value})
