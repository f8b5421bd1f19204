"""Which programs need a process of their own, and which can go on from one that has Keras loaded."""

from __future__ import annotations

import ast

from harness.depth import room_for
from harness.knowledge.optional import OPTIONAL

FRAMEWORKS = ("tensorflow", "keras")
# Keras that has seen it does not differ from Keras that has not.
_WITHOUT_TRACE = ("matplotlib",)
_BACKEND = "tensorflow"
_ENVIRONMENT = ("environ", "putenv")


def unwanted(text: str, backend: str) -> tuple[str, ...]:
    """The optional packages that a program neither names nor runs on: it gets the Keras of a machine without.

    scikit-learn asks for array libraries among the loaded modules, and takes one that is hidden for one
    that is there: with it nothing can be hidden.
    """
    if "sklearn" in text:
        return ()
    return tuple(name for name in OPTIONAL if name not in text and name != backend)


def why_afresh(text: str, backend: str, keras: int = 3) -> str:
    """Why a program must begin in a fresh process; "" where one with the frameworks loaded serves."""
    if keras != 3 or "tf_keras" in text:
        return "it runs on Keras 2"
    if backend != _BACKEND:
        return f"its backend is {backend}"
    named = [name for name in OPTIONAL if name in text and name not in _WITHOUT_TRACE]
    if named:
        return f"it names {named[0]}, which Keras adapts to"
    names, tree = _Names(), ast.parse(text)
    with room_for(tree):
        names.visit(tree)
    if not names.packages.intersection(FRAMEWORKS):
        return "it imports no framework"
    if names.used.intersection(_ENVIRONMENT):
        return "it may set environment variables, which frameworks read when they are imported"
    return ""


class _Names(ast.NodeVisitor):
    """The packages that a program imports, and all other names that it uses."""

    def __init__(self) -> None:
        self.packages: set[str] = set()
        self.used: set[str] = set()

    def visit_Import(self, node: ast.Import) -> None:
        self.packages.update(alias.name.partition(".")[0] for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module and not node.level:
            self.packages.add(node.module.partition(".")[0])
        self.used.update(alias.name for alias in node.names)

    def visit_Name(self, node: ast.Name) -> None:
        self.used.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.used.add(node.attr)
        self.generic_visit(node)
