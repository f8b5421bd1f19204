"""A dropout layer sets nearly all of its inputs to zero.

## What it finds

A `Dropout` with a rate of 0.9 or more, or of 0.5 or more that is held in a variable named after what is kept.

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

Read from the text: a rate that is held in a variable is looked up where that is bound once.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._claimed import plain_number
from harness.rules._evidence import Evidence, Match
from harness.rules._players import number
from harness.rules._program import called, keyword

SEVERITY = Severity.WARNING
NEEDS = "source"

_KINDS = {"Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianDropout"}
_MOST = 0.9
_HALF = 0.5  # where the variable is called what is to be kept


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) not in _KINDS:
            continue
        given = node.args[0] if node.args else keyword(node, "rate")
        rate = None if given is None or _whole(given) else plain_number(evidence, given)
        kept = isinstance(given, ast.Name) and "keep" in given.id.lower()
        if rate is None or not (_HALF if kept else _MOST) <= rate < 1:
            continue
        message = f"This drops {number(100 * rate)} of 100 numbers; the rate is the share that goes. " + (
            f"Write `1 - {ast.unparse(given)}`." if kept and given else "Rates from 0.2 to 0.5 are usual."
        )
        yield Match(node.lineno, message, end_line=node.end_lineno, evidence={"rate": rate})


def _whole(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, float)
