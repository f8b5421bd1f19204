"""What reports say of the tool that wrote them."""

from __future__ import annotations

from harness import __version__
from harness.report import Tool


def this_tool() -> Tool:
    """This installation, which can explain its rules."""
    return Tool(__version__, explain=_explain)


def _explain(rule: str) -> str | None:
    from harness import rules  # only some formats ask

    return rules.explain(rule) if rule in rules.names() else None
