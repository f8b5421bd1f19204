"""One optimizer object is used for the variables of two networks.

## What it finds

A training step that failed because the optimizer met variables that it was not built for.

## Why it is wrong

A Keras 3 optimizer keeps its moments for the variables of its first step, and refuses any other. (Keras 2
added new ones as they came, so that such programs used to work.) Make an optimizer for every network.

## Example

```python
import keras
import numpy as np

first = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
second = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
adam = keras.optimizers.Adam()
first.compile(loss="mse", optimizer=adam)
second.compile(loss="mse", optimizer=adam)
first.train_on_batch(np.zeros((8, 4)), np.ones((8, 1)))
second.train_on_batch(np.zeros((8, 4)), np.ones((8, 1)))
```

## Read instead

```python
import keras
import numpy as np

first = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
second = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
first.compile(loss="mse", optimizer=keras.optimizers.Adam())
second.compile(loss="mse", optimizer=keras.optimizers.Adam())
first.train_on_batch(np.zeros((8, 4)), np.ones((8, 1)))
second.train_on_batch(np.zeros((8, 4)), np.ones((8, 1)))
```

## Known limits

The line marked is the one that failed, or that of the second compile with the same object. An optimizer that
is kept while its model is made trainable again fails in the same way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._program import dotted
from harness.rules._tapes import Applied, applied

SEVERITY = Severity.ERROR
NEEDS = "trace"

_UNKNOWN = ("Unknown variable", "cannot recognize variable", "doesn't recognize variable")


def find(evidence: Evidence) -> Iterator[Match]:
    for fault in evidence.faults:
        if fault.line is None or not any(words in fault.message for words in _UNKNOWN):
            continue
        message = "This optimizer was built for the variables of another network, and takes no others"
        line = fault.line
        failed = {c.model for c in evidence.calls if c.error and c.line == fault.line}
        own = next((event for event in reversed(evidence.compiles) if event.model in failed), None)
        if own is not None and own.optimizer_id is not None and own.line is not None:
            alike = [event for event in evidence.compiles if event.optimizer_id == own.optimizer_id]
            others = [event for event in alike if event.model != own.model]
            if others:
                line = own.line
                message += f"; `{evidence.name_of(others[0].model)}` is compiled with the same object"
        message += ". Make each network an optimizer of its own."
        meant = _meant(evidence, fault.line)
        if meant is not None:
            line, message = meant
        yield Match(line, message, evidence={"failed_at": fault.line}, explains=(fault.seq,))


def _meant(evidence: Evidence, failed_at: int) -> tuple[int, str] | None:
    """Where an optimizer is applied to a network that has one of its own by name, which nothing applies."""
    sites = list(applied(evidence.tree))
    failed = next((s for s in sites if _holds(s.node, failed_at)), None)
    if failed is None:
        return None
    unused = _made(evidence) - {site.optimizer for site in sites}
    alike = [site for site in sites if site.optimizer == failed.optimizer]
    found = [(site, other) for site in alike for other in unused if _last(site.owner or "") in _words(other)]
    if len(found) != 1:
        return None
    site, other = found[0]
    return site.node.lineno, (
        f"`{site.optimizer}` is applied to the variables of `{site.owner}` here, and to those of another "
        f"network in line {_other(sites, site)}: an optimizer takes no others than its first. "
        f"`{other}` is never applied: take that one here."
    )


def _other(sites: list[Applied], site: Applied) -> int:
    """The line at which the same optimizer is applied elsewhere."""
    lines = [s.node.lineno for s in sites if s.optimizer == site.optimizer and s is not site]
    return lines[0] if lines else site.node.lineno


def _made(evidence: Evidence) -> set[str]:
    """The variables and attributes that are called optimizers by name, and are bound to a call."""
    return {
        name
        for node in evidence.nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if (name := dotted(target)) is not None and "opt" in _last(name).lower()
    }


def _words(name: str) -> set[str]:
    return set(_last(name).split("_"))


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _holds(node: ast.AST, line: int) -> bool:
    return isinstance(node, ast.Call) and node.lineno <= line <= (node.end_lineno or node.lineno)
