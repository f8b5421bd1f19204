"""A statement had not ended when the time for the run was spent.

## What it finds

A top-level statement with a loop or a wait in it that was still running when the time was spent and
that had not trained anything: a loop without an end, a wait for something that never comes. Long
training is no finding; it is cut short by the update budget and the review says so.

## Why it is wrong

Whoever runs the tutorial waits at this line, and nothing after it is ever executed.

## Example

```python
done = False
while not done:
    total = sum(range(1000))
print(total)
```

## Read instead

```python
for _ in range(10):
    total = sum(range(1000))
print(total)
```

## Known limits

A `while` loop that is slow and would end is reported when it takes longer than the run may take
(``--seconds``), and so is a loop over a generator. Loops over other things are taken to end.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.model import Killed, Severity, StatementDone, StatementStarted
from harness.rules._evidence import Evidence, Match
from harness.rules._program import bindings, called

SEVERITY = Severity.ERROR
NEEDS = "trace"

_WAITING = {"sleep", "wait", "acquire", "recv", "accept", "select", "communicate"}
_WAITING_ALONE = {"join", "get"}
_COUNTED = {"enumerate", "zip", "sorted", "reversed", "linspace", "arange", "items", "keys", "values"}
# These pass on what they are given, and show how far it is.
_PROGRESS = {"tqdm", "tqdm_notebook", "track", "progressbar"}
# Endless by what they are: `itertools`, repeated pipelines, Keras's generators of images.
_ENDLESS = {"count", "cycle", "repeat", "flow", "flow_from_directory", "flow_from_dataframe"}
_ROUNDS = 10_000_000
_DEEPEST = 8  # variables and methods that are followed
_TRAINING = {"fit", "fit_generator", "train_on_batch", "apply_gradients", "apply", "minimize"}


def find(evidence: Evidence) -> Iterator[Match]:
    # Whatever comes after the first statement that used up the time had next to none left.
    late = next((event for event in evidence.of(StatementDone) if event.status == "timeout"), None)
    if late is not None:
        if late.line is not None and _accused(evidence, late.line, late.end_line):
            yield _match(evidence, late.line, late.end_line)
        return
    killed = evidence.trace.outcome.killed if evidence.trace else None
    if killed in (Killed.WALL, Killed.CPU):
        line = evidence.break_off_line
        end = evidence.unfinished.end_line if evidence.unfinished else line
        if _accused(evidence, line, end):
            yield _match(evidence, line, end)


def _accused(evidence: Evidence, line: int, end_line: int) -> bool:
    """Only what can go on for ever: a loop, or a wait, here or in a function that is called; no training."""
    # What was left or killed last; its calls may lie in functions that stand elsewhere.
    begun = max((event.seq for event in evidence.of(StatementStarted) if event.line == line), default=-1)
    ended = [event.seq for event in evidence.of(StatementDone) if event.seq > begun]
    if any(begun < call.seq < min(ended, default=call.seq + 1) for call in evidence.training):
        return False
    reached = list(_reached(evidence, line, end_line))
    return any(_may_go_on(evidence, node) for node in reached) and not any(_trains(node) for node in reached)


def _reached(evidence: Evidence, line: int, end_line: int) -> Iterator[ast.AST]:
    """The statement's own nodes, and those of the article's functions that it calls by name."""
    here = [node for node in evidence.nodes if line <= getattr(node, "lineno", 0) <= end_line]
    called = {node.func.id for node in here if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    yield from here
    for node in evidence.nodes:
        if isinstance(node, ast.FunctionDef) and node.name in called:
            yield from ast.walk(node)


def _may_go_on(evidence: Evidence, node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        # A queue's get and a thread's join take nothing; a mapping's and a path's do.
        return node.func.attr in _WAITING or (node.func.attr in _WAITING_ALONE and not node.args)
    if isinstance(node, ast.For | ast.comprehension):
        return not _finite(evidence, node.iter)
    return isinstance(node, ast.While)


def _finite(evidence: Evidence, node: ast.expr, deep: int = 0) -> bool:
    """Whether a loop over this ends as far as loops go, whatever is done in it.

    What a variable holds, or a method gives, ends unless the text makes it of something that does not.
    """
    if isinstance(node, ast.Name):
        return deep > _DEEPEST or all(
            _finite(evidence, value, deep + 1) for value in bindings(evidence).get(node.id, [])
        )
    if isinstance(node, ast.GeneratorExp):
        return all(_finite(evidence, each.iter, deep + 1) for each in node.generators)
    if not isinstance(node, ast.Call):
        return True
    name = called(node)
    if name in {"range", "trange"}:
        given = [n.value for n in node.args if isinstance(n, ast.Constant)]
        return not any(isinstance(value, int) and value > _ROUNDS for value in given)
    if name in _PROGRESS:
        return bool(node.args) and _finite(evidence, node.args[0], deep + 1)
    if name in _COUNTED:
        return all(_finite(evidence, n, deep + 1) for n in node.args)
    rounds = name == "repeat" and bool(node.args or node.keywords)
    return (rounds or name not in _ENDLESS) and _ends(evidence, node, deep)


def _ends(evidence: Evidence, node: ast.Call, deep: int) -> bool:
    """Whether what a method gives, or a function of the article without a `yield`, ends."""
    if isinstance(node.func, ast.Attribute):
        cut = node.func.attr == "take" and bool(node.args)
        return cut or _finite(evidence, node.func.value, deep + 1)
    defined = [n for n in evidence.nodes if isinstance(n, ast.FunctionDef) and n.name == called(node)]
    return bool(defined) and not any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(defined[-1]))


def _trains(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    # A session of TensorFlow 1 is fed with batches.
    return node.func.attr in _TRAINING or (node.func.attr == "run" and "sess" in ast.unparse(node.func.value))


def _match(evidence: Evidence, line: int, end_line: int) -> Match:
    going_on = [node for node in _reached(evidence, line, end_line) if _may_go_on(evidence, node)]
    loops = [node for node in going_on if not isinstance(node, ast.Call)]
    if loops:
        place = getattr(loops[0], "lineno", line)
        what = "this loop" if place == line else f"the loop in line {place}"
        cure = "give it a condition that becomes false, or a number of rounds"
        message = f"Nothing was seen to end {what}: {cure}."
    else:
        message = "What this waits for did not come: give the wait a limit of time, or take it out."
    return Match(line, f"{message} If it is only slow, `--seconds` gives it more time.", end_line=end_line)
