"""Rules: pure functions from evidence to findings, one file each, registered by being there.

A rule is a module of this package whose name does not begin with an underscore.  It has

* a docstring: one sentence, then the five headings of ``HEADINGS`` in that order (Markdown);
* ``SEVERITY``: a :class:`harness.model.Severity`;
* ``NEEDS``: "source" (the listing is enough), "trace" or "probe";
* ``find(evidence) -> Iterable[Match]``;
* optionally ``ECHO_OF``: names of rules whose findings make this rule's findings mere echoes;
* optionally ``FALLBACK = True``: runs last, for faults that no other rule explains.

A file that lacks one of these, or has it wrong, fails at load with a message naming the file.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from harness.model import Severity
from harness.rules._evidence import Evidence, Match

HEADINGS = ("What it finds", "Why it is wrong", "Example", "Read instead", "Known limits")
_NEEDS = ("source", "trace", "probe")


class RuleError(Exception):
    """A rule file that does not keep to the form; the message names the file and what to do."""


class UnknownRuleError(KeyError):
    """No rule of that name; the message offers near names."""


@dataclass(frozen=True)
class Rule:
    """A rule as loaded from its file."""

    name: str
    severity: Severity
    needs: str
    summary: str
    page: str  # Markdown, headings included
    find: Callable[[Evidence], Iterable[Match]]
    echo_of: tuple[str, ...] = ()
    fallback: bool = False


def _sections(page: str) -> list[str]:
    return re.findall(r"^## (.+)$", page, flags=re.MULTILINE)


def rule_from_module(module: ModuleType) -> Rule:
    """Check a rule's file and return the rule.  Raises RuleError saying what is wrong where."""
    file = module.__name__.replace(".", "/") + ".py"
    page = (module.__doc__ or "").strip()
    if tuple(_sections(page)) != HEADINGS:
        raise RuleError(
            f"{file}: its docstring has the headings {_sections(page)}, expected {list(HEADINGS)}, "
            "each as '## Heading', in this order."
        )
    severity = getattr(module, "SEVERITY", None)
    if not isinstance(severity, Severity):
        raise RuleError(f"{file}: SEVERITY is {severity!r}, expected a harness.model.Severity.")
    needs = getattr(module, "NEEDS", None)
    if needs not in _NEEDS:
        raise RuleError(f"{file}: NEEDS is {needs!r}, expected one of {list(_NEEDS)}.")
    find = getattr(module, "find", None)
    if not callable(find):
        raise RuleError(f"{file}: it defines no function find(evidence).")
    return Rule(
        name=module.__name__.rsplit(".", 1)[-1].replace("_", "-"),
        severity=severity,
        needs=needs,
        summary=page.split("\n\n", 1)[0].replace("\n", " "),
        page=page,
        find=find,
        echo_of=tuple(getattr(module, "ECHO_OF", ())),
        fallback=bool(getattr(module, "FALLBACK", False)),
    )


@cache
def load() -> tuple[Rule, ...]:
    """All rules, by name.  Raises RuleError where a file is wrong or an echo names no rule."""
    rules = tuple(
        rule_from_module(importlib.import_module(f"{__name__}.{info.name}"))
        for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name)
        if not info.name.startswith("_")
    )
    known = {rule.name for rule in rules}
    for rule in rules:
        missing = sorted(set(rule.echo_of) - known)
        if missing:
            raise RuleError(f"rule {rule.name}: ECHO_OF names {missing}, and there are no such rules.")
    return rules


def names() -> list[str]:
    """The names of all rules, sorted."""
    return [rule.name for rule in load()]


def get(name: str) -> Rule:
    """The rule of that name.  Raises UnknownRuleError."""
    for rule in load():
        if rule.name == name:
            return rule
    raise UnknownRuleError(name)


def summary(name: str) -> str:
    """The rule's first sentence."""
    return get(name).summary


def explain(name: str) -> str:
    """The rule's page as Markdown: title, severity, and the five sections."""
    rule = get(name)
    return f"# {rule.name} ({rule.severity})\n\n{rule.page}\n"
