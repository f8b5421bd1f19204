"""The rules' pages as files: one for each rule, and an index."""

from __future__ import annotations

from collections.abc import Sequence

from harness.model import Severity
from harness.rules import Rule, explain, load

INDEX = "README.md"

_HEAD = """\
# The rules

Every mistake that Errata knows, by severity. Each page says what the rule finds, why that is wrong, an
example, what to read instead, and where the rule's limits are; `errata explain NAME` prints the same. The
pages are written from the rules' own files by

```
.venv/bin/errata explain --pages docs/rules
```
"""
_MEANING = {
    Severity.ERROR: "It cannot do what the article says.",
    Severity.WARNING: "It works worse than it should, or by luck.",
    Severity.NOTE: "Prose, style or waste.",
}
_NEEDS = {"source": "the text", "trace": "the run", "probe": "a measurement after the run"}


def pages() -> dict[str, str]:
    """The text of every page by its file's name."""
    return {INDEX: _index(load()), **{f"{rule.name}.md": explain(rule.name) for rule in load()}}


def _index(rules: Sequence[Rule]) -> str:
    parts = [_HEAD]
    for severity, meaning in _MEANING.items():
        own = [rule for rule in rules if rule.severity is severity]
        parts.append(
            f"\n## {severity.capitalize()}s: {len(own)}\n\n{meaning}\n\n| rule | in short | judged by |\n"
        )
        parts.append("| --- | --- | --- |\n")
        parts += [f"| [{r.name}]({r.name}.md) | {r.summary} | {_NEEDS[r.needs]} |\n" for r in own]
    return "".join(parts)
