"""The working copy of a listing: its statements, where a fault lies in them, and how to patch them.

Patches keep every line number, so tracebacks, ``inspect.getsource`` and AutoGraph go on pointing at
article lines.  Nothing is executed here; ``compile`` only.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

from harness.depth import room_for
from harness.run.loop_control import LoopControl


@dataclass(frozen=True)
class Place:
    """A statement of the program: the unit (top-level statement) that holds it, and its extent."""

    unit: int
    node: ast.stmt
    function: ast.FunctionDef | ast.AsyncFunctionDef | None  # innermost function around it

    @property
    def line(self) -> int:
        return self.node.lineno

    @property
    def end_line(self) -> int:
        return self.node.end_lineno or self.node.lineno


def parse(text: str) -> ast.Module:
    """Parse without passing the article's own syntax warnings on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


class Program:
    """A listing's text, patched as the run goes on.

    ``units`` are the top-level statements in order.  ``filename`` is where the text lies on disk.
    """

    def __init__(self, text: str, filename: str) -> None:
        self.filename = filename
        self._lines = text.split("\n")
        tree = parse(text)
        self._units = list(tree.body)
        self._flags = _future_flags(tree)

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    def __len__(self) -> int:
        return len(self._units)

    def unit(self, index: int) -> ast.stmt:
        return self._units[index]

    def compile_unit(self, index: int) -> CodeType:
        """Code of one top-level statement, its loops able to be left when the budget is spent."""
        # A fresh tree: the loop control must not become part of the working copy.
        unit = self._reparsed(index)
        with room_for(unit):
            body = LoopControl().visit(unit)
            module = ast.Module(body=body if isinstance(body, list) else [body], type_ignores=[])
            ast.fix_missing_locations(module)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code: CodeType = compile(module, self.filename, "exec", flags=self._flags, dont_inherit=True)
        return code

    def _reparsed(self, index: int) -> ast.stmt:
        unit = self._units[index]
        start = min([unit.lineno, *(d.lineno for d in getattr(unit, "decorator_list", []))])
        end = unit.end_lineno or unit.lineno
        lines = [*[""] * (start - 1), *self._lines[start - 1 : end]]
        body = parse("\n".join(lines)).body
        # Statements that share a line (a; b) are told apart by their columns.
        here = (unit.lineno, unit.col_offset)
        return next(node for node in body if (node.lineno, node.col_offset) == here)

    def source(self, node: ast.stmt) -> str:
        """A statement's text as it stands in the working copy, dedented to its own column."""
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        lines = [line.encode() for line in self._lines[first : last + 1]]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        indent = b" " * node.col_offset
        dedented = [lines[0], *(line.removeprefix(indent) for line in lines[1:])]
        return b"\n".join(dedented).decode(errors="replace")

    # --- finding the place of a fault -------------------------------------------------------------

    def place(self, line: int, function: str | None = None) -> Place | None:
        """The innermost statement at an article line.

        ``function`` is the name of the code object that was running there, None for module or class
        level: a line of a ``def`` then means the definition, not the body.
        """
        for index, unit in enumerate(self._units):
            start = min([unit.lineno, *(d.lineno for d in getattr(unit, "decorator_list", []))])
            if start <= line <= (unit.end_lineno or unit.lineno):
                return self._innermost(index, unit, line, function)
        return None

    def _innermost(self, index: int, unit: ast.stmt, line: int, function: str | None) -> Place:
        found, around = unit, None
        inside: ast.FunctionDef | ast.AsyncFunctionDef | None = None
        queue: list[tuple[ast.stmt, ast.FunctionDef | ast.AsyncFunctionDef | None]] = [(unit, None)]
        while queue:
            node, around = queue.pop(0)
            if not node.lineno <= line <= (node.end_lineno or node.lineno):
                continue
            found, inside = node, around
            deeper = around
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if function is None:
                    continue
                deeper = node
            queue = [(child, deeper) for child in _child_statements(node)]
        return Place(index, found, inside)

    def goes_on(self, line: int, function: str | None = None) -> bool:
        """Whether more stands behind an article line, in its function or in its top-level statement.

        Within a loop nobody can tell: an earlier round may have run it.
        """
        place = self.place(line, function)
        return place is not None and _more_behind(place.function or self._units[place.unit], line)

    # --- patching -------------------------------------------------------------------------------------

    def replace(self, place: Place, source: str) -> bool:
        """Put ``source`` in the place of a statement, keeping every other line where it is.

        False where the outcome would not parse or would need more lines than the statement had.
        """
        node = place.node
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        room = last - first + 1
        new = source.split("\n")
        if len(new) > room:
            return False
        head = self._lines[first].encode()[: node.col_offset].decode()
        tail = self._lines[last].encode()[node.end_col_offset :].decode()
        indent = " " * node.col_offset
        lines = [head + new[0], *(indent + line if line else line for line in new[1:])]
        lines[-1] += tail
        lines += [""] * (room - len(lines))
        return self._swap(place.unit, first, lines)

    def excise(self, place: Place) -> bool:
        """Take a statement out.  Its local names stay local, and unbound."""
        targets = ", ".join(sorted(bound_names(place.node)))
        inert = f"for ({targets},) in (): pass" if targets and place.function is not None else "pass"
        return self.replace(place, inert)

    def _swap(self, unit: int, first: int, lines: list[str]) -> bool:
        old = self._lines
        candidate = [*old[:first], *lines, *old[first + len(lines) :]]
        try:
            units = parse("\n".join(candidate)).body
        except (SyntaxError, ValueError):
            return False
        if len(units) != len(self._units):
            return False
        self._lines, self._units = candidate, list(units)
        return True


def _more_behind(around: ast.AST, line: int) -> bool:
    if isinstance(around, ast.For | ast.AsyncFor | ast.While):
        return False
    for _, block in ast.iter_fields(around):
        nodes = block if isinstance(block, list) else []
        for place, node in enumerate(nodes):
            if not isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
                continue
            first = node.pattern if isinstance(node, ast.match_case) else node
            last = node.body[-1] if isinstance(node, ast.match_case) else node
            if first.lineno <= line <= (last.end_lineno or last.lineno):
                behind = [one for one in nodes[place + 1 :] if isinstance(one, ast.stmt)]
                return any(not isinstance(one, ast.Pass) for one in behind) or _more_behind(node, line)
    return False


def _child_statements(node: ast.AST) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from _child_statements(child)


def _future_flags(tree: ast.Module) -> int:
    import __future__

    names = [
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    ]
    flags = 0
    for name in names:
        flags |= getattr(__future__, name).compiler_flag if hasattr(__future__, name) else 0
    return flags


class _Bound(ast.NodeVisitor):
    """Names that a statement binds in its own scope."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.names.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Store):
            self.attributes.add(node.attr)
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        if node.name != "*":
            self.names.add(node.asname or node.name.split(".")[0])

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.names.add(node.name)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.names.add(node.name)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.names.add(node.name)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        return

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.visit(node.iter)


def bound_names(node: ast.stmt) -> frozenset[str]:
    """The names that a statement binds in its own scope."""
    return frozenset(_bound(node).names)


def bound_attributes(node: ast.stmt) -> frozenset[str]:
    """The attributes that a statement assigns (``self.x = ...`` gives "x")."""
    return frozenset(_bound(node).attributes)


def _bound(node: ast.stmt) -> _Bound:
    visitor = _Bound()
    with room_for(node):
        visitor.visit(node)
    return visitor
