"""``errata explain``: the rules, and the page of each."""

from __future__ import annotations

import argparse
import difflib

from harness import console
from harness.cli._status import Status

HELP = "list the rules, or print one rule's page"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("rule", nargs="?", metavar="RULE")
    parser.set_defaults(run=_explain)


def _explain(arguments: argparse.Namespace) -> Status:
    from harness import rules

    names = rules.names()
    if arguments.rule is None:
        width = max(map(len, names), default=0)
        console.write("".join(f"{name:<{width}}  {rules.summary(name)}\n" for name in names))
    elif arguments.rule in names:
        console.write(rules.explain(arguments.rule))
    else:
        near = difflib.get_close_matches(arguments.rule, names, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        console.complain(f"there is no rule {arguments.rule!r}; {hint}errata explain lists them all")
        return Status.BAD_INPUT
    return Status.CLEAN
