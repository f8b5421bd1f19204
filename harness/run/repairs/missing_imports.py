"""Binds well-known names that an article uses and never imports."""

from __future__ import annotations

import ast
import importlib.util
import re

from harness.knowledge.imports import import_for
from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import tree

# AutoGraph and Keras wrap an exception and keep the original only as text, at times with another type.
_UNDEFINED = re.compile(r"name '(\w+)' is not defined")


def repair(context: FaultContext) -> Proposal | None:
    name = _missing(context)
    if name is None or name in context.local_names or name in context.namespace:
        return None
    if not re.search(rf"\b{name}\b", context.program or context.source):
        return None  # a library's own mistake
    line = import_for(name, context.program, called=_is_called(context, name))
    if line is None or not _installed(line):
        return None
    return Proposal(
        rule="missing-import",
        statement=None,
        bind=line,
        before="",
        after=line,
        evidence={"name": name, "import": line},
    )


def _missing(context: FaultContext) -> str | None:
    if isinstance(context.error, NameError) and context.error.name:
        return str(context.error.name)
    found = _UNDEFINED.search(context.message)
    return found.group(1) if found else None


def _is_called(context: FaultContext, name: str) -> bool:
    statement = tree(context)
    return statement is not None and any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
        for node in ast.walk(statement)
    )


def _installed(line: str) -> bool:
    package = line.split()[1].split(".")[0]
    return importlib.util.find_spec(package) is not None
