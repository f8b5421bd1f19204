"""Loops that can be left: what is put around those of an article, and what they call."""

from __future__ import annotations

import ast

LOOP_ENTER = "__errata_enter__"
LOOP_LEAVE = "__errata_leave__"
LOOP_SPENT = "__errata_spent__"
LOOP_ROUNDS = "__errata_rounds__"

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class LoopControl(ast.NodeTransformer):
    """Lets loops be left when the update budget is spent.

    ``for x in xs: body`` becomes::

        __errata_enter__(line, end_line)
        try:
            for x in __errata_rounds__(xs):
                if __errata_spent__(): break
                body
        finally:
            __errata_leave__()

    What ``enumerate`` numbers is treated so inside of it.  Generators are left alone: to end one early
    would change the data that it feeds.
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
        counted = node.iter
        if not _uses_its_items(node):
            return self._loop(node)  # its last round is like any other
        if isinstance(counted, ast.Call) and counted.args and ast.unparse(counted.func) == "enumerate":
            counted.args[0] = _rounds(counted.args[0])
        else:
            node.iter = _rounds(counted)
        return self._loop(node)

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        return self._loop(node)


def _call(name: str, *arguments: int) -> ast.Call:
    return ast.Call(
        func=ast.Name(id=name, ctx=ast.Load()), args=[ast.Constant(value) for value in arguments], keywords=[]
    )


def _uses_its_items(loop: ast.For) -> bool:
    """Whether what a loop does may depend on the item it is at, and not only what it prints of it."""
    names = {part.id for part in ast.walk(loop.target) if isinstance(part, ast.Name)}
    waiting: list[ast.AST] = [*loop.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Call) and _prints(node)):
            continue
        if isinstance(node, ast.Name) and node.id in names:
            return True
        waiting += ast.iter_child_nodes(node)
    return False


def _prints(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "print"


def _rounds(items: ast.expr) -> ast.expr:
    """What a loop goes through, with its last item early where the loop is to be left."""
    call = ast.Call(func=ast.Name(id=LOOP_ROUNDS, ctx=ast.Load()), args=[items], keywords=[])
    for part in (call, call.func):
        ast.copy_location(part, items)
    return call


def _yields(function: ast.AST) -> bool:
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(child, _FUNCTIONS) and _yields(child):
            return True
    return False
