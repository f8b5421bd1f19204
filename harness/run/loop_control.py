"""Loops that can be left: what is put around those of an article, and what they call."""

from __future__ import annotations

import ast

LOOP_ENTER = "__errata_enter__"
LOOP_LEAVE = "__errata_leave__"
LOOP_SPENT = "__errata_spent__"

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class LoopControl(ast.NodeTransformer):
    """Lets loops be left when the update budget is spent.

    ``for x in xs: body`` becomes::

        __errata_enter__(line, end_line)
        try:
            for x in xs:
                if __errata_spent__(): break
                body
        finally:
            __errata_leave__()

    Generators are left alone: to end one early would change the data that it feeds.
    """

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        return node if _yields(node) else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _loop(self, node: ast.For | ast.While) -> list[ast.stmt]:
        self.generic_visit(node)
        test = ast.If(test=_call(LOOP_SPENT), body=[ast.Break()], orelse=[])
        node.body.insert(0, test)
        end = node.end_lineno or node.lineno
        enter = ast.Expr(_call(LOOP_ENTER, node.lineno, end))
        guarded = ast.Try(body=[node], handlers=[], orelse=[], finalbody=[ast.Expr(_call(LOOP_LEAVE))])
        new: list[ast.stmt] = [enter, guarded]
        for added in (enter, guarded, guarded.finalbody[0], test):
            for part in ast.walk(added):
                if not hasattr(part, "lineno"):
                    ast.copy_location(part, node)
        return new

    def visit_For(self, node: ast.For) -> list[ast.stmt]:
        return self._loop(node)

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        return self._loop(node)


def _call(name: str, *arguments: int) -> ast.Call:
    return ast.Call(
        func=ast.Name(id=name, ctx=ast.Load()), args=[ast.Constant(value) for value in arguments], keywords=[]
    )


def _yields(function: ast.AST) -> bool:
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(child, _FUNCTIONS) and _yields(child):
            return True
    return False
