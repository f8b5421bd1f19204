"""The code stops with an exception.

## What it finds

Every exception that the article's code did not handle and that no other rule explains. Failures that
only follow from it, because a name was never bound, are listed as its consequences.

## Why it is wrong

Run as printed, the code ends here; a reader gets a traceback instead of what the article promises.

## Example

```python
values = [1, 2, 3]
print(values[3])
```

## Read instead

```python
values = [1, 2, 3]
print(values[2])
```

## Known limits

Only statements that were reached are seen. The line is that of the innermost statement of the article;
the cause may lie earlier. Where a loop was left before its end for the review's sake, a later statement that
misses what the loop would have filled is only noted.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from textwrap import dedent

from harness.model import Fault, LoopLeft, Severity, StatementDone
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import undefined_name
from harness.rules._names import bound_in
from harness.rules._notebooks import given_by_notebook

SEVERITY = Severity.ERROR
NEEDS = "trace"
FALLBACK = True

_OF_TOO_FEW = {"IndexError", "KeyError", "ZeroDivisionError", "UnboundLocalError", "NameError"}
_TOO_FEW = re.compile(r"same first dimension|same length|must be the same size|empty (?:sequence|iterable)")
_PUTTING = {"append", "extend", "insert", "add", "update"}
_LONGEST = 300
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_NUMBER = re.compile(r"\d+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def find(evidence: Evidence) -> Iterator[Match]:
    alike: dict[object, list[Fault]] = {}
    for fault in _faults(evidence):
        kind = _NUMBER.sub("#", readable(fault.message))
        alike.setdefault((fault.line, fault.end_line, fault.type, kind), []).append(fault)
    for fault, *again in alike.values():
        left = _left_loop(evidence, fault)
        why = (
            "" if left is None else f" The review left the loop at line {left.line} early, which may be why."
        )
        yield Match(
            fault.line or 1,
            f"This raises {_spoken(fault.type, fault.message)}{why}",
            end_line=fault.end_line,
            evidence={"exception": fault.type, "raised_in": fault.raised_in},
            explains=(fault.seq, *(other.seq for other in again)),
            severity=None if left is None else Severity.NOTE,
        )


def _faults(evidence: Evidence) -> Iterator[Fault]:
    """Those that nothing else accounts for."""
    unbound = _left_statements(evidence)
    for fault in evidence.unexplained:
        if undefined_name(fault) in unbound or given_by_notebook(evidence, undefined_name(fault)):
            continue
        if not _of_a_broken_graph(evidence, fault):
            yield fault


def _of_a_broken_graph(evidence: Evidence, fault: Fault) -> bool:
    """Whether a graph failed without a word after a statement inside it had to be left out."""
    earlier = (other for other in evidence.of(Fault) if other.statement == fault.statement)
    return fault.message.strip() == "Graph execution error:" and any(o.seq < fault.seq for o in earlier)


def _left_loop(evidence: Evidence, fault: Fault) -> LoopLeft | None:
    """The loop that the review left early, and that was filling what the statement reads.

    Behind the loop, or in its last round, which came early.
    """
    if fault.line is None or not (fault.type in _OF_TOO_FEW or _TOO_FEW.search(fault.message)):
        return None
    try:
        read = {node.id for node in ast.walk(ast.parse(dedent(fault.source))) if isinstance(node, ast.Name)}
    except SyntaxError:
        return None
    for event in evidence.of(LoopLeft):
        if event.line is None or event.seq > fault.seq:
            continue
        if event.end_line < fault.line or (event.last and event.line <= fault.line):
            inside = [n for n in evidence.nodes if event.line <= getattr(n, "lineno", 0) <= event.end_line]
            if any(name in read for node in inside for name in _filled(node)):
                return event
    return None


def _filled(node: ast.AST) -> Iterator[str]:
    """The name that a node assigns, or into which it puts something."""
    filled: ast.AST = node
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        filled = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _PUTTING:
        filled = node.func.value
    elif not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)):
        return
    if isinstance(filled, ast.Name):
        yield filled.id


def _left_statements(evidence: Evidence) -> set[str | None]:
    """Names that a statement would have bound which was left because the time was spent."""
    lines = {event.line for event in evidence.of(StatementDone) if event.status == "timeout"}
    left = [statement for statement in evidence.tree.body if statement.lineno in lines]
    return {name for statement in left for name in bound_in(ast.Module([statement], []))}


def _spoken(kind: str, message: str) -> str:
    text = readable(message).removeprefix(f"{kind}: ")
    return f"{kind}: {text}" if text else f"{kind}."


def readable(message: str) -> str:
    """An exception's message on one line, without terminal codes, paths and the library's inner talk."""
    text = _ANSI.sub("", message)
    text = re.split(r"\n\s*Arguments received by ", text)[0]
    text = re.sub(r"Exception encountered when calling [^\n]*\n\s*", "", text)
    # That Keras tried a layer on placeholders is beside what the layer raised.
    text = re.sub(
        r"^Could not automatically infer the output shape .*?\bError encountered:\s*",
        "",
        text,
        flags=re.DOTALL,
    )
    text = re.sub(r"^in user code:.*\n\s*(\w+(?:Error|Exception|Warning)?: )", r"\1", text, flags=re.DOTALL)
    # The numbers of a tensor say nothing that its shape does not.
    text = re.sub(r",\s*numpy=\s*array\(.*?(?:dtype=\w+\)>|\Z)", ">", text, flags=re.DOTALL)
    text = re.sub(r"\((?:/[^()\s]*)?/([\w.-]+)\)", r"(\1)", text)
    # An address of the web is no path.
    text = re.sub(r"(?<![\w./])/(?:[\w.+-]+/)+([\w.+-]+)", r"\1", text)
    text = _CONTROL.sub(" ", text)
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
