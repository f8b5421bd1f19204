"""Makes a new array where a division of whole numbers in place is refused: its result has fractions."""

from __future__ import annotations

import ast

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import text, tree

_REFUSED = "Cannot cast ufunc '"
_OPERATORS = {ast.Div: "/", ast.Mult: "*", ast.Sub: "-", ast.Add: "+"}


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    if not isinstance(statement, ast.AugAssign) or _REFUSED not in context.message:
        return None
    sign = _OPERATORS.get(type(statement.op))
    if sign is None or not isinstance(statement.target, ast.Name) or "int" not in context.message:
        return None
    name, value = statement.target.id, text(context, statement.value)
    if not isinstance(statement.value, ast.Constant | ast.Name | ast.Call | ast.Attribute):
        value = f"({value})"
    after = f"{name} = {name} {sign} {value}"
    return Proposal(
        rule="fractions-into-whole-numbers",
        statement=after,
        bind=None,
        before=context.source.strip(),
        after=after,
        evidence={"array": name, "dtype": _dtype(context, name)},
    )


def _dtype(context: FaultContext, name: str) -> str:
    """The type of an array's numbers, where the array is at hand."""
    return str(getattr(context.namespace.get(name), "dtype", "")) if name not in context.local_names else ""
