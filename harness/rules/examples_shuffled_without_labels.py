"""The examples are shuffled and their labels are not.

## What it finds

An array that is shuffled in place with `shuffle` of NumPy's or Python's random module, used for training
beside labels that are not shuffled, or shuffled in a draw of their own.

## Why it is wrong

After the shuffle each example has another example's label. A model can learn nothing from that but the
labels' frequencies. Draw one permutation and index both with it.

## Example

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
np.random.shuffle(x)
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Read instead

```python
import numpy as np
from keras import Input, Sequential, layers

x = np.random.normal(size=(64, 4))
y = (x[:, :1] > 0).astype("float32")
order = np.random.permutation(len(x))
x, y = x[order], y[order]
model = Sequential([Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile(loss="binary_crossentropy", optimizer="adam")
model.fit(x, y, verbose=0)
```

## Known limits

Read from the text, at the top level of the program. Two shuffles with a seed set before each keep both
arrays in step and are accepted. Labels made from the examples after the shuffle are right.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Severity
from harness.rules._data_places import assignments, root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._program import MethodCall, dotted, keyword, method_calls

SEVERITY = Severity.ERROR
NEEDS = "source"

_SHUFFLING = {"np.random", "numpy.random", "random", "rng"}
_SEEDING = {"seed", "set_state", "default_rng"}


def find(evidence: Evidence) -> Iterator[Match]:
    sites = list(method_calls(evidence))
    shuffles = [s for s in sites if s.method == "shuffle" and s.receiver in _SHUFFLING and s.function is None]
    if any(site.method in _SEEDING and _between(site, shuffles) for site in sites):
        return
    for site in sites:
        examples, labels = _fed(site)
        if site.method != "fit" or examples is None or labels is None or examples == labels:
            continue
        for shuffle in shuffles:
            own = dotted(shuffle.node.args[0]) if shuffle.node.args else None
            other = labels if own == examples else examples
            if own not in {examples, labels} or shuffle.line >= site.line:
                continue
            if not any(a.lineno > shuffle.line for a in assignments(evidence, own)) and not any(
                a.lineno > shuffle.line for a in assignments(evidence, other)
            ):
                message = (
                    f"`{own}` is shuffled here and `{other}` is not in the same order: each example gets "
                    "another one's label. Index both with one permutation."
                )
                yield Match(shuffle.line, message, evidence={"shuffled": own, "beside": other})
                return


def _fed(site: MethodCall) -> tuple[str | None, str | None]:
    """The names of the arrays that a ``fit`` is given."""
    arguments = [*site.node.args[:2], None, None]
    examples, labels = arguments[0] or keyword(site.node, "x"), arguments[1] or keyword(site.node, "y")
    return root_name(examples), root_name(labels)


def _between(site: MethodCall, shuffles: list[MethodCall]) -> bool:
    return bool(shuffles) and shuffles[0].line < site.line < shuffles[-1].line
