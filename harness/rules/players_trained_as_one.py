"""Generator and discriminator are only trained together, by one loss and one optimizer.

## What it finds

A pair whose only training is that of one model which holds both players, takes nothing but noise,
and leaves the discriminator trainable.

## Why it is wrong

The players have opposite aims. Trained by the same loss they agree instead: the discriminator
learns to answer what the generator's label says, whatever it is shown, and the loss falls while
nothing is learned about the data. The discriminator needs steps of its own, on real and on
generated examples, and must rest in the generator's.

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
gan = Sequential([generator, discriminator])
gan.compile(loss="binary_crossentropy", optimizer="adam")

for step in range(4):
    noise = np.random.normal(size=(16, 16))
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

Models with custom training steps, and combined models that take real examples as well, may train
both players in one step on purpose; they are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Call, Roles, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import holds, involves, is_whole, pairs

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("gan-without-its-players",)


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in pairs(evidence) if is_whole(evidence) else ():
        players = (pair.generator, pair.discriminator)
        calls = [call for call in evidence.training if any(involves(call, player) for player in players)]
        if not calls or not all(_as_one(evidence, call, pair) for call in calls) or calls[0].line is None:
            continue
        names = [f"`{evidence.name_of(player)}`" for player in players]
        message = (
            f"This is all the training there is, and it moves {names[0]} and {names[1]} towards the same "
            f"labels; {names[1]} needs steps of its own, and to be frozen here."
        )
        yield Match(calls[0].line, message, evidence={"model": pair.discriminator, "trained": calls[0].model})


def _as_one(evidence: Evidence, call: Call, pair: Roles) -> bool:
    seen = evidence.models.get(call.model) if call.model is not None else None
    if seen is None or seen.kind not in {"Sequential", "Functional"} or call.steps or len(call.inputs) != 1:
        return False
    compiles = [event for event in evidence.compiled(seen.model) if event.seq < call.seq]
    free = bool(compiles) and compiles[-1].trainable.get(pair.discriminator, False)
    return free and holds(evidence, seen.model, pair.generator, pair.discriminator)
