"""``errata cache``: what was answered before, and how much room it takes."""

from __future__ import annotations

import argparse

from harness import console
from harness.cli._options import count
from harness.cli._status import Status

HELP = "show, prune or clear what is kept of earlier reviews"
_ACTIONS = {
    "size": "how much is kept, and where",
    "prune": "drop what was used longest ago",
    "clear": "drop everything",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    told = "; ".join(f"{name}: {meaning}" for name, meaning in _ACTIONS.items())
    parser.add_argument("action", nargs="?", choices=_ACTIONS, default="size", help=f"{told} (default: size)")
    parser.add_argument("--to", type=count, default=64, metavar="MB", help="prune to this size (64)")
    parser.set_defaults(run=_cache)


def _cache(arguments: argparse.Namespace) -> Status:
    from harness.pipeline.answers import store

    kept = store()
    if arguments.action == "size":
        use = kept.use()
        console.write(f"{kept.folder}: {_answers(use.answers)}, {_megabytes(use.bytes)}\n")
        return Status.CLEAN
    gone = kept.clear() if arguments.action == "clear" else kept.prune(arguments.to * 2**20)
    console.write(f"dropped {_answers(gone.answers)}, {_megabytes(gone.bytes)}\n")
    return Status.CLEAN


def _answers(number: int) -> str:
    return "1 answer" if number == 1 else f"{number} answers"


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.1f} MB"
