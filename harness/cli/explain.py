"""``errata explain``: the rules, and the page of each."""

from __future__ import annotations

import argparse
import difflib
from pathlib import Path

from harness import console
from harness.cli._options import place
from harness.cli._status import Status

HELP = "list the rules, print one rule's page, or write all pages"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("rule", nargs="?", metavar="RULE")
    parser.add_argument(
        "--pages", type=place, metavar="FOLDER", help="write every rule's page and an index there"
    )
    parser.set_defaults(run=_explain)


def _explain(arguments: argparse.Namespace) -> Status:
    from harness import rules

    names = rules.names()
    if arguments.pages is not None:
        return _write(arguments.pages)
    if arguments.rule is None:
        width = max(map(len, names), default=0)
        console.write("".join(f"{name:<{width}}  {rules.summary(name)}\n" for name in names))
    elif arguments.rule in names:
        console.write(rules.explain(arguments.rule))
    else:
        # Rules are written in small letters with hyphens; whoever writes otherwise means the same.
        meant = arguments.rule.strip().lower().replace("_", "-").replace(" ", "-")
        near = difflib.get_close_matches(meant, names, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        console.complain(f"there is no rule {arguments.rule!r}; {hint}errata explain lists them all")
        return Status.BAD_INPUT
    return Status.CLEAN


def _write(folder: Path) -> Status:
    """Write the pages; a page of a rule that is no more is removed."""
    from harness.rules._pages import pages

    made = pages()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in made.items():
            (folder / name).write_text(text)
        for path in folder.glob("*.md"):
            if path.name not in made and path.read_text().startswith(f"# {path.stem} ("):
                path.unlink()
    except OSError as error:
        console.complain(f"the pages cannot be written to {folder}: {error.strerror}")
        return Status.BAD_INPUT
    console.write(f"{len(made) - 1} pages and an index in {folder}\n")
    return Status.CLEAN
