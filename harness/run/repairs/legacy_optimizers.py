"""Takes an optimizer from where it lives now: those in ``optimizers.legacy`` cannot be made on Keras 3."""

from __future__ import annotations

import ast

from harness.knowledge.imports import uses_tensorflow_keras
from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import dotted, own_nodes, replaced, text, tree

_REFUSED = "`keras.optimizers.legacy` is not supported in Keras 3"


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    if statement is None or _REFUSED not in context.message:
        return None
    calls = [node for node in own_nodes(statement) if isinstance(node, ast.Call)]
    for call in calls:
        parts = dotted(call.func)
        if parts and "legacy" in parts[:-1]:
            now = ".".join(part for part in parts if part != "legacy")
            return _proposal(context, text(context, call.func), now, parts[-1], [(call.func, now)])
    for call in calls:
        # Imported by name: the same name gets the optimizer of today.
        name = call.func.id if isinstance(call.func, ast.Name) else None
        held = context.namespace.get(name or "")
        if name and getattr(held, "__name__", "") == "LegacyOptimizerWarning":
            home = "tensorflow.keras" if uses_tensorflow_keras(context.program) else "keras"
            line = f"from {home}.optimizers import {name}"
            return _proposal(context, "", line, name, [], bind=line)
    return None


def _proposal(
    context: FaultContext,
    before: str,
    after: str,
    name: str,
    edits: list[tuple[ast.AST, str]],
    bind: str | None = None,
) -> Proposal:
    return Proposal(
        rule="removed-attribute",
        statement=replaced(context.source, edits) if edits else None,
        bind=bind,
        before=before,
        after=after,
        evidence={
            "old": f"keras.optimizers.legacy.{name}",
            "replacement": f"keras.optimizers.{name}",
            "removed_in": "Keras 3.0",
            **({"import": bind} if bind else {}),
        },
    )
