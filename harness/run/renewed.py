"""Functions that a program has defined already, and whose text was patched since."""

from __future__ import annotations

import ast
import gc
from types import CodeType, FunctionType


def renew(function: ast.FunctionDef | ast.AsyncFunctionDef, unit: CodeType) -> bool:
    """Give what was made of a function its new code, which is part of ``unit``; False where that has none."""
    wanted = (function.name, _first_line(function))
    fresh = _code_of(unit, wanted)
    if fresh is None:
        return False
    for thing in gc.get_objects():
        if type(thing) is FunctionType:
            code = thing.__code__
            same = (code.co_name, code.co_firstlineno) == wanted and code.co_filename == fresh.co_filename
            if same and code.co_freevars == fresh.co_freevars:
                thing.__code__ = fresh
    return True


def _first_line(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])


def _code_of(code: CodeType, wanted: tuple[str, int]) -> CodeType | None:
    if (code.co_name, code.co_firstlineno) == wanted:
        return code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found = _code_of(constant, wanted)
            if found is not None:
                return found
    return None
