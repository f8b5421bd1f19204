"""A model is trained, and none of its weights changes.

## What it finds

`fit` or `train_on_batch` on a model that leaves every weight as it was.

## Why it is wrong

Nothing is learned, and often nothing is said: a learning rate of 0, a model whose `trainable` is False, or
units that are all switched off from the start let the loss stand still like a hard problem would.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers, optimizers

x = np.random.normal(size=(64, 4))
y = x.sum(axis=1, keepdims=True)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer=optimizers.SGD(0.0))
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers, optimizers

x = np.random.normal(size=(64, 4))
y = x.sum(axis=1, keepdims=True)
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer=optimizers.SGD(0.01))
model.fit(x, y, verbose=0)
```

## Known limits

The players of a GAN have rules of their own. A later training that does move the model keeps the rule silent
about an earlier one: some articles show the difference. Inputs that are all one value are taken for
stand-ins.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import ArraySummary, Call, Compiled, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._players import pairs, watched
from harness.rules._program import frozen

SEVERITY = Severity.ERROR
NEEDS = "trace"
# A ReLU that puts out nothing under a loss of probabilities moves no weight.
ECHO_OF = ("not-finite", "softmax-over-one-unit", "logits-into-probability-loss")


def find(evidence: Evidence) -> Iterator[Match]:
    players = {m for pair in pairs(evidence) for m in (pair.generator, pair.discriminator, pair.combined)}
    for model in evidence.models:
        calls = [c for c in evidence.training if c.model == model and c.api in {"fit", "train_on_batch"}]
        if model in players or not calls or any(c.error is not None for c in calls) or calls[0].line is None:
            continue
        examined = [call for call in calls if call.moved and call.updates]  # data may have no batch at all
        if not examined or any(not watched(c, model) or _changed(c, model) for c in examined):
            continue
        if any(_stand_in(array) for call in calls for array in call.inputs):
            continue
        compiles = list(evidence.compiled(model))
        cause, line = _cause(evidence, model, calls[0], compiles)
        name = evidence.name_of(model)
        message = f"This training leaves every weight of `{name}` as it was{cause}"
        yield Match(line, message, evidence={"model": model, "trained_at": calls[0].line})


def _stand_in(array: ArraySummary) -> bool:
    """Whether all values are one, as in code that only shows a call: zeros give no gradient to follow."""
    return array.low is not None and array.low == array.high


def _changed(call: Call, model: int) -> bool:
    return any(moved.model == model and moved.changed > 0 for moved in call.moved)


def _cause(evidence: Evidence, model: int, call: Call, compiles: list[Compiled]) -> tuple[str, int]:
    """What explains it, in words, and the line to mark."""
    line = call.line or 0
    names = evidence.models[model].names
    flags = [at for at, text, flag in frozen(evidence) if text in names and not flag and at < line]
    if compiles and compiles[-1].learning_rate == 0 and compiles[-1].line is not None:
        return ": the learning rate is 0. Around 0.001 is usual for Adam.", compiles[-1].line
    if flags:
        return ": `trainable` is False for all of it. Leave some of its layers trainable.", flags[-1]
    return ". Check that the loss depends on its output, and that it is trainable.", line
