"""Where a program calls the `preprocess_input` of one of Keras's pretrained networks, and on what."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.rules._data_places import assignments
from harness.rules._evidence import Evidence
from harness.rules._program import called, dotted

_NAME = "preprocess_input"
#: Networks that scale by themselves: their function hands on what it is given.
_IDLE = ("efficientnet", "convnext", "mobilenet_v3", "regnet")
_STEPS = 6  # tensors that are followed


def preprocessing(evidence: Evidence) -> Iterator[ast.Call]:
    """The calls that change numbers, by the module of the function."""
    for node in evidence.nodes:
        if isinstance(node, ast.Call) and called(node) == _NAME:
            module = _module(evidence, node)
            if module is not None and not any(name in module for name in _IDLE):
                yield node


def _module(evidence: Evidence, call: ast.Call) -> str | None:
    """The text that names the function's module: before the dot, or in the import."""
    if isinstance(call.func, ast.Attribute):
        owner = dotted(call.func.value)
        return None if owner is None else _imported(evidence, owner) or owner
    return _imported(evidence, _NAME)


def _imported(evidence: Evidence, name: str) -> str | None:
    for node in evidence.nodes:
        if isinstance(node, ast.ImportFrom | ast.Import):
            for alias in node.names:
                if name == (alias.asname or alias.name):
                    return f"{getattr(node, 'module', None) or ''}.{alias.name}"
    return None


def on_an_input(evidence: Evidence, call: ast.Call) -> bool:
    """Whether it is called on a model's input, or on what layers have made of that."""
    node: ast.expr | None = call.args[0] if call.args else None
    for _ in range(_STEPS):
        if isinstance(node, ast.Call) and called(node) == "Input":
            return True
        if isinstance(node, ast.Call) and node.args:
            node = node.args[0]
        elif isinstance(node, ast.Name):
            before = [one for one in assignments(evidence, node.id) if one.lineno < call.lineno]
            node = before[-1].value if before else None
        else:
            return False
    return False
