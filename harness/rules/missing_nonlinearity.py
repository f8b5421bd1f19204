"""A network's layers have no activation between them.

## What it finds

A discriminator or generator, or a model trained with a cross-entropy or to predict numbers, with at least two
dense or convolutional layers and no activation, pooling or other nonlinear layer anywhere before the last of
them.  As a note: a dense layer without activation right before another dense or convolutional layer, in a
network that has activations elsewhere.

## Why it is wrong

A chain of linear layers is one linear layer: depth adds nothing, and the network cannot learn what
the article shows it for. An activation may be an argument of the layer or a layer of its own, such
as `LeakyReLU`.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) / 127.5 - 1

generator = Sequential(
    [Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(784, activation="tanh")]
)
discriminator = Sequential(
    [Input((784,)), layers.Dense(32), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) / 127.5 - 1

generator = Sequential(
    [Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(784, activation="tanh")]
)
discriminator = Sequential(
    [Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
)
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise = np.random.normal(size=(16, 16))
    real = x_train[np.random.randint(0, 64, 16)]
    discriminator.trainable = True
    discriminator.train_on_batch(real, np.ones((16, 1)))
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))
```

## Known limits

Only layers of well-known linear kinds are looked at; one layer of another kind keeps the rule
silent. A single missing activation among others is a choice that some good architectures make (a linear
projection before the first transposed convolution, a bottleneck), so it is only noted; behind a
convolution it is not even that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from harness.model import LayerSeen, ModelSeen, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._fitted import REGRESSION, Fitted, fitted, row_size
from harness.rules._places import damaged, layer_place, model_line
from harness.rules._players import pairs

SEVERITY = Severity.WARNING
NEEDS = "trace"

_WEIGHTED = {"Dense", "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose"}
_LINEAR = {
    "InputLayer",
    "Flatten",
    "Reshape",
    "Dropout",
    "UpSampling2D",
    "ZeroPadding2D",
    "BatchNormalization",
}


_SHAPING = {"Reshape", "Flatten", "Dropout", "UpSampling2D", "ZeroPadding2D"}


def find(evidence: Evidence) -> Iterator[Match]:
    players = {model for pair in pairs(evidence) for model in (pair.generator, pair.discriminator)}
    trained = list(fitted(evidence))
    giving_back = {one.seen.model for one in trained if _gives_back(one)}
    classifiers = {e.model for e in evidence.compiles if any("crossentropy" in loss for loss in e.losses)}
    classifiers -= giving_back
    regressors = {one.seen.model for one in trained if one.loss in REGRESSION} - giving_back
    for seen in evidence.models.values():
        if (
            seen.model not in players | classifiers | regressors
            or seen.contains
            or seen.kind not in {"Sequential", "Functional"}
        ):
            continue
        if damaged(evidence, seen.model):
            continue
        weighted = [index for index, layer in enumerate(seen.layers) if layer.kind in _WEIGHTED]
        if len(weighted) < 2:
            continue
        if len(seen.output_shapes) > 1 or len(seen.input_shapes) > 1:
            continue  # the order of its layers does not say which goes into which
        if not all(_linear(layer) for layer in seen.layers[: weighted[-1]]):
            yield from _in_a_row(evidence, seen, weighted)
            continue
        place = layer_place(evidence, seen.model, weighted[0])
        line = place.line if place else model_line(evidence, seen.model)
        if line is None:
            continue
        message = (
            f"The {len(weighted)} weighted layers of `{evidence.name_of(seen.model)}` have no activation "
            "between them: together they compute what one linear layer does. Give the hidden ones an "
            "activation, such as relu."
        )
        found = {"model": seen.model, "layers": [layer.kind for layer in seen.layers]}
        yield Match(line, message, end_line=place.end_line if place else None, evidence=found)


def _in_a_row(evidence: Evidence, seen: ModelSeen, weighted: Sequence[int]) -> Iterator[Match]:
    """A dense layer whose linear output goes straight into the weights of the next."""
    for first, second in pairwise(weighted):
        layer, after = seen.layers[first], seen.layers[second]
        between = seen.layers[first + 1 : second]
        if layer.kind != "Dense" or not _linear(layer) or any(one.kind not in _SHAPING for one in between):
            continue
        place = layer_place(evidence, seen.model, first)
        if place is None or not _chained(seen.layers, first, second):
            continue
        message = (
            f"This {layer.kind} layer of `{evidence.name_of(seen.model)}` has no activation, and goes "
            f"straight into a {after.kind} layer: together they compute one linear map. "
            "Give it an activation, unless that is meant."
        )
        found = {"model": seen.model, "layers": [layer.kind, after.kind]}
        yield Match(place.line, message, end_line=place.end_line, evidence=found, severity=Severity.NOTE)


def _chained(layers: Sequence[LayerSeen], first: int, second: int) -> bool:
    """Whether the output of one layer goes into the other and nowhere else, so far as a graph says."""
    return all(
        layer.takes is None or layer.takes == (place,)
        for place, layer in enumerate(layers[first + 1 : second + 1], first)
    ) and not any(first in (layer.takes or ()) for layer in layers[first + 2 :])


def _gives_back(one: Fitted) -> bool:
    """Whether a model is trained to give back what it is fed: a linear one then finds principal axes."""
    if not one.call.inputs or one.target is None:
        return False
    return one.call.inputs[0].shape == one.target.shape and (row_size(one.target) or 0) > 1


def _linear(layer: LayerSeen) -> bool:
    if layer.kind in _WEIGHTED:
        return layer.activation in (None, "linear")
    return layer.kind in _LINEAR
