"""Casts a float64 argument of a TensorFlow function to the type of its float32 companion."""

from __future__ import annotations

import ast
import re

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import dotted, lookup, own_nodes, replaced, root, text, tree

_MIXED = re.compile(
    r"was expected to be a (?:float|double) tensor but is a (?:float|double) tensor|"
    r"(?:type|dtype) float(?:32|64)'?.* (?:does not|doesn't) match .*float(?:32|64)|"
    r"Tensor conversion requested dtype float(?:32|64) for Tensor with dtype float(?:32|64)",
    re.DOTALL,
)


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    tensorflow = root(context.namespace, "tensorflow")
    if statement is None or tensorflow is None or not _MIXED.search(context.message):
        return None
    for call in own_nodes(statement):
        if not isinstance(call, ast.Call):
            continue
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        double = [node for node in arguments if _dtype(context, node) == "float64"]
        single = [node for node in arguments if _dtype(context, node) == "float32"]
        if len(double) == 1 and single:
            return _proposal(context, double[0], single[0], tensorflow)
    return None


def _dtype(context: FaultContext, node: ast.expr) -> str | None:
    path = dotted(node)
    dtype = getattr(lookup(context, path) if path else None, "dtype", None)
    return getattr(dtype, "name", None) if dtype is not None else None


def _proposal(context: FaultContext, double: ast.expr, single: ast.expr, tensorflow: str) -> Proposal:
    before = text(context, double)
    after = f"{tensorflow}.cast({before}, {text(context, single)}.dtype)"
    return Proposal(
        rule="float64-into-float32-loss",
        statement=replaced(context.source, [(double, after)]),
        bind=None,
        before=before,
        after=after,
        evidence={"argument": before, "dtype": "float64", "expected": "float32"},
    )
