"""Binary cross-entropy is given labels that are no probabilities.

## What it finds

Training with binary cross-entropy on targets below 0 or above 1: labels of -1 and 1, for example.

## Why it is wrong

Cross-entropy is a distance between probabilities. With a label of -1 the loss has no lower bound:
it becomes negative and falls forever while the model learns nothing. Use 0 and 1, or a hinge or
least-squares loss for labels of -1 and 1.

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
    discriminator.train_on_batch(generator(noise), -np.ones((16, 1)))
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

Labels that are smoothed a little beyond 1, as some advise, are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import ArraySummary, Severity
from harness.rules._activations import output_activation
from harness.rules._evidence import Evidence, Match
from harness.rules._losses import PROBABILITY_LOSS
from harness.rules._players import number

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("raw-pixel-input", "split-unpacked-in-wrong-order")

_UNBOUNDED = {"linear", "relu", "leaky_relu", "elu"}
_TOLERANCE = 0.4  # noisy labels between 0.7 and 1.2 are a known convention


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int] = set()
    for call in evidence.training:
        compiles = [e for e in evidence.compiles if e.model == call.model and e.seq < call.seq]
        if (
            not compiles
            or set(compiles[-1].losses) != {PROBABILITY_LOSS}
            or call.line is None
            or call.line in told
        ):
            continue
        wrong = [
            target
            for target in call.targets
            if target.low is not None
            and target.high is not None
            and (target.low < -_TOLERANCE or target.high > 1 + _TOLERANCE)
        ]
        if wrong:
            told.add(call.line)
            low, high = number(wrong[0].low or 0.0), number(wrong[0].high or 0.0)
            values = low if low == high else f"between {low} and {high}"
            message = (
                f"Binary cross-entropy takes targets between 0 and 1; those given here are {values}. Bring "
                "them into that range, or take another loss."
            )
            classes = _classes(wrong[0])
            if classes is not None:
                message = (
                    "Binary cross-entropy takes targets between 0 and 1; those given here are the numbers "
                    f"of {classes} classes. End in a softmax of {classes} units, and use "
                    "`sparse_categorical_crossentropy`."
                )
            line, found = call.line, {"targets": [wrong[0].low, wrong[0].high]}
            numbers = wrong[0].distinct is None and output_activation(evidence, call.model) in _UNBOUNDED
            if numbers and compiles[-1].line is not None:
                line = compiles[-1].line
                message = (
                    f"Binary cross-entropy takes targets between 0 and 1; those of line {call.line} are "
                    f"numbers {values}, and the model puts out numbers. Take a loss for these, as the mean "
                    "squared error."
                )
            yield Match(line, message, evidence=found)


def _classes(target: ArraySummary) -> int | None:
    """How many classes targets number, if that is what they do: 0, 1, 2 and so on, all of them."""
    values = target.distinct
    return len(values) if values is not None and values == tuple(range(len(values))) else None
