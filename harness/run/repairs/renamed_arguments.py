"""Renames or drops keyword arguments that a function no longer takes, or never took."""

from __future__ import annotations

import ast
import difflib
import inspect
import re

from harness.knowledge.changes import Change, changes
from harness.run.ignored import SILENTLY
from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import dotted, lookup, own_nodes, replaced, span, spliced, text, tree

_REFUSALS = (
    re.compile(r"got (?:an )?unexpected keyword argument '(\w+)'", re.IGNORECASE),
    re.compile(r"'(\w+)' is an invalid keyword argument"),
    re.compile(r"[Ii]nvalid keyword argument\(s\) in `compile\(\)`: .*?'(\w+)'"),
)
_REFUSED_MANY = re.compile(
    r"(?:Argument\(s\) not recognized|Arguments not recognized|"
    r"Unrecognized keyword arguments passed to \w+): \{(.*)",
    re.DOTALL,
)
_SHORTENED = 3  # letters, with which a name may be cut short: ``std`` for ``stddev``
_MISSING = re.compile(r"missing \d+ required positional arguments?: (.*)")


def repair(context: FaultContext) -> Proposal | None:
    if not isinstance(context.error, TypeError | ValueError):
        return None
    statement = tree(context)
    if statement is None:
        return None
    refused = [
        (call, keyword, owners)
        for call in own_nodes(statement)
        if isinstance(call, ast.Call)
        for owners in [_owners(context, call)]
        for keyword in call.keywords
        if keyword.arg is not None and _is_refused(context.message, keyword.arg, owners)
    ]
    # What the table knows goes first: a refusal may name arguments that are right as well.
    for call, keyword, owners in refused:
        known = changes().argument(owners, keyword.arg or "")
        if known is not None:
            return _proposal(context, call, keyword, known, owners)
    for call, keyword, owners in refused:
        near = _near(context, call, keyword.arg or "")
        if near is not None:
            return _proposal(context, call, keyword, near, owners)
    return None


def _owners(context: FaultContext, call: ast.Call) -> list[str]:
    """The names under which the table may know the callee, the most specific first."""
    path = dotted(call.func)
    target = lookup(context, path) if path else None
    if isinstance(target, type):
        names = [base.__name__ for base in target.__mro__]
    else:
        names = [path[-1]] if path else []
        names += [call.func.attr] if isinstance(call.func, ast.Attribute) else []
    if "Argument(s) not recognized" in context.message:
        names.append("Optimizer")
    return list(dict.fromkeys(names))


def _is_refused(message: str, argument: str, owners: list[str]) -> bool:
    """Whether the message complains of this keyword, or misses what the keyword is called now."""
    for pattern in _REFUSALS:
        if argument in pattern.findall(message):
            return True
    many = _REFUSED_MANY.search(message)
    if many and re.search(rf"'{argument}':", many.group(1)):
        return True
    missing = _MISSING.search(message)
    change = changes().argument(owners, argument)
    return bool(missing and change and f"'{change.new}'" in missing.group(1))


def _near(context: FaultContext, call: ast.Call, argument: str) -> Change | None:
    """For an argument that the table does not know: the parameter it nearly spells, or none.

    Functions of the article itself are left alone: the mistake may be in the definition.
    """
    path = dotted(call.func)
    target = lookup(context, path) if path else None
    module = getattr(target, "__module__", None)
    if target is not None and module == context.namespace.get("__name__"):
        return None
    if target is None and path and len(path) > 1:
        target = _method(context, path)
    near: list[str] = []
    if callable(target):
        try:
            parameters = [name for name in inspect.signature(target).parameters if name != "kwargs"]
        except (TypeError, ValueError):
            parameters = []
        near = difflib.get_close_matches(argument, parameters, n=1, cutoff=0.8)
        longer = [name for name in parameters if name.startswith(argument) and len(argument) >= _SHORTENED]
        near = near or longer if len(longer) == 1 else near
    return Change(old=argument, new=near[0] if near else "")


def _method(context: FaultContext, path: list[str]) -> object | None:
    """The method of an object's class, as a library defines it."""
    holder = lookup(context, path[:-1])
    found = None if holder is None else inspect.getattr_static(type(holder), path[-1], None)
    own = getattr(found, "__module__", None) == context.namespace.get("__name__")
    return None if own else found


def _proposal(
    context: FaultContext, call: ast.Call, keyword: ast.keyword, change: Change, owners: list[str]
) -> Proposal:
    before = text(context, keyword)
    if change.new and all(other.arg != change.new for other in call.keywords):
        value = text(context, keyword.value)
        if isinstance(keyword.value, ast.Constant) and keyword.value.value in change.values:
            value = repr(change.values[str(keyword.value.value)])
        after = f"{change.new}={value}"
        statement = replaced(context.source, [(keyword, after)])
        if before not in context.program and f"{keyword.arg}=" in context.program:
            # An earlier repair has already rewritten the value: show the name alone.
            before, after = f"{keyword.arg}=", f"{change.new}="
    else:
        after = ""
        statement = spliced(context.source, [_with_comma(context.source, call, keyword)])
        before = context.source[slice(*_with_comma(context.source, call, keyword)[:2])]
    return Proposal(
        rule="removed-argument" if change.removed else "unknown-argument",
        statement=statement,
        bind=None,
        before=before,
        after=after,
        evidence={
            "argument": change.old,
            "replacement": change.new,
            "removed_in": change.removed,
            "callable": owners[0] if owners else text(context, call.func),
            **({"ignored": True} if SILENTLY in context.message else {}),
            **({"remark": change.remark} if change.remark else {}),
        },
    )


def _with_comma(source: str, call: ast.Call, keyword: ast.keyword) -> tuple[int, int, str]:
    """The range of a keyword together with the comma that goes with it."""
    start, end = span(source, keyword)
    after = re.match(r"\s*,\s*", source[end:])
    if after and keyword is not call.keywords[-1]:
        return start, end + after.end(), ""
    before = re.search(r",\s*$", source[:start])
    return (before.start() if before else start), end, ""
