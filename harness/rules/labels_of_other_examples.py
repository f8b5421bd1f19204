"""A model is given the examples of one part of the data and the labels of another.

## What it finds

`fit`, `evaluate` or validation data whose inputs come from the one part of a split and whose labels come from
the other, as in `(x_test, y_train)`, and two parts of a split that are unpacked into one variable.

## Why it is wrong

Row by row, the labels belong to other examples. Where the two parts are of one length nothing raises: the
model learns noise, or is judged by it, and its accuracy is that of a guess. Where they are not, the call
fails.

## Example

```python
import numpy as np
from sklearn.model_selection import train_test_split

from keras import Input, Sequential, layers

x = np.random.uniform(-1, 1, size=(64, 4))
y = (x.sum(axis=1) > 0).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.5)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x_train, y_train, validation_data=(x_test, y_train), verbose=0)
```

## Read instead

```python
import numpy as np
from sklearn.model_selection import train_test_split

from keras import Input, Sequential, layers

x = np.random.uniform(-1, 1, size=(64, 4))
y = (x.sum(axis=1) > 0).astype("float32")
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.5)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x_train, y_train, validation_data=(x_test, y_test), verbose=0)
```

## Known limits

Read from the text. Only the parts that one `load_data` or one `train_test_split` makes are known, and what is
made of one of them alone. Names that are a function's parameters as well stand for anything.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._predicted import is_parameter
from harness.rules._program import called, keyword

SEVERITY = Severity.ERROR
NEEDS = "source"
ECHO_OF = ("split-unpacked-in-wrong-order",)

Part = tuple[int, int]  # the line of the split, and which part of it
_TAKES_BOTH = {"fit", "evaluate", "score", "flow", "train_on_batch", "test_on_batch"}
_SIZES = {"shape", "ndim", "size", "dtype"}
_STEPS = 4  # followed at most, from variable to variable
_MESSAGE = (
    "`{labels}` are the labels of other examples than `{inputs}`: line {split} puts them into different "
    "parts. Take both from the same part."
)
_TWICE = (
    "`{name}` is bound twice here, so that the labels of the first part are lost and it holds those of the "
    "second. Give each part a name of its own."
)


def find(evidence: Evidence) -> Iterator[Match]:
    parts = dict(_of_splits(evidence))
    for name, node in _bound_twice(evidence):
        yield Match(node.lineno, _TWICE.format(name=name), end_line=node.end_lineno, evidence={"name": name})
        parts.pop(name, None)
    _follow(evidence, parts)
    told: set[tuple[str, str]] = set()
    for call, inputs, labels in _given(evidence):
        split = _parted(_parts_of(inputs, parts), _parts_of(labels, parts))
        names = ast.unparse(inputs), ast.unparse(labels)
        if split is None or names in told:
            continue
        told.add(names)
        failed = [f.seq for f in evidence.faults if f.type == "ValueError" and _at(call, f.line)]
        yield Match(
            labels.lineno,
            _MESSAGE.format(labels=names[1], inputs=names[0], split=split),
            end_line=labels.end_lineno,
            evidence={"inputs": names[0], "labels": names[1]},
            explains=tuple(failed),
        )


def _at(call: ast.Call, line: int | None) -> bool:
    return line is not None and call.lineno <= line <= (call.end_lineno or call.lineno)


def _of_splits(evidence: Evidence) -> Iterator[tuple[str, set[Part]]]:
    """The variables into which splits are unpacked, with their parts."""
    found: dict[str, set[Part]] = {}
    for node in _unpacked(evidence):
        target = node.targets[0]
        assert isinstance(target, ast.Tuple | ast.List)
        for place, part in enumerate(target.elts):
            which = place if called(node.value) == "load_data" else place % 2
            for name in (n.id for n in ast.walk(part) if isinstance(n, ast.Name) and n.id != "_"):
                found.setdefault(name, set()).add((node.lineno, which))
    yield from ((name, held) for name, held in found.items() if not is_parameter(evidence, name))


def _unpacked(evidence: Evidence) -> Iterator[ast.Assign]:
    """Assignments of a split to as many variables as it has parts."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Tuple | ast.List):
            continue
        target, maker = node.targets[0], called(node.value)
        if (maker == "load_data" and all(isinstance(part, ast.Tuple) for part in target.elts)) or (
            maker == "train_test_split" and len(target.elts) == 2 * _arrays(node.value)
        ):
            yield node


def _arrays(split: ast.expr) -> int:
    return len(split.args) if isinstance(split, ast.Call) else 0


def _bound_twice(evidence: Evidence) -> Iterator[tuple[str, ast.Assign]]:
    for node in _unpacked(evidence):
        names = [n.id for n in ast.walk(node.targets[0]) if isinstance(n, ast.Name)]
        for name, times in Counter(names).items():
            # What is bound twice on purpose is what nobody reads.
            reads = (n for n in evidence.nodes if isinstance(n, ast.Name) and n.id == name)
            if times > 1 and any(isinstance(n.ctx, ast.Load) for n in reads):
                yield name, node


def _follow(evidence: Evidence, parts: dict[str, set[Part]]) -> None:
    """Add the variables that are made of known ones; one that is made of several parts has them all."""
    assigns = [n for n in evidence.nodes if isinstance(n, ast.Assign | ast.AugAssign | ast.For)]
    for _ in range(_STEPS):
        for node in assigns:
            value = node.iter if isinstance(node, ast.For) else node.value
            held = _parts_of(value, parts)
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if not held or called(value) == "train_test_split":
                continue
            for name in (n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)):
                if not is_parameter(evidence, name):
                    parts[name] = parts.get(name, set()) | held


def _parts_of(node: ast.AST, parts: Mapping[str, set[Part]]) -> set[Part]:
    """The parts that an expression is made of; how many examples there are says nothing of which."""
    if (isinstance(node, ast.Attribute) and node.attr in _SIZES) or called(node) == "len":
        return set()
    if isinstance(node, ast.Name):
        return set(parts.get(node.id, ()))
    return {part for inner in ast.iter_child_nodes(node) for part in _parts_of(inner, parts)}


def _parted(inputs: set[Part], labels: set[Part]) -> int | None:
    """The line of the split that puts the two into different parts, if nothing else brings them together."""
    if inputs & labels:
        return None
    shared = {line for line, _ in inputs} & {line for line, _ in labels}
    return max(shared, default=None)


def _given(evidence: Evidence) -> Iterator[tuple[ast.Call, ast.expr, ast.expr]]:
    """The inputs and the labels that calls are given, validation data too."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if called(node) in _TAKES_BOTH:
            inputs = node.args[0] if node.args else keyword(node, "x")
            labels = node.args[1] if len(node.args) > 1 else keyword(node, "y")
            if inputs is not None and labels is not None:
                yield node, inputs, labels
        held_back = keyword(node, "validation_data")
        if isinstance(held_back, ast.Tuple | ast.List) and len(held_back.elts) > 1:
            yield node, held_back.elts[0], held_back.elts[1]
