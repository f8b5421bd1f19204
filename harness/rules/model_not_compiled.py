"""A model is trained or evaluated, and no `compile` came before.

## What it finds

`fit`, `evaluate` and the like of a model that was never compiled, or is compiled only further down.

## Why it is wrong

`compile` gives a model its loss and its optimizer. Without them Keras refuses to train or judge it, with a
`ValueError`, and nothing is learned. Another model that holds it and is compiled does not count, and neither
does a copy of it.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.fit(x, y, verbose=0)
print(model.evaluate(x, y, verbose=0))
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
model = Sequential([Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
print(model.evaluate(x, y, verbose=0))
```

## Known limits

Reported once for each model, where it fails first. Where a `compile` fails, that is told instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Fault, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import MethodCall, method_calls

SEVERITY = Severity.ERROR
NEEDS = "trace"
ECHO_OF = ("generator-trained-alone",)

_WORDS = ("You must call `compile()` before", "You must compile your model before")


def find(evidence: Evidence) -> Iterator[Match]:
    failed: dict[str, list[Fault]] = {}
    for fault in evidence.faults:
        if fault.line is not None and not fault.repaired and any(word in fault.message for word in _WORDS):
            site = _site(evidence, fault)
            failed.setdefault(site.receiver if site is not None else "", []).append(fault)
    for name, faults in failed.items():
        first = faults[0]
        yield Match(
            first.line or 1,
            _message(evidence, name, first),
            end_line=first.end_line,
            explains=tuple(fault.seq for fault in faults),
        )


def _site(evidence: Evidence, fault: Fault) -> MethodCall | None:
    """The call that failed, where the line shows which."""
    lines = range(fault.line or 0, fault.end_line + 1)
    sites = [s for s in method_calls(evidence) if s.line in lines and s.method in _NEEDING]
    return sites[0] if sites else None


_NEEDING = {"fit", "fit_generator", "evaluate", "train_on_batch", "test_on_batch", "train_step"}


def _message(evidence: Evidence, name: str, fault: Fault) -> str:
    subject = f"`{name}`" if name else "The model"
    compiles = [site for site in method_calls(evidence) if site.method == "compile"]
    later = [s.line for s in compiles if s.receiver == name and s.line > fault.end_line]
    if later:
        return f"{subject} is compiled in line {later[0]} only: move that before its first use here."
    others = [site for site in compiles if site.line < (fault.line or 0) and site.receiver != name]
    other = f" What line {others[-1].line} compiles is `{others[-1].receiver}`." if others else ""
    return (
        f"{subject} has no loss and no optimizer: it was never compiled.{other} Call "
        f"`{name or 'model'}.compile(...)` before."
    )
