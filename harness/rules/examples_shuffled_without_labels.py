"""The examples are shuffled and their labels are not.

## What it finds

An array that is shuffled in place with `shuffle` of NumPy's or Python's random module, or indexed with a
permutation, and used for training beside labels that are not, or that are shuffled in a draw of their own.
Pipelines of examples and of their labels that are shuffled one by one and then zipped.
Also examples and labels that two calls of `train_test_split` divide, each in an order of its own.

## Why it is wrong

After the shuffle each example has another example's label. A model can learn nothing from that but the
labels' frequencies. Draw one permutation and index both with it.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
np.random.shuffle(x)
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
order = np.random.permutation(len(x))
x, y = x[order], y[order]
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Read from the text, at the top level of the program. Pipelines are told where one statement loaded both
arrays and the name of one is that of labels: pictures of two kinds may be paired at random. Two shuffles
with a seed set before each keep both arrays in step and are accepted, and so are two splits with the same
`random_state`. Labels made from the examples after the shuffle are right. A copy of the labels that is
shuffled under a name of its own, beside examples that are not, is taken for a trial on random labels.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._data_places import root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._orders import NATURAL, Order, Orders, apart, statements
from harness.rules._program import called, keyword
from harness.rules._zipped import zipped_apart

SEVERITY = Severity.ERROR
NEEDS = "source"

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in zipped_apart(evidence):
        message = (
            f"The rows of `{pair.shuffled}` are shuffled here by themselves, and those of `{pair.beside}` "
            "come in another order: zipped, each example gets another one's label. Zip first, then shuffle."
        )
        found = {"shuffled": pair.shuffled, "beside": pair.beside}
        yield Match(pair.line, message, evidence=found)
    yield from _given_to_fit(evidence)


def _given_to_fit(evidence: Evidence) -> Iterator[Match]:
    orders = Orders(evidence)
    for statement in statements(evidence.tree.body):
        if isinstance(statement, _DEFINITIONS):
            continue
        if isinstance(statement, ast.For | ast.While):
            orders.read(statement)  # what a loop binds has no order that is known, inside it neither
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and called(node) == "fit" and isinstance(node.func, ast.Attribute):
                match = _fitted(evidence, orders, node)
                if match is not None:
                    yield match
                    return
        orders.read(statement)


def _fitted(evidence: Evidence, orders: Orders, node: ast.Call) -> Match | None:
    """The finding, where a ``fit`` is given examples and labels in different orders."""
    arguments: list[ast.expr | None] = [*node.args[:2], None, None]
    examples = root_name(arguments[0] or keyword(node, "x"))
    labels = root_name(arguments[1] or keyword(node, "y"))
    if examples is None or labels is None or examples == labels:
        return None
    first, second = apart(orders.of(examples), orders.of(labels))
    if first is None or second is None or first == second:
        return None
    if _is_split(first) and _is_split(second):
        line = max(orders.lines[first], orders.lines[second])
        message = (
            f"`{examples}` and `{labels}` come from two splits, each of which draws an order of its own: "
            "each example gets another one's label. Split both in one call."
        )
        return Match(line, message, evidence={"examples": examples, "labels": labels})
    if _is_split(first) or _is_split(second):
        return None  # a part beside a whole: another mistake, if any
    if first == NATURAL and _random_on_purpose(evidence, labels):
        return None
    own, other = (labels, examples) if first == NATURAL else (examples, labels)
    line = orders.lines[second if first == NATURAL else first]
    message = (
        f"The rows of `{own}` are shuffled here, and those of `{other}` are not in the same order: each "
        "example gets another one's label. Index both with one permutation."
    )
    return Match(line, message, evidence={"shuffled": own, "beside": other})


def _random_on_purpose(evidence: Evidence, labels: str) -> bool:
    """Whether labels are a copy of others, shuffled under a name of their own: a trial of what they teach."""
    return any(
        isinstance(node, ast.Assign)
        and [ast.unparse(target) for target in node.targets] == [labels]
        and _copied(node.value) not in {None, labels}
        for node in evidence.nodes
    )


def _copied(value: ast.expr) -> str | None:
    """The variable of which an expression makes a copy, row by row or in a drawn order."""
    if isinstance(value, ast.Subscript) and ast.unparse(value.slice) == ":":
        return root_name(value.value)
    if isinstance(value, ast.Call) and called(value) in {"copy", "permutation"}:
        owner = value.args[0] if value.args else getattr(value.func, "value", None)
        return owner.id if isinstance(owner, ast.Name) else None
    return None


def _is_split(order: Order) -> bool:
    return bool(order) and order is not None and order[0] == "split"
