"""A pipeline is split behind a shuffle, which mixes the parts anew in each epoch.

## What it finds

A `tf.data` pipeline that is shuffled and then divided by `take(n)` and `skip(n)`, one part for training and
the other for validation or tests, where the shuffle is not told to keep its order.

## Why it is wrong

`shuffle` draws a new order each time that the pipeline is gone through. So `take(n)` gives other examples
in each epoch, and `skip(n)` the rest of yet another order: within a few epochs the model has been trained
on the examples that are to judge it, and its score is too good. Write `reshuffle_each_iteration=False`
where the split comes afterwards, or split first and shuffle the training part.

## Example

```python
import keras
import numpy as np
import tensorflow as tf

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=(64, 1))
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(64)
train = data.skip(16).batch(16)
held_out = data.take(16).batch(16)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(train, validation_data=held_out, verbose=0)
```

## Read instead

```python
import keras
import numpy as np
import tensorflow as tf

x, y = np.random.normal(size=(64, 4)), np.random.normal(size=(64, 1))
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(64, reshuffle_each_iteration=False)
train = data.skip(16).shuffle(48).batch(16)
held_out = data.take(16).batch(16)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(train, validation_data=held_out, verbose=0)
```

## Known limits

Read from the text: both parts must be cut from one variable or expression, and a `fit` or an `evaluate`
must show what they are for. What is kept by `cache` before the split is left alone, and so are functions
that shuffle on their own, as those that read folders of images do.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Fix, Severity
from harness.rules._data_places import cut_from, root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._pipelines import last_binding, line_of, steps_to
from harness.rules._program import called, keyword

SEVERITY = Severity.WARNING
NEEDS = "source"

_PARTS = ("take", "skip")


def find(evidence: Evidence) -> Iterator[Match]:
    told = set[int]()
    for taken, skipped in _splits(evidence):
        shuffle = _shuffled_anew(steps_to(evidence, _whole(taken)))
        if shuffle is None or id(shuffle) in told or not _judges(evidence, taken, skipped):
            continue
        told.add(id(shuffle))
        lines = sorted({line_of(taken), line_of(skipped)})
        message = (
            "This shuffles anew in each epoch, and the parts that are taken and skipped behind it (line "
            f"{' and '.join(map(str, lines))}) change with it: examples held back for validation are trained "
            "on in another epoch. Write `reshuffle_each_iteration=False` here."
        )
        yield Match(line_of(shuffle), message, evidence={"split": lines}, fix=_fix(evidence, shuffle))


def _splits(evidence: Evidence) -> Iterator[tuple[ast.Call, ast.Call]]:
    """Pairs of ``take(n)`` and ``skip(n)`` of one pipeline."""
    cuts: dict[str, list[ast.Call]] = {
        name: [node for node in evidence.nodes if isinstance(node, ast.Call) and called(node) == name]
        for name in _PARTS
    }
    for taken in cuts["take"]:
        for skipped in cuts["skip"]:
            if [ast.dump(one) for one in taken.args] == [ast.dump(one) for one in skipped.args] and _same(
                evidence, _whole(taken), _whole(skipped)
            ):
                yield taken, skipped


def _whole(part: ast.Call) -> ast.expr:
    assert isinstance(part.func, ast.Attribute)
    return part.func.value


def _same(evidence: Evidence, one: ast.expr, other: ast.expr) -> bool:
    roots = [_root(one), _root(other)]
    if ast.dump(one) != ast.dump(other) or None in roots:
        return False
    first, second = (last_binding(evidence, root) for root in roots if root is not None)
    return first is not None and first is second


def _root(node: ast.expr) -> ast.Name | None:
    return next((part for part in ast.walk(node) if isinstance(part, ast.Name)), None)


def _shuffled_anew(steps: tuple[ast.Call, ...]) -> ast.Call | None:
    """The shuffle whose order is not kept, by itself or by a cache behind it."""
    found: ast.Call | None = None
    for step in steps:
        if called(step) == "shuffle":
            found = step if _draws_again(step) else None
        elif called(step) == "cache":
            found = None
    return found


def _draws_again(shuffle: ast.Call) -> bool:
    """As it does by itself; what is worked out elsewhere may say otherwise."""
    third = shuffle.args[2] if len(shuffle.args) > 2 else None
    again = keyword(shuffle, "reshuffle_each_iteration") or third
    return again is None or (isinstance(again, ast.Constant) and again.value is not False)


def _judges(evidence: Evidence, taken: ast.Call, skipped: ast.Call) -> bool:
    """Whether a model is trained on one part and validated or evaluated on the other."""
    names = [_names(evidence, part) for part in (taken, skipped)]
    trained, judged = set[str](), set[str]()
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) not in {"fit", "evaluate"}:
            continue
        first = root_name(node.args[0] if node.args else keyword(node, "x"))
        held = root_name(keyword(node, "validation_data"))
        (trained if called(node) == "fit" else judged).update({first} if first else ())
        judged.update({held} if held else ())
    one, other = names
    return bool((one & trained and other & judged) or (other & trained and one & judged))


def _names(evidence: Evidence, part: ast.Call) -> frozenset[str]:
    """The variables that hold a part, or what is made of it."""
    for node in evidence.nodes:
        if isinstance(node, ast.Assign) and part in ast.walk(node.value):
            return cut_from(evidence, {target.id for target in node.targets if isinstance(target, ast.Name)})
    return frozenset()


def _fix(evidence: Evidence, shuffle: ast.Call) -> Fix | None:
    printed = evidence.lines[line_of(shuffle) - 1]
    text = ast.get_source_segment("\n".join(evidence.lines), shuffle) or ""
    arguments = text[text.rfind("shuffle(") :] if "shuffle(" in text else ""
    if not arguments or arguments not in printed or len(shuffle.args) > 2 or not shuffle.args:
        return None
    new = arguments[:-1] + ", reshuffle_each_iteration=False)"
    return Fix(printed.strip(), printed.replace(arguments, new).strip())
