"""Whether a hand-written step calls its model as one that is being trained."""

from __future__ import annotations

import ast

from harness.model import ModelSeen
from harness.rules._evidence import Evidence
from harness.rules._program import keyword
from harness.rules._tapes import tapes


def calls_under_tapes(evidence: Evidence, seen: ModelSeen) -> list[ast.Call]:
    """Calls of the model under a tape, ``self(...)`` in its own class included, in the order of the lines."""
    names = {name.rsplit(".", 1)[-1] for name in seen.names if "[" not in name}
    inside = (node for block in tapes(evidence.tree) for node in ast.walk(block))
    calls = [node for node in inside if isinstance(node, ast.Call)]
    own = [node for node in calls if ast.unparse(node.func).removeprefix("self.") in names]
    kind = class_of(evidence, seen.kind)
    within = set() if kind is None else set(ast.walk(kind))
    own += [node for node in calls if node in within and ast.unparse(node.func) == "self"]
    return sorted(own, key=lambda node: node.lineno)


def class_of(evidence: Evidence, kind: str) -> ast.ClassDef | None:
    """The program's class of that name, where it has exactly one."""
    found = [node for node in evidence.nodes if isinstance(node, ast.ClassDef) and node.name == kind]
    return found[0] if len(found) == 1 else None


def flagged(call: ast.Call) -> bool:
    """Whether a call says, or may say, that the model is being trained; ``training=False`` denies it."""
    flag = keyword(call, "training")
    if isinstance(flag, ast.Constant):
        return bool(flag.value)
    return flag is not None or len(call.args) > 1 or any(w.arg is None for w in call.keywords)


def passes_flag(evidence: Evidence, kind: str) -> bool:
    """Whether a class of models may pass the flag to its layers itself; so may one that is not known."""
    own = class_of(evidence, kind)
    if own is None:
        return True
    flags = [n.value for n in ast.walk(own) if isinstance(n, ast.keyword) and n.arg == "training"]
    defaults = [
        default
        for node in ast.walk(own)
        if isinstance(node, ast.FunctionDef) and node.name == "call"
        for default in (*node.args.defaults, *node.args.kw_defaults)
    ]
    return any(isinstance(n, ast.Constant) and n.value is True for n in (*flags, *defaults))
