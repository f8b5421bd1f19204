"""Pipelines of examples and of their labels, shuffled each in an order of its own, and then zipped."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.rules._data_places import assignments, root_name
from harness.rules._evidence import Evidence
from harness.rules._pipelines import line_of, steps_to
from harness.rules._program import called, keyword

_LABELS = re.compile(r"(^|_)(y|labels?|targets?|class(es)?|digits?_ids?|categories)(_|$)", re.IGNORECASE)
_FOLLOWED = 6  # variables on the way back to where the data were loaded


@dataclass(frozen=True)
class Apart:
    """Two variables whose rows belong together, and the line that shuffles one of them by itself."""

    line: int
    shuffled: str
    beside: str


def zipped_apart(evidence: Evidence) -> Iterator[Apart]:
    """Pairs of examples and labels that one statement loaded and that a ``zip`` puts together wrongly."""
    for node in evidence.nodes:
        if not isinstance(node, ast.Call) or called(node) != "zip" or not node.args:
            continue
        first = node.args[0]
        parts = first.elts if isinstance(first, ast.Tuple | ast.List) else node.args
        if len(parts) != 2:
            continue
        ways = [steps_to(evidence, part) for part in parts]
        names = [_sliced(way) for way in ways]
        shuffles = [next((step for step in way if called(step) == "shuffle"), None) for way in ways]
        one, other = names
        if one is None or other is None or _order(shuffles[0]) == _order(shuffles[1]):
            continue
        if _are_labels(evidence, one) == _are_labels(evidence, other) or not _together(evidence, one, other):
            continue
        place = max((0, 1), key=lambda place: _line(shuffles[place]))
        yield Apart(_line(shuffles[place]), names[place] or "", names[1 - place] or "")


def _line(shuffle: ast.Call | None) -> int:
    return 0 if shuffle is None else line_of(shuffle)


def _order(shuffle: ast.Call | None) -> object:
    """What two shuffles have in common that keep rows together: none at all, or a seed and a buffer."""
    if shuffle is None:
        return None
    seed = keyword(shuffle, "seed") or (shuffle.args[1] if len(shuffle.args) > 1 else None)
    size = keyword(shuffle, "buffer_size") or (shuffle.args[0] if shuffle.args else None)
    return shuffle if seed is None or size is None else (ast.unparse(seed), ast.unparse(size))


def _sliced(way: tuple[ast.Call, ...]) -> str | None:
    """The variable whose rows a pipeline gives, one by one."""
    begins = way and called(way[0]) == "from_tensor_slices" and way[0].args
    return root_name(way[0].args[0]) if begins else None


def _are_labels(evidence: Evidence, name: str) -> bool:
    return any(_LABELS.search(one) for one in _back(evidence, name))


def _back(evidence: Evidence, name: str) -> tuple[str, ...]:
    """A variable and those it was made from, one after another."""
    found = [name]
    for _ in range(_FOLLOWED):
        made = [a for a in assignments(evidence, found[-1]) if _is_alone(a)]
        root = root_name(made[-1].value) if made else None
        if root is None or root in found:
            break
        found.append(root)
    return tuple(found)


def _is_alone(assign: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) for target in assign.targets)


def _together(evidence: Evidence, one: str, other: str) -> bool:
    """Whether one tuple of one statement was filled with what both come from: ``(x, y), _ = load_data()``."""
    first, second = set(_back(evidence, one)), set(_back(evidence, other))
    for node in evidence.nodes:
        if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store):
            names = {part.id for part in node.elts if isinstance(part, ast.Name)}
            if names & first and names & second:
                return True
    return False
