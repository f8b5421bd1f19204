"""Data pipelines as the text makes them: what holds one, its steps, and those that are made and dropped."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.rules._data_places import assignments, root_name
from harness.rules._evidence import Evidence
from harness.rules._program import called, enclosing

_STEPS = frozenset(
    {"batch", "shuffle", "map", "repeat", "prefetch", "cache", "filter", "take", "skip", "unbatch"}
)
_MAKERS = frozenset({"from_tensor_slices", "from_generator", "from_tensors"})
_FOLLOWED = 4  # steps from variable to variable
_DEEPEST = 40  # steps and variables on the way to one expression


def is_pipeline(evidence: Evidence, name: str) -> bool:
    """Whether all that a variable is ever bound to is a pipeline, by the methods that make one."""
    bound = assignments(evidence, name)
    made = [{called(part) for part in ast.walk(assign.value)} & _MAKERS for assign in bound]
    again = [root_name(assign.value) == name for assign in bound]
    return bool(bound) and any(made) and all(one or other for one, other in zip(made, again, strict=True))


def dropped_steps(evidence: Evidence) -> Iterator[tuple[ast.Expr, str]]:
    """Statements that make a step of a pipeline and keep nothing of it, with the pipeline's variable."""
    for node in evidence.nodes:
        if isinstance(node, ast.Expr) and called(node.value) in _STEPS:
            name = root_name(node.value)
            if name is not None and is_pipeline(evidence, name):
                yield node, name


def made_of(evidence: Evidence, name: str) -> tuple[ast.Assign, ...]:
    """The assignments that a pipeline goes through, those of the pipelines it is made of among them.

    Empty where the text does not show that it begins with the rows of arrays.
    """
    found: dict[int, ast.Assign] = {}
    queue, names = [name], set[str]()
    for _ in range(_FOLLOWED):
        for one in [each for each in queue if each not in names]:
            names.add(one)
            for assign in assignments(evidence, one):
                found[assign.lineno] = assign
                root = root_name(assign.value)
                queue += [root] if root is not None else []
    steps = tuple(found[line] for line in sorted(found))
    begins = any(called(part) == "from_tensor_slices" for step in steps for part in ast.walk(step.value))
    return steps if begins else ()


def steps_to(evidence: Evidence, node: ast.expr | None, deep: int = 0) -> tuple[ast.Call, ...]:
    """The calls of methods on the way to an expression, first to last, through the variables on it.

    A variable is what the last assignment before the place made it.
    """
    if deep > _DEEPEST:
        return ()
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return (*steps_to(evidence, node.func.value, deep + 1), node)
    if isinstance(node, ast.Name):
        made = last_binding(evidence, node)
        return () if made is None else steps_to(evidence, made.value, deep + 1)
    return ()


def last_binding(evidence: Evidence, name: ast.Name) -> ast.Assign | None:
    """The last assignment to a variable alone before a place that uses it, in the same function."""
    around = enclosing(evidence, name, ast.FunctionDef)
    before = [
        assign
        for assign in assignments(evidence, name.id)
        if (assign.end_lineno or assign.lineno) < name.lineno
        and enclosing(evidence, assign, ast.FunctionDef) is around
    ]
    last = before[-1] if before else None
    return last if last is not None and any(isinstance(one, ast.Name) for one in last.targets) else None


def line_of(step: ast.Call) -> int:
    """The line on which a step's method is named: a chain may go over many lines."""
    return step.func.end_lineno or step.lineno
