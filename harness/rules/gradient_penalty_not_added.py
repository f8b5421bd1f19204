"""The gradient penalty is computed and left out of the loss.

## What it finds

A training step that computes a gradient penalty which the critic's loss never takes in, or computes it before
the tape that the loss's gradient is taken of.

## Why it is wrong

The penalty bounds the slope of a Wasserstein critic. Without it the critic's values grow without end, and
its gradients tell the generator nothing of use. Add it to the critic's loss with its weight, 10 as a rule.

## Example

```python
import keras
import tensorflow as tf

critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()


def gradient_penalty(real, fake):
    alpha = tf.random.uniform((len(real), 1))
    middle = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(middle)
        score = critic(middle)
    slope = tf.norm(tape.gradient(score, middle), axis=1)
    return tf.reduce_mean((slope - 1.0) ** 2)


def critic_step(real, fake):
    with tf.GradientTape() as tape:
        cost = tf.reduce_mean(critic(fake)) - tf.reduce_mean(critic(real))
        penalty = gradient_penalty(real, fake)
        loss = cost
    gradients = tape.gradient(loss, critic.trainable_variables)
    optimizer.apply_gradients(zip(gradients, critic.trainable_variables))
```

## Read instead

```python
import keras
import tensorflow as tf

critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()


def gradient_penalty(real, fake):
    alpha = tf.random.uniform((len(real), 1))
    middle = real + alpha * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(middle)
        score = critic(middle)
    slope = tf.norm(tape.gradient(score, middle), axis=1)
    return tf.reduce_mean((slope - 1.0) ** 2)


def critic_step(real, fake):
    with tf.GradientTape() as tape:
        cost = tf.reduce_mean(critic(fake)) - tf.reduce_mean(critic(real))
        penalty = gradient_penalty(real, fake)
        loss = cost + 10.0 * penalty
    gradients = tape.gradient(loss, critic.trainable_variables)
    optimizer.apply_gradients(zip(gradients, critic.trainable_variables))
```

## Known limits

Read from the text: the penalty is known by its name, or by that of the function that computes it. A penalty
that is only printed or handed back for show counts as left out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._penalties import penalising
from harness.rules._program import called
from harness.rules._tapes import FUNCTIONS, functions, loads, own_calls, scope, tapes
from harness.rules._terms import unused_terms

SEVERITY = Severity.ERROR
NEEDS = "source"

_PENALTY = re.compile(r"penalty|^gp$|^gp_|_gp$", re.IGNORECASE)


def find(evidence: Evidence) -> Iterator[Match]:
    for term in unused_terms(evidence, _PENALTY):
        message = (
            f"`{term.name}` is computed here, and no loss takes it in: the critic's slope is not bounded. "
            "Add it to the critic's loss."
        )
        yield Match(term.node.lineno, message, end_line=term.node.end_lineno, evidence={"term": term.name})
    yield from _before_the_tape(evidence)


def _before_the_tape(evidence: Evidence) -> Iterator[Match]:
    """A penalty that a tape did not record is a plain number in the loss: its gradient is 0."""
    penalties = {function.name for function, _ in penalising(evidence) if isinstance(function, FUNCTIONS)}
    for around in functions(evidence):
        blocks = [block for block in tapes(around) if scope(evidence, block) is around]
        for call in own_calls(evidence, around):
            assign = evidence.parents.get(call)
            if called(call) not in penalties or not isinstance(assign, ast.Assign):
                continue
            target = assign.targets[0]
            inside = any(assign in ast.walk(block) for block in blocks)
            after = next((block for block in blocks if block.lineno > assign.lineno), None)
            if inside or after is None or not isinstance(target, ast.Name) or not loads(after, target.id):
                continue
            message = (
                f"`{target.id}` is computed before the tape, which knows it as a plain number: the loss has "
                "it, and its gradient does not. Compute it under the tape."
            )
            yield Match(assign.lineno, message, end_line=assign.end_lineno, evidence={"term": target.id})
