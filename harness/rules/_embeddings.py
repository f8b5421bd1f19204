"""What a model gives to its embeddings, and where these are written."""

from __future__ import annotations

import ast

from harness.model import ModelSeen
from harness.rules._evidence import Evidence
from harness.rules._layers_probed import layer_line
from harness.rules._program import called


def given_whole(seen: ModelSeen) -> bool:
    """Whether a model that begins with an embedding gives it all of its input, as far as its layers show."""
    embeddings = [layer for layer in seen.layers if layer.kind == "Embedding"]
    return seen.kind in {"Sequential", "Functional"} or len(embeddings) == 1


def with_rows(evidence: Evidence, rows: int) -> set[int]:
    """The lines of all embeddings with so many rows."""
    lines = {
        _line(evidence, seen, index)
        for seen in evidence.models.values()
        for index, layer in enumerate(seen.layers)
        if layer.kind == "Embedding" and layer.settings.get("input_dim") == rows
    }
    return {line for line in lines if line is not None}


def _line(evidence: Evidence, seen: ModelSeen, index: int) -> int | None:
    """Where an embedding is written: of several, in the order in which the text makes them."""
    held = [place for place, layer in enumerate(seen.layers) if layer.kind == "Embedding"]
    classes = [n for n in evidence.nodes if isinstance(n, ast.ClassDef)]
    inside = {id(node) for whole in classes for node in ast.walk(whole)}
    own = [node for whole in classes if whole.name == seen.kind for node in ast.walk(whole)]
    made = [
        (node.lineno, node.col_offset)
        for node in own or (node for node in evidence.nodes if id(node) not in inside)
        if isinstance(node, ast.Call) and called(node) == "Embedding"
    ]
    if len(made) == len(held):
        return sorted(made)[held.index(index)][0]
    return layer_line(evidence, seen.model, index) if len(held) == 1 else None
