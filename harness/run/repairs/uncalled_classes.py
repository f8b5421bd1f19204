"""Makes an object of an optimizer or layer that is handed over as a class: ``Adam()`` for ``Adam``."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import dotted, family, lookup, own_nodes, replaced, text, tree

_REFUSED = re.compile(
    r"Could not interpret optimizer identifier: <class|"
    r"Only instances of `?keras\.Layer`? can be added to a Sequential model\. Received: <class"
)
_UNBOUND = re.compile(r"\.(?:apply_gradients|minimize)\(\) missing 1 required positional argument")
_METHODS = {"apply_gradients", "minimize"}
_KINDS = {"Optimizer", "BaseOptimizer", "Layer"}


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    if statement is None:
        return None
    if _REFUSED.search(context.message):
        return _in_place(context, statement)
    return _where_bound(context, statement) if _UNBOUND.search(context.message) else None


def _in_place(context: FaultContext, statement: ast.stmt) -> Proposal | None:
    """Every class of the statement is called, where a call without arguments is enough."""
    classes = [node for node in _values(statement) if _class(context, node) is not None]
    if not classes:
        return None
    printed = text(context, classes[0])
    return Proposal(
        rule="class-not-called",
        statement=replaced(context.source, [(node, f"{text(context, node)}()") for node in classes]),
        bind=None,
        before=printed,
        after=f"{printed}()",
        evidence={"expression": printed, "class": _class(context, classes[0])},
    )


def _where_bound(context: FaultContext, statement: ast.stmt) -> Proposal | None:
    """The variable of the module on which a method was called holds an object from then on."""
    for node in own_nodes(statement):
        if not isinstance(node, ast.Attribute) or node.attr not in _METHODS:
            continue
        found = _class(context, node.value) if isinstance(node.value, ast.Name) else None
        name = text(context, node.value)
        if found is None or name in context.local_names:
            continue
        return Proposal(
            rule="class-not-called",
            statement=None,
            bind=f"{name} = {name}()",
            before=name,
            after=f"{name}()",
            evidence={"expression": name, "class": found},
        )
    return None


def _values(statement: ast.stmt) -> Iterator[ast.expr]:
    """What a statement hands over by name: the arguments of calls, and what stands in lists."""
    for node in own_nodes(statement):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call):
            given = [*node.args, *(word.value for word in node.keywords)]
        elif isinstance(node, ast.List | ast.Tuple):
            given = node.elts
        yield from (each for each in given if dotted(each))


def _class(context: FaultContext, node: ast.expr) -> str | None:
    """The name of the optimizer's or layer's class that a name stands for, if it needs no arguments."""
    path = dotted(node)
    found = lookup(context, path) if path else None
    if not isinstance(found, type) or not family(found) & _KINDS:
        return None
    try:
        inspect.signature(found).bind()
    except (TypeError, ValueError):
        return None
    return found.__name__
