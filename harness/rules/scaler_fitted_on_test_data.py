"""The scaling of the test data is fitted on the test data.

## What it finds

`fit_transform` of one of scikit-learn's scalers on the test or validation part, where the same kind of scaler
was fitted on the training part. As a note also a scaler that is fitted on all examples, of which a split then
holds some back.

## Why it is wrong

The second fit forgets the first: the test data are scaled by their own mean and width, not by those that the
model was trained with. The same measurement then means different numbers in training and in test, the score
is that of other data, and a single new example cannot be scaled at all. Fit on the training part, and only
`transform` the others.

## Example

```python
import numpy as np
from sklearn.preprocessing import StandardScaler

x = np.random.normal(3, 2, size=(64, 4))
x_train, x_test = x[:48], x[48:]
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train)
x_test = scaler.fit_transform(x_test)
```

## Read instead

```python
import numpy as np
from sklearn.preprocessing import StandardScaler

x = np.random.normal(3, 2, size=(64, 4))
x_train, x_test = x[:48], x[48:]
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train)
x_test = scaler.transform(x_test)
```

## Known limits

Read from the text: by the names of the arrays, `test` or `val`, beside others that are called `train`.
Scalings that are written out in NumPy are not looked at, nor encoders of labels, which give the same numbers
where all classes are in both parts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Fix, Severity
from harness.rules._data_places import root_name
from harness.rules._evidence import Evidence, Match
from harness.rules._program import MethodCall, called, method_calls
from harness.rules._scalers import HELD_BACK, TRAIN, scaler_of

SEVERITY = Severity.WARNING
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    fits: dict[str, int] = {}
    for site in method_calls(evidence):
        kind = scaler_of(evidence, site)
        name = root_name(site.node.args[0]) if site.node.args else None
        if site.method not in {"fit", "fit_transform"} or kind is None or name is None:
            continue
        if TRAIN.search(name):
            fits.setdefault(kind, site.line)
        elif HELD_BACK.search(name) and kind in fits and site.method == "fit_transform":
            message = (
                f"`{name}` is scaled by a {kind} that is fitted on it, while the model is trained on data "
                f"that were scaled by another fit (line {fits[kind]}): use `transform` here, with the scaler "
                "that was fitted on the training data."
            )
            yield Match(
                site.line, message, end_line=site.end_line, evidence={"data": name}, fix=_fix(evidence, site)
            )
    yield from _before_the_split(evidence)


def _before_the_split(evidence: Evidence) -> Iterator[Match]:
    """Scalers that are fitted on all examples, a part of which is then held back."""
    splits = [n for n in evidence.nodes if called(n) == "train_test_split" and isinstance(n, ast.Call)]
    for site in method_calls(evidence):
        holder = evidence.parents.get(site.node)
        target = holder.targets[0] if isinstance(holder, ast.Assign) else None
        if (
            site.method != "fit_transform"
            or scaler_of(evidence, site) is None
            or not isinstance(target, ast.Name)
        ):
            continue
        for split in splits:
            given = split.args[0] if split.args else None
            if isinstance(given, ast.Name) and given.id == target.id and split.lineno > site.line:
                message = (
                    f"`{target.id}` is scaled by a fit on all examples, those that line {split.lineno} holds "
                    "back among them. Split first, fit on the training part, and only `transform` the other."
                )
                found = {"data": target.id}
                yield Match(site.line, message, site.end_line, evidence=found, severity=Severity.NOTE)
                break


def _fix(evidence: Evidence, site: MethodCall) -> Fix | None:
    """The method's name alone, where the scaler is a variable and stands on one line."""
    before = f"{site.receiver}.fit_transform("
    printed = evidence.lines[site.line - 1] if site.line <= len(evidence.lines) else ""
    if not site.receiver.isidentifier() or printed.count(before) != 1:
        return None
    return Fix(before, f"{site.receiver}.transform(")
