"""The training runs into numbers that are not finite.

## What it finds

A loss that is NaN or infinite, or a network fed with values that are not finite.

## Why it is wrong

Once a weight is NaN every output is, and no later update can mend it. The usual causes are a
logarithm or division of zero, a learning rate that is far too large, and data that hold NaN. Where raw pixels
are fed, or a divergence has the wrong sign, that is reported as the cause and this is not.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.ones((16, 4))
x[3, 1] = np.nan
model = Sequential([Input((4,)), layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
model.fit(x, np.ones((16, 1)), verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.ones((16, 4))
model = Sequential([Input((4,)), layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
model.fit(x, np.ones((16, 1)), verbose=0)
```

## Known limits

Only the updates that the run watched can show it.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Call, Severity
from harness.rules._bare_logarithms import bare_logarithm
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import pretrained_in_place
from harness.rules._own_steps import breaks_down, fed_inside
from harness.rules._players import is_real

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = (
    "raw-pixel-input",
    "kl-sign-or-scale",
    "features-not-scaled",
    "learning-rate-out-of-range",
)
_OF_ALL = ("kl-sign-or-scale",)

_FED = "It is fed values that are not finite: clean the data before (`np.isfinite`)."
_LOSS = "Its loss is not finite: look for a division or logarithm of 0, and try a lower learning rate."


def find(evidence: Evidence) -> Iterator[Match]:
    for call in evidence.training:
        if call.line is None or call.error is not None:
            continue
        fed = any(not array.finite for array in (*call.inputs, *call.targets))
        if fed or (breaks_down(call) and not pretrained_in_place(evidence)):
            what = _FED if fed else _LOSS
            name = f" of `{evidence.name_of(call.model)}`" if call.model is not None else ""
            subject = _subject(evidence, call)
            # NaN among the data is a cause of its own, and in an unknown step raw pixels are not seen.
            causes = () if fed else _OF_ALL if subject is None else None
            bare = None if fed else bare_logarithm(evidence, call)
            if bare is not None:
                what = (
                    "Its loss is not finite: this logarithm is taken of a value as it is, which may be 0. "
                    "Clip the value first, or use the framework's own loss."
                )
            yield Match(
                call.line if bare is None else bare,
                f"This training{name} breaks down. {what}",
                evidence={"fed": fed, "model": subject},
                echo_of=causes,
            )
            return


def _subject(evidence: Evidence, call: Call) -> int | None:
    """The model that a call feeds the data to: its receiver, or the first one in its hand-written steps."""
    inside = (fed.model for fed in fed_inside(evidence, call) if is_real(fed.array))
    return next(inside, call.model)
