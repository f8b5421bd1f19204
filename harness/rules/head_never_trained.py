"""A model with layers of its own beside shared ones is compiled, and nothing trains those layers.

## What it finds

Two models share layers. One of them is trained, and the shared layers with it; the other is compiled and
never trained, neither by itself nor as a part of a third, and what it has for itself stays as it was made.

## Why it is wrong

The layers that only this model has, its head, keep the random numbers they began with. What it puts out is
random, and a loss that it would bring into the training (an auxiliary classifier, the code of an InfoGAN) is
missing. Nothing says so: the model was compiled, and the layers it shares do move.

## Example

```python
import keras
import numpy as np

image = keras.Input((16,))
features = keras.layers.Dense(8, activation="relu")(image)
judge = keras.Model(image, keras.layers.Dense(1, activation="sigmoid")(features))
judge.compile(optimizer="adam", loss="binary_crossentropy")
classifier = keras.Model(image, keras.layers.Dense(3, activation="softmax")(features))
classifier.compile(optimizer="adam", loss="sparse_categorical_crossentropy")

rng = np.random.default_rng(0)
images = rng.normal(size=(64, 16)).astype("float32")
real = (images[:, :1] > 0).astype("float32")
judge.fit(images, real, batch_size=16, epochs=3, verbose=0)
```

## Read instead

```python
import keras
import numpy as np

image = keras.Input((16,))
features = keras.layers.Dense(8, activation="relu")(image)
judge = keras.Model(image, keras.layers.Dense(1, activation="sigmoid")(features))
judge.compile(optimizer="adam", loss="binary_crossentropy")
classifier = keras.Model(image, keras.layers.Dense(3, activation="softmax")(features))
classifier.compile(optimizer="adam", loss="sparse_categorical_crossentropy")

rng = np.random.default_rng(0)
images = rng.normal(size=(64, 16)).astype("float32")
real = (images[:, :1] > 0).astype("float32")
kinds = np.digitize(images[:, 1], [-0.5, 0.5])
judge.fit(images, real, batch_size=16, epochs=3, verbose=0)
classifier.fit(images, kinds, batch_size=16, epochs=3, verbose=0)
```

## Known limits

Only Keras's compiled models; a network that a hand-written loss goes through has a rule of its own. Silent
where some training was not reached, and where the text freezes layers of the model or gives it weights from
elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import ModelSeen, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._meant import meant_to_stay
from harness.rules._players import is_whole, moves, opaque, watched_throughout
from harness.rules._program import frozen

SEVERITY = Severity.ERROR
NEEDS = "trace"


def find(evidence: Evidence) -> Iterator[Match]:
    if not is_whole(evidence) or any(opaque(call) for call in evidence.training):
        return
    for seen in evidence.models.values():
        line = next((event.line for event in evidence.compiled(seen.model) if event.line is not None), None)
        partners = _trained_partners(evidence, seen)
        if line is None or not partners or not seen.names or not _stays_in_part(evidence, seen):
            continue
        if meant_to_stay(evidence, seen) or _froze_unknown(evidence, seen):
            continue
        name = evidence.name_of(seen.model)
        others = " and ".join(f"`{evidence.name_of(model)}`" for model in partners)
        message = (
            f"`{name}` is compiled here and never trained: what trains {others} moves the layers that "
            f"`{name}` shares, and those that only `{name}` has keep the weights they began with. Train it "
            "too, or a model that it is a part of."
        )
        yield Match(line, message, evidence={"model": seen.model, "shares": partners})


def _trained_partners(evidence: Evidence, seen: ModelSeen) -> list[int]:
    """The models that share some of its weights and were trained themselves, none of which holds it all."""
    trained = {call.model for call in evidence.training if call.model is not None}
    trained |= {model for call in evidence.training for step in call.steps for model in step.trained}
    holding = {seen.model, *(m for m, other in evidence.models.items() if seen.model in other.contains)}
    if trained & holding:
        return []
    calls = evidence.training
    return [m for m in seen.shares if m in trained and any(moves(call, m) for call in calls)]


def _stays_in_part(evidence: Evidence, seen: ModelSeen) -> bool:
    """Whether all training together cannot have changed each of its weight arrays.

    A call tells how many arrays it changed, not which; a model's own training always changes the same ones.
    """
    if not watched_throughout(evidence.training, seen.model):
        return False
    most: dict[tuple[str, int | None], int] = {}
    arrays = 0
    for call in evidence.training:
        for moved in call.moved:
            if moved.model == seen.model:
                trainer = ("line", call.line) if call.model is None else ("model", call.model)
                most[trainer] = max(most.get(trainer, 0), moved.changed)
                arrays = moved.arrays
    return sum(most.values()) < arrays


def _froze_unknown(evidence: Evidence, seen: ModelSeen) -> bool:
    """Whether the text freezes what may be a part of the model, all the rest of which may be trained."""
    apart = {
        name for other in evidence.models.values() if other.model not in seen.contains for name in other.names
    }
    return any(not flag and text not in apart for _, text, flag in frozen(evidence))
