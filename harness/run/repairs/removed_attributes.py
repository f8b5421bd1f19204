"""Rewrites attributes and functions that a library has removed or renamed."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType

from harness.knowledge.changes import Change, changes, public_name
from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import (
    Edit,
    dotted,
    exists,
    family,
    own_nodes,
    replaced,
    root,
    span,
    text,
    tree,
)

_MISSING = re.compile(r"has no attribute '(\w+)'|`np\.(\w+)` was removed|has no defined (input|output)\b")
_OWNER = re.compile(r"'([\w.]+)' object has no attribute")


def repair(context: FaultContext) -> Proposal | None:
    missing = _missing(context)
    statement = tree(context)
    if missing is None or statement is None:
        return None
    nodes = own_nodes(statement)
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    for node in attributes:
        found = _of_module(context, node, missing)
        if found:
            return found
    calls = {node.func: node for node in nodes if isinstance(node, ast.Call)}
    for node in attributes:
        if node.attr == missing:
            found = _of_object(context, node, calls.get(node))
            if found:
                return found
    return None


def _missing(context: FaultContext) -> str | None:
    """The attribute's name; AutoGraph and Keras hand the exception on as text, with any type."""
    found = _MISSING.search(context.message)
    if found:
        return next(group for group in found.groups() if group)
    if isinstance(context.error, AttributeError) and context.error.name:
        return str(context.error.name)
    return None


# --- functions and classes of modules ----------------------------------------------------------------


def _of_module(context: FaultContext, node: ast.Attribute, missing: str) -> Proposal | None:
    parts = dotted(node)
    if parts is None or missing not in parts[1:] or parts[0] in context.local_names:
        return None
    base = context.namespace.get(parts[0])
    if not isinstance(base, ModuleType):
        return None
    module = public_name(base.__name__)
    old = ".".join([module, *parts[1:]])
    change = changes().name(old) or _of_moved_module(old)
    new = change.successor(context.program) if change else ""
    if change is None or not exists(new):
        return None
    after, bind = _spelled(context, new, parts[0], module)
    return _proposal(context, node, after, replace(change, new=new), bind, _old_values(context, change))


def _old_values(context: FaultContext, change: Change) -> list[Edit]:
    """What the statement gives to the function, or compares with its answer, spelled as today."""
    statement = tree(context)
    return [
        (node, repr(change.values[str(node.value)]))
        for node in (own_nodes(statement) if statement is not None and change.values else ())
        if isinstance(node, ast.Constant) and node.value in change.values
    ]


def _around(context: FaultContext, mended: str, nodes: Sequence[ast.AST]) -> tuple[str, str]:
    """The smallest part of the statement that holds all these nodes, as printed and as mended."""
    source = context.source
    spans = [span(source, node) for node in nodes]
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    statement = tree(context)
    parts = [span(source, node) for node in own_nodes(statement or ast.Pass()) if isinstance(node, ast.expr)]
    around = [part for part in parts if part[0] <= first and last <= part[1]]
    start, end = min(around, key=lambda part: part[1] - part[0], default=(first, last))
    return source[start:end], mended[start : len(mended) - (len(source) - end)]


def _of_moved_module(old: str) -> Change | None:
    """``keras.layers.core.Dense``: the module moved, and the name with it."""
    parent, _, last = old.rpartition(".")
    change = changes().module(parent)
    if change is None or not change.new:
        return None
    only = f"{change.only}.{last}" if change.only else ""
    return Change(old=old, new=f"{change.new}.{last}", removed=change.removed, only=only)


def _spelled(context: FaultContext, new: str, alias: str, module: str) -> tuple[str, str | None]:
    """A full name as this program can write it, and the import that it needs for that, if any."""
    if "." not in new:
        return new, None
    if new.startswith(f"{module}."):
        return alias + new.removeprefix(module), None
    package, _, rest = new.partition(".")
    name = root(context.namespace, package)
    if name:
        return f"{name}.{rest}", None
    parent, _, last = new.rpartition(".")
    home = root(context.namespace, parent)
    if home:
        return f"{home}.{last}", None
    if "." in parent:
        grand, _, short = parent.rpartition(".")
        if short not in context.namespace:
            return f"{short}.{last}", f"from {grand} import {short}"
    return new, f"import {package}"


# --- attributes of objects ---------------------------------------------------------------------------


def _of_object(context: FaultContext, node: ast.Attribute, call: ast.Call | None) -> Proposal | None:
    thing = getattr(context.error, "obj", None)
    owners = family(thing) if thing is not None else set(_OWNER.findall(context.message))
    if "has no defined" in context.message:
        owners |= {"Model"}
    for change in changes().attribute(owners, node.attr):
        if change.outputs and change.outputs != _outputs(thing):
            continue
        if change.template is None:
            after = f"{text(context, node.value)}.{change.new}"
            return _proposal(context, node, after, change, None)
        if call is not None:
            return _proposal(context, call, _filled(context, change.template, node, call), change, None)
    return None


def _outputs(model: object) -> str:
    """Whether a model predicts one number a row ("one") or several ("many")."""
    shape = getattr(model, "output_shape", None)
    if isinstance(shape, tuple):
        return "one" if shape[-1] == 1 else "many"
    # One that was never built: its last layer with a number of units tells.
    units = [layer.units for layer in getattr(model, "layers", ()) if hasattr(layer, "units")]
    return "one" if units[-1:] == [1] else "many"


def _filled(context: FaultContext, template: str, node: ast.Attribute, call: ast.Call) -> str:
    arguments = [text(context, argument) for argument in [*call.args, *call.keywords]]
    return template.format(receiver=text(context, node.value), arguments=", ".join(arguments))


def _proposal(
    context: FaultContext,
    node: ast.expr,
    after: str,
    change: Change,
    bind: str | None,
    values: Sequence[Edit] = (),
) -> Proposal | None:
    before = text(context, node)
    statement = tree(context)
    assert statement is not None
    same = [
        each
        for each in own_nodes(statement)
        if isinstance(each, type(node)) and text(context, each) == before
    ]
    mended = replaced(context.source, [*((each, after) for each in same), *values])
    if values:
        before, after = _around(context, mended, [node, *(value for value, _ in values)])
    return Proposal(
        rule="removed-attribute",
        statement=mended,
        bind=bind,
        before=before,
        after=after,
        evidence={
            "old": change.old if "." in change.old else f"{change.owner}.{change.old}",
            "replacement": change.new or after,
            "removed_in": change.removed,
            **({"import": bind} if bind else {}),
            **({"when": change.when} if change.when else {}),
            **({"only": change.only} if change.only else {}),
        },
    )
