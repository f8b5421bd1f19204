"""The text gives a learning rate that the code does not use.

## What it finds

A sentence that says which learning rate is used, in an article whose optimizers all have one and the same
other rate, and whose code has the number of the text nowhere.

## Why it is wrong

No other number decides as much over whether a training works. A reader who takes the text's for another
program gets other results than the article shows.

## Example

~~~~markdown
We train the model with a learning rate of 0.01.

```python
import numpy as np
from keras import Input, Sequential, layers, optimizers

x = np.random.normal(size=(32, 4))
model = Sequential([Input((4,)), layers.Dense(1)])
model.compile(loss="mse", optimizer=optimizers.Adam(learning_rate=0.001))
model.fit(x, x.sum(axis=1), verbose=0)
```
~~~~

## Read instead

~~~~markdown
We train the model with a learning rate of 0.001.

```python
import numpy as np
from keras import Input, Sequential, layers, optimizers

x = np.random.normal(size=(32, 4))
model = Sequential([Input((4,)), layers.Dense(1)])
model.compile(loss="mse", optimizer=optimizers.Adam(learning_rate=0.001))
model.fit(x, x.sum(axis=1), verbose=0)
```
~~~~

## Known limits

Only optimizers that are made with a plain number, or a variable that is one. A schedule, a rate that is left
to Keras's default, and code that sets a rate later keep the rule silent; so do sentences about what could be
or is usual, and a number that the code has anywhere.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from math import isclose

from harness.model import Severity
from harness.rules._claimed import numbers_written, plain_number
from harness.rules._evidence import Evidence, Match
from harness.rules._players import number
from harness.rules._program import called, keyword
from harness.rules._prose import asserted, quoted, sentences

SEVERITY = Severity.WARNING
NEEDS = "source"

_OPTIMIZERS = {"Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "SGD", "Adagrad", "Adadelta", "Ftrl", "Lion"}
_LATER = re.compile(r"schedul|decay|plateau|assign|set_value|warm.?up", re.IGNORECASE)
_CLAIM = re.compile(
    r"\b(?:with|use|uses|using|has|at|and|set) (?:a|the|our|its) (?:small |low |constant |fixed )?"
    r"learning rate (?:\(\w+\) )?(?:of|to|is|=) "
    r"(?P<rate>(?:\d*\.)?\d+(?:e-?\d+)?)(?![\d.]*\d|\s*[%x\u00d7*^])",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(default\w*|initial\w*|start\w*|papers?|authors?|they|their|first|then|later|reduc\w*|decreas\w*|"
    r"increas\w*|drop\w*|rais\w*|lower\w*|higher|try|tried|too|between|from|except|fine-?tun\w*)\b",
    re.IGNORECASE,
)


def find(evidence: Evidence) -> Iterator[Match]:
    made = _rate(evidence)
    if made is None:
        return
    rate, line = made
    written = numbers_written(evidence)
    for sentence in sentences(evidence):
        claims = list(_CLAIM.finditer(sentence.text))
        if len(claims) != 1 or not asserted(sentence) or _OTHERS.search(sentence.text):
            continue
        said = float(claims[0]["rate"])
        if not 0 < said < 1 or any(isclose(said, value) for value in (rate, *written)):
            continue
        message = (
            f"The text says {quoted(claims[0])}, but the learning rate in the code is {number(rate)} "
            f"(line {line}). Correct one of the two."
        )
        first, last = sentence.lines_of(claims[0])
        found = {"text": sentence.text, "claimed": said, "learning_rate": rate}
        yield Match(first, message, end_line=last, evidence=found)


def _rate(evidence: Evidence) -> tuple[float, int] | None:
    """The one learning rate that all optimizers of the text are made with, and where; else None."""
    if evidence.listing.broken:
        return None
    found: dict[float, int] = {}
    for node in evidence.nodes:
        if _by_name(node):
            return None
        if not isinstance(node, ast.Call) or called(node) not in _OPTIMIZERS:
            continue
        first = node.args[0] if node.args else None
        given = keyword(node, "learning_rate") or keyword(node, "lr") or first
        value = None if given is None else plain_number(evidence, given)
        if value is None or any(word.arg in {None, "decay"} for word in node.keywords):
            return None
        found.setdefault(value, node.lineno)
    changed = any(_LATER.search(name) for name in _names(evidence))
    return next(iter(found.items())) if len(found) == 1 and not changed else None


def _by_name(node: ast.AST) -> bool:
    """Whether an optimizer is given as a string, or left out: its rate is Keras's default."""
    if not isinstance(node, ast.Call) or called(node) != "compile":
        return False
    given = keyword(node, "optimizer") or (node.args[0] if node.args else None)
    return given is not None and isinstance(given, ast.Constant)


def _names(evidence: Evidence) -> Iterator[str]:
    for node in evidence.nodes:
        if isinstance(node, ast.Attribute):
            yield node.attr
            if node.attr in {"lr", "learning_rate"} and isinstance(node.ctx, ast.Store):
                yield "assign"
        elif isinstance(node, ast.Name):
            yield node.id
