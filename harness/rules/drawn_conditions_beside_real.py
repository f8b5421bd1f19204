"""Real examples get conditions that were drawn at random, instead of their own.

## What it finds

A discriminator of two inputs that is taught that examples of a data set are real, beside conditions that the
program drew at random.

## Why it is wrong

A conditional discriminator is to learn which condition goes with which example. Where real examples come with
any condition, it learns that the condition says nothing, and the generator need not heed it: asked for a 3 it
makes any digit. Take the labels of the very examples.

## Example

```python
import keras
import numpy as np
from keras import layers

(x_train, y_train), _ = keras.datasets.mnist.load_data()
x_train = x_train[:256].reshape(-1, 784) / 127.5 - 1

noise, label = keras.Input((16,)), keras.Input((1,))
h = layers.Concatenate()([noise, layers.Flatten()(layers.Embedding(10, 8)(label))])
h = layers.Dense(784, activation="tanh")(layers.Dense(32, activation="relu")(h))
generator = keras.Model([noise, label], h)
image, digit = keras.Input((784,)), keras.Input((1,))
h = layers.Concatenate()([image, layers.Flatten()(layers.Embedding(10, 8)(digit))])
h = layers.Dense(1, activation="sigmoid")(layers.Dense(32, activation="relu")(h))
discriminator = keras.Model([image, digit], h)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
gan = keras.Model([noise, label], discriminator([generator.output, label]))
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    rows = np.random.randint(0, 256, 16)
    labels = np.random.randint(0, 10, (16, 1))
    fake = generator([np.random.normal(size=(16, 16)), labels])
    discriminator.trainable = True
    discriminator.train_on_batch([x_train[rows], labels], np.ones((16, 1)))
    discriminator.train_on_batch([fake, labels], np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch([np.random.normal(size=(16, 16)), labels], np.ones((16, 1)))
```

## Read instead

```python
import keras
import numpy as np
from keras import layers

(x_train, y_train), _ = keras.datasets.mnist.load_data()
x_train = x_train[:256].reshape(-1, 784) / 127.5 - 1

noise, label = keras.Input((16,)), keras.Input((1,))
h = layers.Concatenate()([noise, layers.Flatten()(layers.Embedding(10, 8)(label))])
h = layers.Dense(784, activation="tanh")(layers.Dense(32, activation="relu")(h))
generator = keras.Model([noise, label], h)
image, digit = keras.Input((784,)), keras.Input((1,))
h = layers.Concatenate()([image, layers.Flatten()(layers.Embedding(10, 8)(digit))])
h = layers.Dense(1, activation="sigmoid")(layers.Dense(32, activation="relu")(h))
discriminator = keras.Model([image, digit], h)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
gan = keras.Model([noise, label], discriminator([generator.output, label]))
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    rows = np.random.randint(0, 256, 16)
    labels = np.random.randint(0, 10, (16, 1))
    fake = generator([np.random.normal(size=(16, 16)), labels])
    discriminator.trainable = True
    discriminator.train_on_batch([x_train[rows], y_train[rows]], np.ones((16, 1)))
    discriminator.train_on_batch([fake, labels], np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch([np.random.normal(size=(16, 16)), labels], np.ones((16, 1)))
```

## Known limits

In training by Keras's own calls the label of real examples has to be above one half. Steps by hand are read
as text: a discriminator's call on two inputs, of which the step itself draws the condition. Real examples
with a wrong condition that are taught as wrong, beside others with their own, are left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import ArraySummary, Call, Severity
from harness.rules._data_places import argument
from harness.rules._drawn_in_steps import drawn_in_steps
from harness.rules._evidence import Evidence, Match
from harness.rules._players import is_real
from harness.rules._program import origins

SEVERITY = Severity.ERROR
NEEDS = "trace"

_MOST_CONDITIONS = 100  # values of a condition; a vector of noise has others


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int | None] = set()
    for call in evidence.training:
        if call.line is None or call.model in told or not _taught_as_real(call) or len(call.inputs) != 2:
            continue
        if not any(_drawn(evidence, call, place) for place in (0, 1) if _examples(call.inputs[1 - place])):
            continue
        told.add(call.model)
        yield _match(evidence, call.line, call.model or 0)
    for line, model in drawn_in_steps(evidence):
        if model not in told:
            told.add(model)
            yield _match(evidence, line, model)


def _match(evidence: Evidence, line: int, model: int) -> Match:
    message = (
        f"`{evidence.name_of(model)}` is taught that these examples of the data set are real with conditions "
        "that were drawn at random: it learns that a condition says nothing. Give it the labels of these "
        "examples."
    )
    return Match(line, message, evidence={"model": model})


def _taught_as_real(call: Call) -> bool:
    """Whether all targets of a call say that what it is given is real."""
    target = call.targets[0] if len(call.targets) == 1 else None
    return target is not None and target.low is not None and target.low > 0.5 and _rows_of_one(target)


def _rows_of_one(array: ArraySummary) -> bool:
    return len(array.shape) == 1 or array.shape[1:] == (1,)


def _examples(array: ArraySummary) -> bool:
    return is_real(array) and len(array.shape) > 1 and array.shape[1] > 1


def _drawn(evidence: Evidence, call: Call, place: int) -> bool:
    """Whether an input holds classes, as numbers or one-hot, that were drawn: seen so, or by the text."""
    array = call.inputs[place]
    if is_real(array) or not (_few_numbers(array) or array.marked == (1, 1)):
        return False
    written = _written(evidence, call, place)
    return array.origin == "random" or (written is not None and origins(evidence, written) == {"random"})


def _written(evidence: Evidence, call: Call, place: int) -> ast.expr | None:
    """The expression of one of the inputs, where they stand in a list."""
    listed = argument(evidence, call, 0)
    all_there = isinstance(listed, ast.List | ast.Tuple) and len(listed.elts) == len(call.inputs)
    return listed.elts[place] if all_there and isinstance(listed, ast.List | ast.Tuple) else None


def _few_numbers(array: ArraySummary) -> bool:
    whole = array.distinct is not None and all(value == int(value) for value in array.distinct)
    known = array.dtype.startswith(("int", "uint")) or whole
    low, high = array.low or 0, array.high or 0
    return known and _rows_of_one(array) and low >= 0 and high < _MOST_CONDITIONS
