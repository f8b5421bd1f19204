"""A name is used that nothing defines.

## What it finds

Names that the code reads although no statement of the article binds them: a function that is only
described in the text, a model that is never built, a misspelt variable. Also names that are bound
only further down than the statement that needs them, where the run came upon it.

## Why it is wrong

The code stops there with `NameError`, and whatever follows is never reached.

## Example

```python
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
```

## Read instead

```python
import keras

discriminator = keras.Sequential([keras.Input((784,)), keras.layers.Dense(1, activation="sigmoid")])
discriminator.compile(loss="binary_crossentropy", optimizer="adam")
```

## Known limits

Silent where a star import, `exec` or `globals()` may bind names, and for a name that a `try` block
is there to test. Names lost because the statement that binds them failed are not reported: that
statement is.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import replace

from harness.knowledge.imports import import_for
from harness.model import Fix, Repair, Severity
from harness.rules._evidence import Evidence, Match
from harness.rules._mended import dropped_names, undefined_name
from harness.rules._names import Use, bound_in, first_use, undefined
from harness.rules._notebooks import given_by_notebook

SEVERITY = Severity.ERROR
NEEDS = "source"


def find(evidence: Evidence) -> Iterator[Match]:
    reported = set()
    for use in undefined(evidence):
        reported.add(use.name)
        if import_for(use.name, evidence.listing.text, called=use.called) is None:
            yield _match(evidence, use, _never(evidence, use))
    mended = {repair.evidence.get("name") for repair in evidence.repairs if repair.rule == "missing-import"}
    for fault in evidence.faults:
        name = undefined_name(fault)
        if name is None or name in reported or name in mended or name in dropped_names(evidence):
            continue
        if given_by_notebook(evidence, name):
            continue
        reported.add(name)
        if fault.line is None:
            continue
        later = _bound_after(evidence, name, fault.line)
        if later is not None:
            here = Use(name, fault.line, fault.end_line, False)
            again = _shown_again(evidence, fault.line)
            message = f"`{name}` is used here before line {later} binds it; move it up."
            if again is not None:
                message = (
                    f"This is shown ahead: `{name}` is bound in line {later} only, and line {again} says the "
                    "same in its place."
                )
            match = _match(evidence, here, message)
            yield match if again is None else replace(match, severity=Severity.NOTE)
        else:
            first = first_use(evidence, name)
            if first is not None:
                yield _match(evidence, first, _never(evidence, first))


def _match(evidence: Evidence, use: Use, message: str) -> Match:
    return Match(
        use.line,
        message,
        end_line=use.end_line,
        evidence={"name": use.name},
        fix=next((Fix("", r.after) for r in _mended(evidence) if r.evidence.get("name") == use.name), None),
        explains=tuple(fault.seq for fault in evidence.faults if undefined_name(fault) == use.name),
    )


def _never(evidence: Evidence, use: Use) -> str:
    name = use.name
    makers = [
        statement
        for statement in evidence.tree.body
        if isinstance(statement, ast.FunctionDef) and re.fullmatch(rf"[a-z]+_{name}(_model)?", statement.name)
    ]
    if makers:
        return (
            f"`{name}` is used here and defined nowhere in the article: `{makers[0].name}()` of line "
            f"{makers[0].lineno} may be meant to make it, and is not called for it. Write "
            f"`{name} = {makers[0].name}()` before."
        )
    # What stands in the same statement already is hardly meant, nor what it is about to bind.
    others = bound_in(evidence.tree) - {name} - _named_at(evidence, use)
    near = difflib.get_close_matches(name, sorted(others), n=1, cutoff=0.8)
    hint = f" Did you mean `{near[0]}`?" if near else " Define it before, or show where it comes from."
    return f"`{name}` is used here and defined nowhere in the article.{hint}"


def _named_at(evidence: Evidence, use: Use) -> set[str]:
    """The names in the simple statement that reads a name."""
    statements = (n for n in evidence.nodes if isinstance(n, ast.stmt) and not hasattr(n, "body"))
    around = [n for n in statements if n.lineno <= use.line <= (n.end_lineno or n.lineno)]
    return {n.id for statement in around for n in ast.walk(statement) if isinstance(n, ast.Name)}


def _mended(evidence: Evidence) -> list[Repair]:
    return [repair for repair in evidence.repairs if repair.rule == "undefined-name"]


def _shown_again(evidence: Evidence, line: int) -> int | None:
    """The line of a later statement of the same words, as in articles that begin with what they come to."""
    top = [s for s in evidence.tree.body if s.lineno <= line <= (s.end_lineno or s.lineno)]
    if not top:
        return None
    alike = (s for s in evidence.tree.body if s.lineno > line and ast.dump(s) == ast.dump(top[0]))
    return next((s.lineno for s in alike), None)


def _bound_after(evidence: Evidence, name: str, line: int) -> int | None:
    """The first line after ``line`` that binds a module-level name."""
    return next(
        (
            statement.lineno
            for statement in evidence.tree.body
            if statement.lineno > line and name in bound_in(ast.Module([statement], []))
        ),
        None,
    )
