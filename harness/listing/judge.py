"""What a block without a telling tag is: Python, a shell session, output, or something else.

A block that parses is Python where it does something that only a program does; one that does not
parse is still Python where most of its lines look like it.  The patterns are those of languages and
tools, never of a particular article.
"""

from __future__ import annotations

import ast
import json
import warnings
from collections import Counter
from collections.abc import Callable, Sequence

from harness.listing.lines import indentation
from harness.listing.patterns import (
    BIBTEX,
    FOREIGN,
    INI_SECTION,
    OUTPUT,
    PYTHON,
    PYTHON_HEADER,
    SHEBANG,
    SHELL,
    WORD,
)
from harness.model import BlockKind


def judge(lines: Sequence[str], bound: frozenset[str]) -> BlockKind:
    """The kind of a block by its content.

    ``bound`` are the names that the article's other code binds: a formula such as ``y = W * x + b``
    parses as well, but uses names that no code of the article knows.
    """
    said = [line for line in lines if line.strip()]
    if not said:
        return BlockKind.OTHER
    commands = [line for line in said if not line.lstrip().startswith("#")]
    if SHEBANG.match(said[0]) or (commands and _mostly(SHELL.match, commands)):
        return BlockKind.SHELL
    if _is_json(lines) or INI_SECTION.match(said[0]) or BIBTEX.match(said[0]):
        return BlockKind.OTHER
    source = "\n".join(_dedented(lines)) + "\n"
    tree = parsed(source)
    if tree is None:
        return _by_lines(said)
    if _mostly(FOREIGN.search, said):
        return BlockKind.OTHER
    if not any(isinstance(node, _DEEDS) for node in ast.walk(tree)):
        return BlockKind.OUTPUT if _mostly(OUTPUT.match, said) else BlockKind.OTHER
    if _is_formula(tree, bound):
        return BlockKind.OTHER
    return BlockKind.PYTHON


_DEEDS = (
    *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While),
    *(ast.With, ast.Assign, ast.AugAssign, ast.Call, ast.Assert, ast.Raise, ast.Delete, ast.Try, ast.If),
)
_PROGRAM_ONLY = (
    *(ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While),
    *(ast.With, ast.Attribute, ast.keyword, ast.JoinedStr, ast.Try, ast.Subscript),
)


def parsed(source: str) -> ast.Module | None:
    """The syntax tree of ``source``, or None where it has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, RecursionError, MemoryError, ValueError, OverflowError):
            return None


def bound_names(tree: ast.AST) -> frozenset[str]:
    """The names that a program binds anywhere."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
    return frozenset(names)


def _is_formula(tree: ast.Module, bound: frozenset[str]) -> bool:
    """Whether nothing but arithmetic stands there, on names that no code of the article binds."""
    nodes = list(ast.walk(tree))
    if any(isinstance(node, _PROGRAM_ONLY) for node in nodes):
        return False
    if any(isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)) for node in nodes):
        return False
    used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    own = bound_names(tree) | bound
    return bool(used) and not used & (own | _PROGRAM_CALLS)


# Calls that make a block a program; sum, min, max, abs and the like stand in formulas too.
_PROGRAM_CALLS = frozenset(
    {
        "print",
        "range",
        "len",
        "list",
        "dict",
        "tuple",
        "set",
        "str",
        "int",
        "float",
        "zip",
        "enumerate",
        "open",
    }
)


def _by_lines(said: Sequence[str]) -> BlockKind:
    """A vote of the lines, for a block that does not parse."""
    votes = Counter(vote for line in said if (vote := _vote(line)) is not None)
    kind, most = max(votes.items(), key=lambda item: item[1], default=(BlockKind.OTHER, 0))
    undecided = kind is BlockKind.PYTHON and most == max(votes[BlockKind.OTHER], votes[BlockKind.OUTPUT])
    return BlockKind.OTHER if undecided else kind


def _vote(line: str) -> BlockKind | None:
    if OUTPUT.match(line):
        return BlockKind.OUTPUT
    if PYTHON_HEADER.match(line):
        return BlockKind.PYTHON
    if FOREIGN.search(line) or is_prose(line):
        return BlockKind.OTHER
    return BlockKind.PYTHON if PYTHON.match(line) else None


def is_prose(line: str, words: int = 4) -> bool:
    """Whether a line reads as a sentence: ``words`` plain words or more, and little that code is made of."""
    text = line.strip().strip("*_#> ")
    found = WORD.findall(text)
    symbols = sum(character in '=()[]{}\\"_<>@|+' for character in text)
    letters = sum(len(word) for word in found)
    return len(found) >= words and symbols <= len(found) // 4 and letters + len(found) >= 0.7 * len(text)


def _mostly(matches: Callable[[str], object], lines: Sequence[str]) -> bool:
    return 2 * sum(matches(line) is not None for line in lines) > len(lines)


def _is_json(lines: Sequence[str]) -> bool:
    text = "\n".join(lines).strip()
    if text[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _dedented(lines: Sequence[str]) -> list[str]:
    """Without the indentation that the first line has; a block may show the inside of a function."""
    first = next(line for line in lines if line.strip())
    prefix = first[: len(first) - len(first.lstrip(" \t"))]
    if not indentation(first) or not all(line.startswith(prefix) or not line.strip() for line in lines):
        return list(lines)
    return [line[len(prefix) :] if line.strip() else "" for line in lines]
