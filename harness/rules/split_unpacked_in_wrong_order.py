"""The parts that `train_test_split` returns are taken in another order than it gives them.

## What it finds

Four names that take what `train_test_split` makes of examples and labels, where the second is called like
labels and the third like examples.

## Why it is wrong

Of two arrays it returns four: both parts of the first, then both parts of the second. In the order `X_train,
y_train, X_test, y_test` the name for the training labels holds test examples, and the name for the test
examples holds training labels.

## Example

```python
import numpy as np
from sklearn.model_selection import train_test_split

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=64)
x_train, y_train, x_test, y_test = train_test_split(x, y)
```

## Read instead

```python
import numpy as np
from sklearn.model_selection import train_test_split

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=64)
x_train, x_test, y_train, y_test = train_test_split(x, y)
```

## Known limits

Read from the text, by the names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import called, dotted

SEVERITY = Severity.ERROR
NEEDS = "source"
ECHO_OF = ()

_LABELS = re.compile(r"(^|_)(y|labels?|targets?)(_|\d|$)|^y[A-Z]|^(train|test)_?[yY]$", re.IGNORECASE)
_EXAMPLES = re.compile(
    r"(^|_)(x|features?|inputs?|images?|data)(_|\d|$)|^x[A-Z]|^(train|test)_?[xX]$", re.IGNORECASE
)


def find(evidence: Evidence) -> Iterator[Match]:
    for node in evidence.nodes:
        if not isinstance(node, ast.Assign) or called(node.value) != "train_test_split":
            continue
        target = node.targets[0]
        assert isinstance(node.value, ast.Call)
        names = [dotted(part) or "" for part in target.elts] if isinstance(target, ast.Tuple) else []
        if len(names) != 4 or len(node.value.args) != 2:
            continue
        first, second, third, last = names
        if _is(_EXAMPLES, first) and _is(_LABELS, second) and _is(_EXAMPLES, third) and _is(_LABELS, last):
            message = (
                f"`train_test_split` returns both parts of the examples first, so that `{second}` holds "
                f"examples and `{third}` labels: write `{first}, {third}, {second}, {last}`."
            )
            faults = tuple(f.seq for f in evidence.faults if f.line is not None and _reads(f.source, names))
            yield Match(node.lineno, message, end_line=node.end_lineno, explains=faults)


def _is(kind: re.Pattern[str], name: str) -> bool:
    other = _EXAMPLES if kind is _LABELS else _LABELS
    return bool(kind.search(name)) and not other.search(name)


def _reads(source: str, names: list[str]) -> bool:
    """Whether a statement that failed was given one of the mixed-up arrays."""
    return any(re.search(rf"\b{re.escape(name)}\b", source) for name in names)
