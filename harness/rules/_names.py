"""Which names a program uses without binding them anywhere, and where."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from harness.rules._evidence import Evidence, kept
from harness.rules._notebooks import bound_by_commands

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*_FUNCTIONS, *_COMPREHENSIONS, ast.ClassDef)
# Bound by the interpreter, or by a notebook.
_GIVEN = frozenset(dir(builtins)) | {
    *("__file__", "__name__", "__doc__", "__spec__", "__loader__", "__package__", "__builtins__"),
    *("__class__", "__qualname__", "__module__", "__annotations__", "__path__"),
    *("display", "get_ipython", "In", "Out", "exit", "quit"),
}
_DYNAMIC = {"exec", "globals", "locals", "vars", "run_line_magic"}
_CAUGHT = {"NameError", "ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


@dataclass(frozen=True)
class Use:
    """A name that is read; ``called`` says that the name itself is called."""

    name: str
    line: int
    end_line: int
    called: bool


@kept
def undefined(evidence: Evidence) -> tuple[Use, ...]:
    """The first use, in the article's order, of every name that is bound nowhere.

    Empty where names may come from elsewhere: a star import, ``exec``, ``globals()``.
    """
    if any(hides_names(node) for node in evidence.nodes):
        return ()
    module = bound_in(evidence.tree) | _declared_global(evidence) | words_of_broken_lines(evidence)
    module |= bound_by_commands(evidence)
    first: dict[str, Use] = {}
    for use in sorted(_loads(evidence, module), key=lambda use: use.line):
        first.setdefault(use.name, use)
    return tuple(first.values())


def bound_in(scope: ast.AST) -> set[str]:
    """The names that a scope binds itself."""
    names: set[str] = set()
    if isinstance(scope, _FUNCTIONS):
        arguments = scope.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [extra for extra in (arguments.vararg, arguments.kwarg) if extra]
        names |= {argument.arg for argument in every}
    for node in _own(scope):
        names |= _binds(node)
    return names


def _binds(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return {node.id}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.split(".")[0] for alias in node.names}
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        return {node.name}
    if isinstance(node, ast.MatchMapping) and node.rest:
        return {node.rest}
    return set()


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """A scope's nodes without the insides of the scopes nested in it."""
    queue = list(ast.iter_child_nodes(scope))
    while queue:
        node = queue.pop()
        yield node
        if isinstance(node, _COMPREHENSIONS):
            # Only an assignment expression reaches out of a comprehension.
            yield from (part.target for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
        elif not isinstance(node, _SCOPES):
            queue += ast.iter_child_nodes(node)


def hides_names(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return any(alias.name == "*" for alias in node.names)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _DYNAMIC


def _declared_global(evidence: Evidence) -> set[str]:
    return {name for node in evidence.nodes if isinstance(node, ast.Global) for name in node.names}


def words_of_broken_lines(evidence: Evidence) -> set[str]:
    """Every word of a line that does not parse: it may have bound any of them."""
    words: set[str] = set()
    for broken in evidence.listing.broken:
        words |= {word for word in _split(broken.source) if word.isidentifier()}
    return words


def _split(source: str) -> list[str]:
    return "".join(
        character if character.isalnum() or character == "_" else " " for character in source
    ).split()


def _loads(evidence: Evidence, module: set[str]) -> Iterator[Use]:
    visible = cache(_visible)
    for node in evidence.nodes:
        if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
            continue
        name = node.id
        if name in _GIVEN or name in module:
            continue
        around = list(_around(evidence, node))
        if any(name in visible(scope) for scope in around if isinstance(scope, _SCOPES)):
            continue
        if any(_is_guarded(guard) for guard in around):
            continue
        parent = evidence.parents.get(node)
        called = isinstance(parent, ast.Call) and parent.func is node
        yield Use(name, node.lineno, node.end_lineno or node.lineno, called)


def _visible(scope: ast.AST) -> set[str]:
    if isinstance(scope, _COMPREHENSIONS):
        targets = [part.target for part in scope.generators]
        return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return bound_in(scope)


def _around(evidence: Evidence, node: ast.AST) -> Iterator[ast.AST]:
    parent = evidence.parents.get(node)
    while parent is not None:
        yield parent
        parent = evidence.parents.get(parent)


def _is_guarded(node: ast.AST) -> bool:
    """A ``try`` that is there to find out whether a name exists."""
    if not isinstance(node, ast.Try):
        return False
    caught = [part for handler in node.handlers for part in ast.walk(handler.type or ast.Name("Exception"))]
    return any(isinstance(part, ast.Name) and part.id in _CAUGHT for part in caught)


def first_use(evidence: Evidence, name: str) -> Use | None:
    """The first place in the article that reads ``name``, whatever it means there."""
    uses = [
        node
        for node in evidence.nodes
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id == name
    ]
    if not uses:
        return None
    node = min(uses, key=lambda use: (use.lineno, use.col_offset))
    parent = evidence.parents.get(node)
    return Use(
        name,
        node.lineno,
        node.end_lineno or node.lineno,
        isinstance(parent, ast.Call) and parent.func is node,
    )


def bound_before(evidence: Evidence, name: str, line: int) -> bool:
    """Whether a module-level statement before ``line`` binds ``name``."""
    return any(
        statement.lineno < line and name in bound_in(ast.Module([statement], []))
        for statement in evidence.tree.body
    )
