"""Room for recursion over syntax trees that are nested more deeply than Python's own limit expects."""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_FRAMES = 10  # Python frames that are taken for each level of a tree, at most
_USUAL = 50  # levels for which the limit as it is leaves room
_ONE_AT_A_TIME = threading.Lock()  # the limit is the process's


@contextmanager
def room_for(tree: ast.AST) -> Iterator[None]:
    """Raises the limit of recursion for a long sum or a long chain of ``elif``, and lowers it again."""
    levels = depth(tree)
    if levels <= _USUAL:
        yield
        return
    with _ONE_AT_A_TIME:
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(before + _FRAMES * levels)
        try:
            yield
        finally:
            sys.setrecursionlimit(before)


def depth(tree: ast.AST) -> int:
    """How many nodes are inside one another at most."""
    level, deepest = [tree], 0
    while level:
        deepest += 1
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return deepest
