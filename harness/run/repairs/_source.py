"""Small tools over a failed statement: its tree, its calls, and edits of its text."""

from __future__ import annotations

import ast
import builtins
import importlib
import re
from collections.abc import Iterable, Mapping
from types import ModuleType

from harness.knowledge.changes import public_name
from harness.run.repairs import FaultContext

Edit = tuple[ast.AST, str]


def tree(context: FaultContext) -> ast.stmt | None:
    """The statement parsed from its own text, so that columns fit ``context.source``."""
    try:
        body = ast.parse(context.source).body
    except SyntaxError:
        return None
    return body[0] if len(body) == 1 else None


def text(context: FaultContext, node: ast.AST) -> str:
    """A node's text, exactly as printed."""
    return ast.get_source_segment(context.source, node) or ""


def spliced(source: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """``source`` with each (start, end) range of characters replaced."""
    for start, end, new in sorted(edits, reverse=True):
        source = source[:start] + new + source[end:]
    return source


def span(source: str, node: ast.AST) -> tuple[int, int]:
    """Where a node lies in ``source``, in characters (the syntax tree counts UTF-8 bytes)."""
    lines = source.splitlines(keepends=True)

    def offset(line: int, column: int) -> int:
        before = sum(len(each) for each in lines[: line - 1])
        return before + len(lines[line - 1].encode()[:column].decode())

    assert isinstance(node, ast.expr | ast.stmt | ast.keyword)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset)


def replaced(source: str, edits: Iterable[Edit]) -> str:
    """``source`` with each node's text replaced."""
    return spliced(source, [(*span(source, node), new) for node, new in edits])


def without_keywords(call: str, *names: str) -> str:
    """The text of a call without some of its keyword arguments, and without the commas that go with them."""
    for name in names:
        parsed = ast.parse(call, mode="eval").body
        keyword = next((word for word in getattr(parsed, "keywords", ()) if word.arg == name), None)
        if keyword is None:
            continue
        start, end = span(call, keyword)
        after = re.match(r"\s*,\s*", call[end:])
        if after:
            call = call[:start] + call[end + after.end() :]
        else:
            call = re.sub(r"\s*,\s*$", "", call[:start]) + call[end:]
    return call


def with_keyword(call: str, word: str) -> str:
    """The text of a call with one more keyword argument at its end, such as ``weights=None``."""
    head = call.rstrip()[:-1].rstrip()
    return f"{head}{'' if head.endswith(('(', ',')) else ', '}{word})"


def own_nodes(statement: ast.stmt) -> list[ast.AST]:
    """The statement's nodes that can be edited.

    Those of statements nested in it are left out (they fail by themselves), and so are those inside
    f-strings: before Python 3.12 the syntax tree gives them no usable place.
    """
    found: list[ast.AST] = []
    queue: list[ast.AST] = [statement]
    while queue:
        node = queue.pop(0)
        found.append(node)
        if not isinstance(node, ast.JoinedStr):
            queue += [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt)]
    return found


def dotted(node: ast.AST) -> list[str] | None:
    """``["np", "random", "normal"]`` for ``np.random.normal``; None for anything but plain names."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else None


def lookup(context: FaultContext, parts: list[str]) -> object | None:
    """The object behind a dotted name, followed through modules only (so that nothing is computed).

    Local names are looked up in the frames that the exception went through, the innermost first.
    """
    found = context.namespace.get(parts[0])
    if parts[0] in context.local_names:
        found = next((frame[parts[0]] for frame in _locals(context) if parts[0] in frame), None)
    for part in parts[1:]:
        if not isinstance(found, ModuleType | type):
            return None
        found = getattr(found, part, None)
    return found


def _locals(context: FaultContext) -> list[dict[str, object]]:
    """Local variables of the article's frames on the traceback, the innermost first."""
    frames: list[dict[str, object]] = []
    step = context.error.__traceback__
    while step is not None:
        if step.tb_frame.f_globals is context.namespace:
            frames.insert(0, step.tb_frame.f_locals)
        step = step.tb_next
    return frames


def family(thing: object) -> set[str]:
    """The names by which the table may speak of a callable or an object: its classes' names."""
    kind = thing if isinstance(thing, type) else type(thing)
    names = {base.__name__ for base in kind.__mro__ if base is not object}
    return names | {getattr(thing, "__name__", "")} - {""}


def root(namespace: Mapping[str, object], module: str) -> str | None:
    """The variable through which the program reaches a top-level module, e.g. "tf" for tensorflow."""
    for name, value in namespace.items():
        if isinstance(value, ModuleType) and public_name(value.__name__) == module:
            return name
    return None


def exists(dotted: str) -> bool:
    """Whether a dotted name can be imported: a module, a name of a module, or a builtin."""
    parent, _, last = dotted.rpartition(".")
    try:
        if not parent:
            return bool(last) and (hasattr(builtins, last) or bool(importlib.import_module(last)))
        if hasattr(_module(parent), last):
            return True
        importlib.import_module(dotted)
    except (ImportError, AttributeError):
        return False
    return True


def _module(dotted: str) -> object:
    """A module, or an object within one ("scipy.stats.norm")."""
    try:
        return importlib.import_module(dotted)
    except ImportError:
        parent, _, last = dotted.rpartition(".")
        if not parent:
            raise
        return getattr(_module(parent), last)
