"""The result is judged by the discriminator's answer to real images alone.

## What it finds

A program that, after the training of a pair, feeds real images to the discriminator for its result,
and never again makes an image with the generator.

## Why it is wrong

What the discriminator says of real images tells nothing about the generated ones: a discriminator
that answers the same to anything may score perfectly here. Look at generated images, or measure
their distance from the real ones.

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
    discriminator.train_on_batch(generator(noise), np.zeros((16, 1)))
    discriminator.trainable = False
    gan.train_on_batch(noise, np.ones((16, 1)))

x_test = mnist.load_data()[1][0][:64].reshape(-1, 784) / 127.5 - 1
print(discriminator.predict(x_test, verbose=0).mean())
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

print(generator.predict(np.random.normal(size=(16, 16)), verbose=0).mean())
```

## Known limits

Programs that call the generator after the training, or save or show images inside it, are left
alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import is_real, pairs
from harness.rules._program import called

SEVERITY = Severity.WARNING
NEEDS = "trace"

_SHOWING = {"imshow", "savefig", "save_img", "imsave", "save", "matshow", "show", "save_weights"}


def find(evidence: Evidence) -> Iterator[Match]:
    if any(called(node) in _SHOWING for node in evidence.nodes if isinstance(node, ast.Call)):
        return
    last = max((call.seq for call in evidence.training), default=None)
    end = max((call.line for call in evidence.training if call.line is not None), default=0)
    for pair in pairs(evidence) if last is not None else ():
        # Folded repetitions of a call in the loop are written down late; the line tells them apart.
        after = [
            c
            for c in evidence.calls
            if not c.trains and not c.in_loop and c.line is not None and c.line > end
        ]
        makes = [call for call in after if call.model in (pair.generator, pair.combined)]
        judged = [
            call
            for call in after
            if call.model == pair.discriminator
            and call.api in {"predict", "evaluate", "test_on_batch", "predict_on_batch"}
            and any(is_real(array) for array in call.inputs)
        ]
        if judged and not makes and judged[0].line is not None:
            message = (
                f"The result is what `{evidence.name_of(pair.discriminator)}` says of real images; "
                f"nothing that `{evidence.name_of(pair.generator)}` makes is looked at. Show some of its "
                "images."
            )
            yield Match(judged[0].line, message, evidence={"model": pair.discriminator})
