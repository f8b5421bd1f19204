"""The generator puts out unbounded numbers for images that lie in a fixed range.

## What it finds

A generator whose last layer has no activation, or one without bounds, where the real examples are
images scaled to [0, 1] or [-1, 1].

## Why it is wrong

Pixels have a range; a linear output does not. The generator must learn the range besides everything
else, the discriminator recognises values outside it at once, and what is shown in the end is cut
off or rescaled. End with tanh for [-1, 1] or a sigmoid for [0, 1].

## Example

```python
import numpy as np
from keras import Input, Sequential, layers
from keras.datasets import mnist

(x_train, _), _ = mnist.load_data()
x_train = x_train[:64].reshape(-1, 784) / 127.5 - 1

generator = Sequential(
    [Input((16,)), layers.Dense(32, activation="relu"), layers.Dense(784)]
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

Data that are not images, or that are standardised to zero mean and unit variance, have no such
range and are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Roles, Severity
from harness.rules._activations import output_activation
from harness.rules._evidence import Evidence, Match
from harness.rules._places import last_layer, output_line
from harness.rules._players import Range, Shape, discriminator_feeds, is_real, measured_ranges, number, pairs

SEVERITY = Severity.WARNING
NEEDS = "trace"

_END = {0.0: "a sigmoid", -1.0: "tanh"}  # by the lowest value of the real images
_UNBOUNDED = {"linear": "has no activation", "leaky_relu": "is a leaky ReLU", "elu": "is an ELU"}


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in pairs(evidence):
        activation = output_activation(evidence, pair.generator)
        line = output_line(evidence, pair.generator)
        if activation not in _UNBOUNDED or line is None:
            continue
        real = _real(evidence, pair)
        if real is None:
            continue
        layer = last_layer(evidence, pair.generator)
        message = (
            f"The last layer of `{evidence.name_of(pair.generator)}` {_UNBOUNDED[activation]}, "
            f"but the real examples lie in [{number(real[0])}, {number(real[1])}]. "
            f"End in {_END[real[0]]}."
        )
        end = layer.end_line if layer and layer.line == line else None
        yield Match(line, message, end_line=end, evidence={"model": pair.generator, "real": list(real)})


def _real(evidence: Evidence, pair: Roles) -> Range | None:
    """The range of the real images that the discriminator is fed, where it is a usual one of images."""
    for array in discriminator_feeds(evidence, pair):
        if is_real(array) and _scaled(array.low, array.high, array.shape):
            return array.low or 0.0, array.high or 0.0
    measured, shapes = measured_ranges(evidence, pair), evidence.models[pair.discriminator].input_shapes
    if measured is None or len(shapes) != 1 or not _scaled(*measured[1], shapes[0]):
        return None
    fake, real = measured
    # What has been bounded on its way, by the step itself, is no concern of the last layer.
    return real if fake[0] < real[0] or fake[1] > real[1] else None


def _scaled(low: float | None, high: float | None, shape: Shape) -> bool:
    pixels = 1
    for size in shape[1:]:
        pixels *= size or 1
    if low is None or high is None or pixels < 64:
        return False
    return low in _END and 0.9 <= high <= 1.0
