"""Names that a failed statement should have bound or filled, and the faults that only follow from them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import ModuleType

from harness.run.faults import Description
from harness.run.program import Place, bound_attributes, bound_names

_NAME_FAULTS = {"NameError", "UnboundLocalError"}
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# Methods without which a model, a list or a scaler is not what the article makes of it.
_FILLING = frozenset(
    {"add", "append", "extend", "insert", "update", "build", "compile", "adapt", "load_weights"}
    | {"fit", "fit_generator", "fit_transform", "fit_on_texts", "train_on_batch", "set_weights", "pop"}
)


class LostNames:
    """What was lost so far, each with the sequence number of the fault that lost it."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._attributes: dict[str, int] = {}
        self._compile: int | None = None
        self._star: int | None = None

    def add(self, node: ast.stmt, fault: int) -> tuple[str, ...]:
        """Mark what a statement would have bound as lost; returns the names, sorted."""
        names = bound_names(node)
        self._names |= dict.fromkeys(names, fault)
        self._attributes |= dict.fromkeys(bound_attributes(node), fault)
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and getattr(part.func, "attr", None) == "compile":
                self._compile = fault
            if isinstance(part, ast.ImportFrom) and part.names[0].name == "*":
                self._star = fault
        return tuple(sorted(names))

    def cause(self, told: Description) -> int | None:
        """The fault from which this one follows, if it does."""
        undefined = told.type in _NAME_FAULTS or f"name '{told.name}' is not defined" in told.message
        if undefined and told.name is not None:
            return self._names.get(told.name, self._star)
        if told.type == "AttributeError" and told.name in self._attributes:
            return self._attributes[told.name]
        if self._compile is not None and "compile()" in told.message:
            return self._compile
        return None


class Unfinished:
    """Things that a lost statement should have filled: a model without a layer, an empty list.

    What fails on them later says nothing of its own: the statements that use them were not written for
    things like these.  Names are followed from statement to statement, by the text alone.
    """

    def __init__(self) -> None:
        self._since: dict[str, int] = {}

    def add(self, place: Place, unit: ast.stmt, fault: int, namespace: Mapping[str, object]) -> None:
        """Mark what a lost statement would have filled; in a function or a class, what that makes."""
        filled = {name for name in _filled(place.node) if not isinstance(namespace.get(name), ModuleType)}
        if not filled:
            return
        names = {unit.name} if isinstance(unit, _DEFINITIONS) else filled
        self._since |= {name: fault for name in names if name not in self._since}

    def passed(self, unit: ast.stmt) -> None:
        """A top-level statement went well: what it makes of unfinished things is unfinished, too."""
        if isinstance(unit, _DEFINITIONS):
            return
        cause = self._of(unit)
        for name in bound_names(unit):
            if cause is not None:
                self._since.setdefault(name, cause)
            elif isinstance(unit, ast.Assign | ast.AnnAssign):
                self._since.pop(name, None)

    def cause(self, unit: ast.stmt, place: Place) -> int | None:
        """The fault that left something unfinished which these statements use."""
        used = None if isinstance(unit, _DEFINITIONS) else self._of(unit)
        return self._of(place.node) if used is None and place.function is None else used

    def _of(self, node: ast.stmt) -> int | None:
        parts = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
        added = [part.target for part in ast.walk(node) if isinstance(part, ast.AugAssign)]
        read = {part.id for part in parts if isinstance(part.ctx, ast.Load) or part in added}
        return min((self._since[name] for name in read if name in self._since), default=None)


def _filled(node: ast.stmt) -> Iterator[str]:
    """Names of the things that a statement fills by a method or by an index."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _FILLING:
            found = _root(part.func.value)
        elif isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store):
            found = _root(part.value)
        else:
            continue
        if found is not None:
            yield found


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
