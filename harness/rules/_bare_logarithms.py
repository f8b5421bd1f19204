"""Logarithms in the program's own losses whose argument nothing keeps from 0."""

from __future__ import annotations

import ast

from harness.model import Call
from harness.rules._evidence import Evidence
from harness.rules._losses import functions
from harness.rules._program import called, dotted
from harness.rules._tapes import bound_to, scope, tapes

_PLAIN = frozenset({"np", "numpy", "math"})  # what works on data, and in no step


def bare_logarithm(evidence: Evidence, call: Call) -> int | None:
    """The line of the first such logarithm in the loss that a training call minimises, or None.

    That is in the function that its model was compiled with; where the step is written by hand, anywhere
    under a tape or in a function that is called there.
    """
    written = functions(evidence)
    losses = (
        [] if call.model is None else [e.losses for e in evidence.compiled(call.model) if e.seq < call.seq]
    )
    places: list[ast.AST] = [written[name] for name in (losses[-1] if losses else ()) if name in written]
    if not places and (call.steps or call.model is None):
        places = list(tapes(evidence.tree))
        names = {called(node) for place in places for node in ast.walk(place)}
        places += [written[name] for name in sorted(names - {None}, key=str) if name in written]
    lines = [
        node.lineno
        for place in places
        for node in ast.walk(place)
        if isinstance(node, ast.Call) and called(node) == "log" and _is_bare(evidence, node)
    ]
    return min(lines, default=None)


def _is_bare(evidence: Evidence, node: ast.Call) -> bool:
    """Whether a logarithm is taken of a value, or of one minus it, that nothing cut or shifted before."""
    if len(node.args) != 1 or (dotted(node.func) or "").partition(".")[0] in _PLAIN:
        return False
    given = node.args[0]
    if (
        isinstance(given, ast.BinOp)
        and isinstance(given.op, ast.Sub)
        and isinstance(given.left, ast.Constant)
    ):
        given = given.right if given.left.value == 1 else given
    if not isinstance(given, ast.Name):
        return False
    made = bound_to(scope(evidence, node), given.id, node.lineno)
    if made is None:
        return True
    # A model's output, or what another function made of it, and no arithmetic that may keep it from 0.
    return isinstance(made.value, ast.Call) and called(made.value) not in _CUTTING


_CUTTING = frozenset({"clip", "clip_by_value", "maximum", "softmax", "sigmoid", "exp", "softplus"})
