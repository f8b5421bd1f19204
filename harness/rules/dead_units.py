"""A layer puts out nothing but zeros, whatever it is given.

## What it finds

A ReLU layer of eight units or more before the last layer, none of whose units puts out anything but 0 for any
of the rows that the network was trained on, once the watched updates are made.

## Why it is wrong

Where a ReLU puts out 0 its gradient is 0 as well. No gradient passes such a layer, so that nothing before it
learns any more and the network answers the same to all inputs. A learning rate that is too large, biases that
start far below 0, and inputs or targets that are not scaled are the usual causes.

## Example

```python
import numpy as np
from keras import Input, Sequential, initializers, layers

x = np.random.normal(size=(64, 4))
y = x.sum(axis=1)
low = initializers.Constant(-20.0)
model = Sequential(
    [Input((4,)), layers.Dense(16, activation="relu", bias_initializer=low), layers.Dense(1)]
)
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = x.sum(axis=1)
model = Sequential([Input((4,)), layers.Dense(16, activation="relu"), layers.Dense(1)])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Measured after the run, on TensorFlow, with rows that were fed to a Sequential or functional network directly:
networks inside a traced step of the program's own are not seen, and large ones are left out. So are networks
with a normalisation, whose statistics say little after few updates. That a part of a layer is silent is
common, and no finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._layers_probed import layer_line, probed

SEVERITY = Severity.WARNING
NEEDS = "probe"
ECHO_OF = (
    "not-finite",
    "raw-pixel-input",
    "features-not-scaled",
    "learning-rate-out-of-range",
    "weights-start-equal",
    "divergence-outweighs-reconstruction",
)

_FEWEST = 8  # units that may all be silent by chance are fewer


def find(evidence: Evidence) -> Iterator[Match]:
    told: set[int] = set()
    for seen, result in probed(evidence):
        positions = {layer.name: index for index, layer in enumerate(seen.layers)}
        for one in result.get("silent", ()):
            index = positions.get(one["layer"])
            if index is None or not _FEWEST <= one["units"] == one["silent"]:
                continue
            if not any(layer.parameters for layer in seen.layers[index + 1 :]):
                continue
            line = layer_line(evidence, seen.model, index)
            if line is not None and line not in told:
                told.add(line)
                yield Match(
                    line, _message(evidence, seen.model, one, result), evidence=_found(seen.model, one)
                )
            break  # what comes behind is silent because of it


def _message(evidence: Evidence, model: int, one: dict[str, int], result: dict[str, int]) -> str:
    return (
        f"After the watched updates all {one['units']} units of this layer of `{evidence.name_of(model)}` "
        f"put out 0 for each of {result['rows']} rows that it was trained on: no gradient passes them, and "
        "nothing before them learns. Lower the learning rate, scale inputs and targets, and let biases start "
        "at 0."
    )


def _found(model: int, one: dict[str, int]) -> dict[str, int | str]:
    return {"model": model, "layer": one["layer"], "units": one["units"]}
