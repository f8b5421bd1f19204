"""Names that a failed statement should have bound, and the faults that only follow from them."""

from __future__ import annotations

import ast

from harness.run.faults import Description
from harness.run.program import bound_attributes, bound_names

_NAME_FAULTS = {"NameError", "UnboundLocalError"}


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
