"""A loss goes through a network that no step ever trains.

## What it finds

A hand-written training step whose loss depends on a network's weights, while no gradient is ever taken for
them, and the whole training leaves them as they were.

## Why it is wrong

The network keeps the random numbers it began with, and nothing says so: the loss goes down all the same,
because the others learn to make the best of it. A variational autoencoder whose encoder is left out decodes
random codes.

## Example

```python
import keras
import tensorflow as tf

encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)])
decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8)])
optimizer = keras.optimizers.Adam()


@tf.function
def train_step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((decoder(encoder(x)) - x) ** 2)
    variables = decoder.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))


for step in range(3):
    train_step(tf.random.normal((16, 8)))
```

## Read instead

```python
import keras
import tensorflow as tf

encoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)])
decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8)])
optimizer = keras.optimizers.Adam()


@tf.function
def train_step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((decoder(encoder(x)) - x) ** 2)
    variables = encoder.trainable_variables + decoder.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))


for step in range(3):
    train_step(tf.random.normal((16, 8)))
```

## Known limits

The generator and the discriminator of a pair have rules of their own. A network that is meant to stay as it
is (frozen, or with weights from elsewhere) keeps the rule silent, and so does training that the run did not
reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.model import Call, ModelSeen, Severity, Step
from harness.rules._evidence import Evidence, Match
from harness.rules._meant import meant_to_stay
from harness.rules._players import is_whole, moves, opaque, pairs, watched_throughout
from harness.rules._tapes import behind, gradients

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("wrong-variables-in-apply", "gradient-cut")

# What an eager tape does not follow, or is not meant to.
_CUTTING = frozenset({"stop_gradient", "numpy", "predict", "predict_on_batch", "constant"})


def find(evidence: Evidence) -> Iterator[Match]:
    if not is_whole(evidence) or any(opaque(call) for call in evidence.training):
        return
    idle = list(_idle(evidence))
    told = _outermost(evidence, (seen.model for seen, _ in idle))
    judges = {pair.discriminator for pair in pairs(evidence)}
    for seen, passing in idle:
        if seen.model not in told:
            continue  # it is told of the network that it is a part of
        # What a discriminator learns from is no place to train what makes it.
        steps = [(call, step) for call, step in passing if not judges & {*step.trained}] or passing
        line = next((step.line for _, step in steps if step.line is not None), steps[0][0].line)
        if line is None:
            continue
        models = _outermost(evidence, (model for _, step in steps for model in step.trained))
        trained = sorted({evidence.name_of(model) for model in models})
        whose = " and ".join(f"`{name}`" for name in trained)
        name = evidence.name_of(seen.model)
        message = (
            f"The loss depends on `{name}`, but the gradient is taken for {whose} alone: nothing ever trains "
            f"`{name}`, which keeps the weights it began with. Take the gradient for its variables too, and "
            "apply it to them."
        )
        yield Match(line, message, evidence={"model": seen.model, "trained": trained})


def _idle(evidence: Evidence) -> Iterator[tuple[ModelSeen, list[tuple[Call, Step]]]]:
    """The networks that losses depend on and that nothing trains, with the steps of those losses."""
    players = {model for pair in pairs(evidence) for model in (pair.generator, pair.discriminator)}
    for seen in evidence.models.values():
        steps = list(_passing(evidence, seen))
        if seen.model in players or not steps or not seen.names or meant_to_stay(evidence, seen):
            continue
        if any(_touches(evidence, call, seen) for call in evidence.training):
            continue
        if watched_throughout((call for call, _ in steps), seen.model):
            yield seen, steps


def _outermost(evidence: Evidence, models: Iterable[int]) -> list[int]:
    """Those of some models that are no part of another of them, as ``encoder.base`` is of ``encoder``."""
    known = [evidence.models[model] for model in dict.fromkeys(models) if model in evidence.models]
    return [seen.model for seen in known if not any(_is_part(seen, other) for other in known)]


def _is_part(seen: ModelSeen, other: ModelSeen) -> bool:
    if seen.model in other.contains and other.model not in seen.contains:
        return True
    return any(name.startswith(f"{whole}.") for name in seen.names for whole in other.names)


def _passing(evidence: Evidence, seen: ModelSeen) -> Iterator[tuple[Call, Step]]:
    """The steps whose loss depends on a model's weights, without a cut between, and that train others.

    On an eager tape a model may only stand beside the loss: there the text must lead from one to the other.
    """
    for call in evidence.training:
        for step in call.steps:
            if seen.model not in step.through or not step.trained or seen.model in step.trained:
                continue
            if step.exact or _leads(evidence, step, seen):
                yield call, step


def _leads(evidence: Evidence, step: Step, seen: ModelSeen) -> bool:
    """Whether the loss of a gradient is made, name by name, of a call of the model, and nothing cuts it."""
    names = {name.rpartition(".")[2] for name in seen.names}
    taken = [g for g in gradients(evidence, evidence.tree) if g.node.lineno == step.line]
    found = [behind(evidence, g.target) for g in taken if g.target is not None]
    return len(found) == 1 and bool(names & found[0]) and not found[0] & _CUTTING


def _touches(evidence: Evidence, call: Call, seen: ModelSeen) -> bool:
    """Whether a call trains a model, or one with which it shares weights."""
    kin = {seen.model, *seen.contains, *seen.shares}
    told = [each for each in call.moved if each.model == seen.model]
    if told and not any(each.trainable > 0 for each in told):
        # A model around it moves as a whole where any of its parts does: what is known of the part counts.
        around = {m for m, other in evidence.models.items() if seen.model in other.contains}
        return any(moves(call, model) for model in kin - around)
    kin |= {
        other.model for other in evidence.models.values() if seen.model in (*other.contains, *other.shares)
    }
    stepped = any(kin & set(step.trained) for step in call.steps)
    return stepped or any(moves(call, model) for model in kin)
