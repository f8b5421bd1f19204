"""A critic with a gradient penalty normalises over the batch.

## What it finds

A discriminator that holds batch normalisation, in a program that adds a gradient penalty.

## Why it is wrong

The penalty is meant for the slope at each example by itself. Batch normalisation makes every score depend on
the whole batch, so that the gradient at one point mixes in all others, and the penalty bounds something else.
Use layer normalisation, or none.

## Example

```python
import keras
import tensorflow as tf

latent = 4
generator = keras.Sequential([keras.Input((latent,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(2)])
critic = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(8),
        keras.layers.BatchNormalization(),
        keras.layers.LeakyReLU(),
        keras.layers.Dense(1),
    ]
)
critic_optimizer, generator_optimizer = keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)


def gradient_penalty(real, fake):
    alpha = tf.random.uniform((len(real), 1))
    middle = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(middle)
        score = critic(middle, training=True)
    slope = tf.norm(tape.gradient(score, middle), axis=1)
    return tf.reduce_mean((slope - 1.0) ** 2)


for step in range(4):
    real, noise = tf.random.normal((16, 2)) * 0.1 + 1.0, tf.random.normal((16, latent))
    with tf.GradientTape() as tape:
        fake = generator(noise)
        loss = tf.reduce_mean(critic(fake, training=True)) - tf.reduce_mean(critic(real, training=True))
        loss += 10.0 * gradient_penalty(real, fake)
    gradients = tape.gradient(loss, critic.trainable_variables)
    critic_optimizer.apply_gradients(zip(gradients, critic.trainable_variables))
    with tf.GradientTape() as tape:
        generator_loss = -tf.reduce_mean(critic(generator(noise), training=True))
    gradients = tape.gradient(generator_loss, generator.trainable_variables)
    generator_optimizer.apply_gradients(zip(gradients, generator.trainable_variables))
```

## Read instead

```python
import keras
import tensorflow as tf

latent = 4
generator = keras.Sequential([keras.Input((latent,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(2)])
critic = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(8),
        keras.layers.LayerNormalization(),
        keras.layers.LeakyReLU(),
        keras.layers.Dense(1),
    ]
)
critic_optimizer, generator_optimizer = keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)


def gradient_penalty(real, fake):
    alpha = tf.random.uniform((len(real), 1))
    middle = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(middle)
        score = critic(middle, training=True)
    slope = tf.norm(tape.gradient(score, middle), axis=1)
    return tf.reduce_mean((slope - 1.0) ** 2)


for step in range(4):
    real, noise = tf.random.normal((16, 2)) * 0.1 + 1.0, tf.random.normal((16, latent))
    with tf.GradientTape() as tape:
        fake = generator(noise)
        loss = tf.reduce_mean(critic(fake, training=True)) - tf.reduce_mean(critic(real, training=True))
        loss += 10.0 * gradient_penalty(real, fake)
    gradients = tape.gradient(loss, critic.trainable_variables)
    critic_optimizer.apply_gradients(zip(gradients, critic.trainable_variables))
    with tf.GradientTape() as tape:
        generator_loss = -tf.reduce_mean(critic(generator(noise), training=True))
    gradients = tape.gradient(generator_loss, generator.trainable_variables)
    generator_optimizer.apply_gradients(zip(gradients, generator.trainable_variables))
```

## Known limits

A penalty is recognised by a function of that name that takes a gradient.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._places import last_layer, model_line
from harness.rules._players import pairs
from harness.rules._program import called
from harness.rules._tapes import FUNCTIONS

SEVERITY = Severity.WARNING
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    penalties = [
        node
        for node in evidence.nodes
        if isinstance(node, FUNCTIONS)
        and "penalty" in node.name.lower()
        and any(called(inner) in {"gradient", "gradients"} for inner in ast.walk(node))
    ]
    if not penalties:
        return
    for pair in pairs(evidence):
        seen = evidence.models[pair.discriminator]
        if any(layer.kind == "BatchNormalization" for layer in seen.layers):
            place = last_layer(evidence, seen.model, "BatchNormalization")
            line = place.line if place else model_line(evidence, seen.model)
            if line is not None:
                message = (
                    f"`{evidence.name_of(seen.model)}` normalises over the batch, but its gradient penalty "
                    f"(line {penalties[0].lineno}) is for each example by itself; use layer normalisation."
                )
                yield Match(line, message, evidence={"model": seen.model, "penalty_at": penalties[0].lineno})
