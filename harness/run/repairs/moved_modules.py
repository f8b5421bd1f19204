"""Rewrites imports of modules and names that a library has moved."""

from __future__ import annotations

import ast
import builtins
from dataclasses import replace

from harness.knowledge.changes import Change, changes
from harness.knowledge.imports import well_known
from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import exists, tree


def repair(context: FaultContext) -> Proposal | None:
    if not isinstance(context.error, ImportError):
        return None
    statement = tree(context)
    if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        return _from_import(context, statement, statement.module)
    if isinstance(statement, ast.Import):
        return _plain_import(context, statement)
    return None


def _from_import(context: FaultContext, statement: ast.ImportFrom, module: str) -> Proposal | None:
    """Split the import by where each of its names lives now; names that live nowhere are left out."""
    homes: dict[str, list[str]] = {}
    moved: list[Change] = []
    dropped: list[str] = []
    for alias in statement.names:
        home, change = _home(context, module, alias.name)
        if home is None:
            dropped.append(alias.asname or alias.name)
            continue
        moved += [change] if change else []
        parent, _, last = home.rpartition(".")
        bound = alias.asname or alias.name
        homes.setdefault(parent, []).append(last if last == bound else f"{last} as {bound}")
    if not homes or not (moved or dropped):
        return None
    lines = [_line(home, items) for home, items in homes.items()]
    if dropped and not moved:
        moved = [changes().name(f"{module}.{dropped[0]}") or Change(old=f"{module}.{dropped[0]}")]
    return _proposal(context, _rule(module, moved), moved, lines, dropped)


def _rule(module: str, moved: list[Change]) -> str:
    if any(change.removed and module.startswith(change.old) for change in moved):
        return "removed-module"
    return "removed-attribute" if any(change.removed for change in moved) else "wrong-module"


def _home(context: FaultContext, module: str, name: str) -> tuple[str | None, Change | None]:
    """A name's full name today and the change that moved it; (None, None) where it has none."""
    old = f"{module}.{name}"
    if name == "*":
        change = changes().module(module)
        return (f"{change.new}.*", change) if change and exists(change.new) else (None, None)
    if exists(old):
        return old, None
    renamed = changes().name(old) or changes().module(old)
    if renamed:
        new = renamed.successor(context.program)
        return (new, replace(renamed, new=new)) if exists(new) else (None, None)
    change = changes().module(module)
    if change and change.new:
        target = f"{change.new}.{name}"
        later = changes().name(target)
        target = later.new if later else target
        if exists(target):
            return target, change
    known = well_known().keras.get(name)
    prefixes = ("tensorflow.keras", "tensorflow.python.keras", "keras")
    prefix = next((p for p in prefixes if module == p or module.startswith(f"{p}.")), None)
    if known and prefix:
        target = f"{known.replace('keras', prefix.replace('.python', ''), 1)}.{name}"
        home = replace(change, new=target.rpartition(".")[0]) if change else Change(old=old, new=target)
        return (target, home) if exists(target) else (None, None)
    return None, None


def _plain_import(context: FaultContext, statement: ast.Import) -> Proposal | None:
    if len(statement.names) != 1:
        return None
    alias = statement.names[0]
    change = changes().module(alias.name)
    if change is None or not exists(change.new):
        return None
    if alias.asname is None and "." in alias.name:
        return None  # "import a.b" binds "a", and the rest of the article spells out "a.b"
    bound = alias.asname or alias.name
    after = f"import {change.new}" if change.new == bound else f"import {change.new} as {bound}"
    return _proposal(context, "removed-module", [change], [after])


def _proposal(
    context: FaultContext, rule: str, moved: list[Change], lines: list[str], dropped: list[str] | None = None
) -> Proposal:
    # The one that the rule is about, where the names of one import went to several places.
    first = next((one for one in moved if rule == "removed-module" and changes().module(one.old)), moved[0])
    return Proposal(
        rule=rule,
        # One statement in place of one, whatever the number of imports.
        statement=lines[0] if len(lines) == 1 else f"if True: {'; '.join(lines)}",
        bind=None,
        before=context.source,
        after="\n".join(lines),
        evidence={
            "old": first.old,
            "replacement": first.new,
            "removed_in": first.removed,
            "dropped": dropped or [],
            **({"only": first.only} if first.only else {}),
            **({"remark": first.remark} if first.remark else {}),
        },
    )


def _line(home: str, items: list[str]) -> str:
    if home:
        return f"from {home} import {', '.join(items)}"
    # A builtin needs no import, and a module without a package is imported as such.
    return "; ".join(_top_level(*item.split(" as ")) for item in items)


def _top_level(name: str, bound: str | None = None) -> str:
    if hasattr(builtins, name):
        return f"{bound or name} = {name}"
    return f"import {name} as {bound}" if bound else f"import {name}"
