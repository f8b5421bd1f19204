"""What fails because a line before it is no Python, and was left out of the run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence

from harness.model import BrokenLine, Fault

# A layer that is missing from a model, a value from a list: what uses them was not written for such.
_FILLS = re.compile(r"^\s*(?P<name>[A-Za-z_][\w.]*)\.(?:add|append|extend|insert|update)\s*\(")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def behind_broken(
    broken: Iterable[BrokenLine], nodes: Sequence[ast.AST], faults: Iterable[Fault]
) -> Mapping[int, tuple[int, ...]]:
    """For each broken line that fills something, the faults in its function that use that behind it."""
    functions = [node for node in nodes if isinstance(node, _FUNCTIONS)]
    found: dict[int, tuple[int, ...]] = {}
    for place in broken:
        filled = _FILLS.match(place.source)
        if filled is None:
            continue
        name, around = filled["name"], _function(functions, place.line)
        uses = re.compile(rf"(?<![\w.]){re.escape(name)}\b")
        found[place.line] = tuple(
            fault.seq
            for fault in faults
            if fault.line is not None
            and fault.line > place.line
            and not fault.repaired
            and _function(functions, fault.line) is around
            and uses.search(fault.source)
        )
    return found


def _function(functions: Iterable[ast.FunctionDef | ast.AsyncFunctionDef], line: int) -> ast.AST | None:
    """The innermost function at a line."""
    around = [node for node in functions if node.lineno <= line <= (node.end_lineno or node.lineno)]
    return max(around, key=lambda node: node.lineno, default=None)
