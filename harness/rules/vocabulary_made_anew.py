"""The words of the test data are numbered by another vocabulary than those of the training data.

## What it finds

A `TextVectorization`, `StringLookup`, `IntegerLookup` or `Tokenizer` that is fitted to the training data, and
another of its kind, or the same one again, that is fitted to the test data afterwards.

## Why it is wrong

A vocabulary numbers the words in the order in which it finds them, the most frequent first. Another one gives
the same words other numbers, so that the embedding looks up other words than those it learned. Use the one
that was fitted to the training data for all of them.

## Example

```python
import keras
import numpy as np

x_train = np.array(["good film", "bad film", "good fun", "bad plot"] * 8)
y_train = np.array([1, 0, 1, 0] * 8)
x_test = np.array(["plot was bad", "fun was good"] * 4)
vectorizer = keras.layers.TextVectorization(output_sequence_length=4)
vectorizer.adapt(x_train)
train_codes = vectorizer(x_train)
vectorizer.adapt(x_test)
test_codes = vectorizer(x_test)
layers = [keras.layers.Embedding(20, 4), keras.layers.Flatten(), keras.layers.Dense(1, activation="sigmoid")]
model = keras.Sequential(layers)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(train_codes, y_train, verbose=0)
print(model.predict(test_codes, verbose=0))
```

## Read instead

```python
import keras
import numpy as np

x_train = np.array(["good film", "bad film", "good fun", "bad plot"] * 8)
y_train = np.array([1, 0, 1, 0] * 8)
x_test = np.array(["plot was bad", "fun was good"] * 4)
vectorizer = keras.layers.TextVectorization(output_sequence_length=4)
vectorizer.adapt(x_train)
train_codes = vectorizer(x_train)
test_codes = vectorizer(x_test)
layers = [keras.layers.Embedding(20, 4), keras.layers.Flatten(), keras.layers.Dense(1, activation="sigmoid")]
model = keras.Sequential(layers)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(train_codes, y_train, verbose=0)
print(model.predict(test_codes, verbose=0))
```

## Known limits

Read from the text: which data are for training and which are held back is told by their names. A tokenizer
that is fitted to both before it numbers any text has one vocabulary, and is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._data_places import root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._program import MethodCall, method_calls
from harness.rules._scalers import HELD_BACK, TRAIN, maker_of

SEVERITY = Severity.ERROR
NEEDS = "source"

_FITTING = {
    "TextVectorization": "adapt",
    "StringLookup": "adapt",
    "IntegerLookup": "adapt",
    "Tokenizer": "fit_on_texts",
}


def find(evidence: Evidence) -> Iterator[Match]:
    fitted: dict[str, MethodCall] = {}
    for site in method_calls(evidence):
        kind = _kind(evidence, site)
        name = root_name(site.node.args[0]) if site.node.args else None
        if kind is None or name is None or site.method != _FITTING[kind]:
            continue
        if TRAIN.search(name):
            fitted.setdefault(kind, site)
        elif HELD_BACK.search(name) and kind in fitted:
            first = fitted[kind]
            if site.receiver == first.receiver and not _used_between(evidence, first, site):
                continue
            message = (
                f"This numbers the words of `{name}` by a vocabulary of their own, while the model learns "
                f"the numbers of another (line {first.line}): the same words have other numbers. Use "
                f"`{first.receiver}` as it was fitted there."
            )
            yield Match(site.line, message, end_line=site.end_line, evidence={"data": name, "kind": kind})


def _kind(evidence: Evidence, site: MethodCall) -> str | None:
    """The kind of vocabulary that a method is called on, where the text says it."""
    kind = maker_of(evidence, site.receiver)
    return kind if kind in _FITTING else None


def _used_between(evidence: Evidence, first: MethodCall, second: MethodCall) -> bool:
    """Whether the vocabulary numbers something between two fits of the same one."""
    return any(
        isinstance(node, ast.Name)
        and node.id == first.receiver
        and isinstance(node.ctx, ast.Load)
        and first.end_line < node.lineno < second.line
        for node in evidence.nodes
    )
