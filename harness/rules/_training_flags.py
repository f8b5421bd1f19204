"""Whether a hand-written step calls its model as one that is being trained."""

from __future__ import annotations

import ast

from harness.model import ModelSeen
from harness.rules._evidence import Evidence
from harness.rules._program import keyword
from harness.rules._tapes import tapes


def calls_under_tapes(evidence: Evidence, seen: ModelSeen) -> list[ast.Call]:
    """Calls of the model under a tape, in the order of the lines."""
    names = {name.rsplit(".", 1)[-1] for name in seen.names if "[" not in name}
    inside = (node for block in tapes(evidence.tree) for node in ast.walk(block))
    calls = [node for node in inside if isinstance(node, ast.Call)]
    own = [node for node in calls if ast.unparse(node.func).removeprefix("self.") in names]
    return sorted(own, key=lambda node: node.lineno)


def flagged(call: ast.Call) -> bool:
    """Whether a call says, or may say, that the model is being trained; ``training=False`` denies it."""
    flag = keyword(call, "training")
    if isinstance(flag, ast.Constant):
        return bool(flag.value)
    return flag is not None or len(call.args) > 1 or any(w.arg is None for w in call.keywords)
