"""The step that trains the discriminator trains the generator too.

## What it finds

A gradient of the discriminator's loss that is taken and applied for the generator's variables as well, or a
model of both players that trains the discriminator and moves the generator.

## Why it is wrong

The discriminator's loss falls where generated examples are easily told. A generator that moves with it learns
to make them so: each step of the discriminator undoes one of the generator. Take that gradient for the
discriminator's variables alone, or freeze the generator in the model that trains the other.

## Example

```python
import keras
import tensorflow as tf
from keras import layers

(images, _), _ = keras.datasets.mnist.load_data()
images = images[:64].reshape(-1, 784).astype("float32") / 127.5 - 1

generator = keras.Sequential([keras.Input((16,)), layers.Dense(32, "relu"), layers.Dense(784, "tanh")])
discriminator = keras.Sequential([keras.Input((784,)), layers.Dense(32, "relu"), layers.Dense(1)])
g_optimizer, d_optimizer = keras.optimizers.Adam(), keras.optimizers.Adam()
entropy = keras.losses.BinaryCrossentropy(from_logits=True)


@tf.function
def train_step(real):
    with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
        says_real = discriminator(real)
        says_fake = discriminator(generator(tf.random.normal((16, 16))))
        d_loss = entropy(tf.ones_like(says_real), says_real) + entropy(tf.zeros_like(says_fake), says_fake)
        g_loss = entropy(tf.ones_like(says_fake), says_fake)
    both = discriminator.trainable_variables + generator.trainable_variables
    d_optimizer.apply_gradients(zip(d_tape.gradient(d_loss, both), both))
    own = generator.trainable_variables
    g_optimizer.apply_gradients(zip(g_tape.gradient(g_loss, own), own))


for step in range(4):
    train_step(tf.constant(images[16 * step : 16 * step + 16]))
```

## Read instead

```python
import keras
import tensorflow as tf
from keras import layers

(images, _), _ = keras.datasets.mnist.load_data()
images = images[:64].reshape(-1, 784).astype("float32") / 127.5 - 1

generator = keras.Sequential([keras.Input((16,)), layers.Dense(32, "relu"), layers.Dense(784, "tanh")])
discriminator = keras.Sequential([keras.Input((784,)), layers.Dense(32, "relu"), layers.Dense(1)])
g_optimizer, d_optimizer = keras.optimizers.Adam(), keras.optimizers.Adam()
entropy = keras.losses.BinaryCrossentropy(from_logits=True)


@tf.function
def train_step(real):
    with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
        says_real = discriminator(real)
        says_fake = discriminator(generator(tf.random.normal((16, 16))))
        d_loss = entropy(tf.ones_like(says_real), says_real) + entropy(tf.zeros_like(says_fake), says_fake)
        g_loss = entropy(tf.ones_like(says_fake), says_fake)
    weights = discriminator.trainable_variables
    d_optimizer.apply_gradients(zip(d_tape.gradient(d_loss, weights), weights))
    own = generator.trainable_variables
    g_optimizer.apply_gradients(zip(g_tape.gradient(g_loss, own), own))


for step in range(4):
    train_step(tf.constant(images[16 * step : 16 * step + 16]))
```

## Known limits

A step of the article's own making is judged where its loss is seen to drive verdicts on real and generated
examples apart, and another step drives the generated ones back. One loss for both players is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Roles, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import holds, is_critic_step, moves, pairs
from harness.rules._pushed import discriminators_for_both

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    for pair in pairs(evidence):
        line = discriminators_for_both(evidence, pair) or _by_model(evidence, pair)
        if line is not None:
            generator, discriminator = evidence.name_of(pair.generator), evidence.name_of(pair.discriminator)
            message = (
                f"This step, meant for `{discriminator}`, also trains `{generator}`, which learns to make "
                f"examples that are easily told from real ones. Train `{discriminator}` alone here."
            )
            yield Match(line, message, evidence={"model": pair.generator})


def _by_model(evidence: Evidence, pair: Roles) -> int | None:
    for call in evidence.training:
        seen = evidence.models.get(call.model) if call.model is not None else None
        if seen is None or seen.kind not in {"Sequential", "Functional"} or call.steps:
            continue
        if not holds(evidence, seen.model, pair.generator, pair.discriminator):
            continue
        if moves(call, pair.generator) and is_critic_step(evidence, call, pair):
            return call.line
    return None
