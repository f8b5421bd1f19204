"""Names that a failed statement should have bound or filled, and the faults that only follow from them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType

from harness.run.faults import Description
from harness.run.program import Place, bound_attributes, bound_names

_NAME_FAULTS = {"NameError", "UnboundLocalError"}
_DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
# Methods without which a model or a list is not what the article makes of it.
_FILLING = frozenset(
    {"add", "add_loss", "append", "extend", "insert", "update", "build", "adapt", "set_weights", "pop"}
)
# Methods without which it is only not ready: what fails on it may have a cause of its own.
_READYING = frozenset(
    {"fit", "fit_generator", "fit_transform", "fit_on_texts", "train_on_batch", "load_weights"}
)
_NOT_READY = re.compile(
    r"not (?:yet )?(?:been )?(?:built|fitted|trained)|has never been called|fit the|before being built", re.I
)
_OF_SHAPES = {"ValueError", "InvalidArgumentError"}
_NO_FILE = re.compile(r"No such file or directory|errno = 2\b|not found: filepath=")
_WRITING = re.compile(r"^(?:save|dump|write|to_)")
_SPREADS = 3  # from one variable of a loop to the next, and round to its beginning


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

    def read_by(self, statement: ast.stmt) -> int | None:
        """The fault that lost what a statement reads of its own object: what it finds there is not that."""
        read = {
            part.attr
            for part in ast.walk(_head(statement))
            if isinstance(part, ast.Attribute)
            and isinstance(part.ctx, ast.Load)
            and isinstance(part.value, ast.Name)
            and part.value.id == "self"
        }
        return min((self._attributes[name] for name in read if name in self._attributes), default=None)


class Unfinished:
    """Things that a lost statement should have filled: a model without a layer, an empty list.

    What fails on them later says nothing of its own: the statements that use them were not written for
    things like these.  Names are followed from statement to statement, by the text alone.
    """

    def __init__(self) -> None:
        self._since: dict[str, int] = {}
        self._not_ready: dict[str, int] = {}
        self._not_called: dict[str, int] = {}
        self._unwritten: dict[str, int] = {}
        self._stale: dict[tuple[str, int, str], int] = {}

    def add(self, place: Place, unit: ast.stmt, fault: int, namespace: Mapping[str, object]) -> None:
        """Mark what a lost statement would have filled; in a function or a class, what that makes."""
        for known, methods in ((self._since, _FILLING), (self._not_ready, _READYING)):
            filled = {
                name
                for name in _filled(place.node, methods)
                if not isinstance(namespace.get(name), ModuleType)
            }
            names = {unit.name} if filled and isinstance(unit, _DEFINITIONS) else filled
            for name in names:
                known.setdefault(name, fault)
        if place.function is not None:
            for name in bound_names(place.node) & _read(place.node):
                self._stale.setdefault((place.function.name, place.function.lineno, name), fault)
        for name in _called_back(place.node):
            self._not_called.setdefault(name, fault)
        for path in _written(place.node):
            self._unwritten.setdefault(path, fault)

    def passed(self, unit: ast.stmt) -> None:
        """A top-level statement went well: what it makes of unfinished things is unfinished, too."""
        if isinstance(unit, _DEFINITIONS):
            return
        for known in (self._since, self._not_ready):
            cause = _used(known, unit)
            filled = (
                set(_filled(unit, _FILLING)) if isinstance(unit, ast.For) and cause is not None else set()
            )
            for name in bound_names(unit) | filled:
                if cause is not None:
                    known.setdefault(name, cause)
                elif isinstance(unit, ast.Assign | ast.AnnAssign):
                    known.pop(name, None)

    def cause(self, told: Description, statement: ast.stmt, unit: ast.stmt) -> int | None:
        """The fault that left something unfinished which a statement of the module uses.

        ``unit``: the top-level statement in which it stands.
        """
        cause = _used(_spread(self._since, unit), _head(statement))
        if cause is None and _NOT_READY.search(told.message):
            cause = _used(_spread(self._not_ready, unit), _head(statement))
        if cause is None and told.type == "AttributeError":
            cause = _used(self._not_called, _head(statement))
        if cause is None and _NO_FILE.search(told.message):
            paths = {path for part in ast.walk(_head(statement)) for path in _given(part)}
            cause = min((self._unwritten[path] for path in paths if path in self._unwritten), default=None)
        return cause

    def stale(self, told: Description, places: Iterable[Place]) -> int | None:
        """The fault that left a variable of a function as it was, where what reads it finds another shape.

        ``x = layer(x)`` that cannot run hands the next layer what it was given itself.
        """
        keys = (
            (place.function.name, place.function.lineno, name)
            for place in (places if told.type in _OF_SHAPES else ())
            if place.function is not None
            for name in _read(place.node)
        )
        return min((self._stale[key] for key in keys if key in self._stale), default=None)


def _spread(known: Mapping[str, int], unit: ast.stmt) -> Mapping[str, int]:
    """The unfinished things, and what a loop at the top of the program makes of them as it goes."""
    found = dict(known)
    if not found or isinstance(unit, _DEFINITIONS):
        return found
    for _ in range(_SPREADS):
        for node in ast.walk(unit):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                names: Iterable[str] = bound_names(node)
                value = node.value
            elif isinstance(node, ast.For):
                # What is filled in rounds over unfinished things has too few of them, or none.
                names = {part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)}
                names |= {name for inner in node.body for name in _filled(inner, _FILLING)}
                value = node.iter
            else:
                continue
            cause = _used(found, value) if value is not None else None
            if cause is not None:
                found |= {name: cause for name in names if name not in found}
    return found


def _head(statement: ast.stmt) -> ast.AST:
    """What a statement evaluates itself: not the statements inside it."""
    if isinstance(statement, ast.For):
        return statement.iter
    if isinstance(statement, ast.While | ast.If):
        return statement.test
    if isinstance(statement, ast.With):
        return ast.Tuple([item.context_expr for item in statement.items], ast.Load())
    return ast.Pass() if isinstance(statement, ast.Try | _DEFINITIONS) else statement


def _read(node: ast.AST) -> set[str]:
    return {p.id for p in ast.walk(node) if isinstance(p, ast.Name) and isinstance(p.ctx, ast.Load)}


def _used(known: Mapping[str, int], node: ast.AST) -> int | None:
    """The earliest fault that concerns a name which is read."""
    parts = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
    added = [part.target for part in ast.walk(node) if isinstance(part, ast.AugAssign)]
    read = {part.id for part in parts if isinstance(part.ctx, ast.Load) or part in added}
    return min((known[name] for name in read if name in known), default=None)


def _filled(node: ast.stmt, methods: frozenset[str]) -> Iterator[str]:
    """Names of the things that a statement fills by one of these methods, or by an index."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in methods:
            found = _root(part.func.value)
        elif methods is _FILLING and isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store):
            found = _root(part.value)
        else:
            continue
        if found is not None:
            yield found


def _called_back(node: ast.stmt) -> Iterator[str]:
    """Names of the callbacks of a training, which it would have called."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and getattr(part.func, "attr", None) in _READYING:
            given = [word.value for word in part.keywords if word.arg == "callbacks"]
            each = [one for value in given for one in getattr(value, "elts", [value])]
            yield from (one.id for one in each if isinstance(one, ast.Name))


def _written(node: ast.stmt) -> Iterator[str]:
    """The files that a statement writes, as it names them: by a text or by a variable."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and _WRITING.search(ast.unparse(part.func).rpartition(".")[2]):
            yield from _given(part)


def _given(node: ast.AST) -> Iterator[str]:
    """The texts and variables among the arguments of a call."""
    for value in (*node.args, *(word.value for word in node.keywords)) if isinstance(node, ast.Call) else ():
        if isinstance(value, ast.Name):
            yield value.id
        elif isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield repr(value.value)


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
