"""The command ``errata``: arguments in, a report and an exit status out.

Exit status, the highest that applies:

=== ==========================================================================================
0   every review is complete and has no finding at or above ``--fail-on``
1   there is such a finding, or a review is incomplete (never with ``--fail-on never``)
2   bad arguments, an article that cannot be read, or a report that cannot be written
3   the harness could not do its work: no sandbox, or a worker lost
130 interrupted (Ctrl-C, SIGTERM, or the terminal was closed); no report is written
=== ==========================================================================================

One bad PATH does not hide the others: it gets its line on standard error, the rest is reviewed and
reported, and the status is 2.  Heavy modules are imported inside the command that needs them.
"""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from harness import __version__, console
from harness.cli._status import Status

#: In the order of ``--help``; each is a module of this package.
COMMANDS = ("review", "explain", "report", "run", "bench", "prove", "apply", "new", "fetch", "cache")


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``errata`` with these arguments (the process's own by default); returns the exit status."""
    given = list(sys.argv[1:] if argv is None else argv)
    arguments, unknown = _parser(*given[:1]).parse_known_args(given)
    if unknown:
        arguments.refuse(f"unrecognized arguments: {' '.join(unknown)}")
    # A cancelled job and a closed terminal should leave as little behind as Ctrl-C does; nohup is left alone.
    ending = [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is not signal.SIG_IGN]
    before = {one: signal.signal(one, signal.default_int_handler) for one in ending}
    try:
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        console.complain("interrupted; no report was written")
        return Status.INTERRUPTED
    except Exception as error:  # Python's own exit status would be 1, which means findings
        return _told(error)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _told(error: Exception) -> Status:
    """Say what went wrong, a line each; only a fault of our own shows a traceback."""
    from harness.data import DataError
    from harness.errata import ErrataError
    from harness.listing import ArticleError
    from harness.pipeline.cluster import ClusterError
    from harness.pipeline.journal import JournalError
    from harness.report import BenchError, OutputError
    from harness.sandbox import SandboxFailed, SandboxUnavailable

    if isinstance(error, SandboxUnavailable | SandboxFailed | ClusterError):
        console.complain(*str(error).splitlines())  # one line a backend
        return Status.HARNESS
    bad_input = (ArticleError, DataError, ErrataError, OutputError, JournalError, BenchError)
    if isinstance(error, bad_input):
        console.complain(*str(error).splitlines())
        return Status.BAD_INPUT
    import traceback

    traceback.print_exception(error)
    console.complain("this is a fault of errata itself; please report it with the lines above")
    return Status.HARNESS


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; the usage is one ``--help`` away."""

    def error(self, message: str) -> NoReturn:
        console.complain(f"{message}; see {self.prog} --help")
        raise SystemExit(int(Status.BAD_INPUT))


def _parser(first: str = "") -> argparse.ArgumentParser:
    """Of the command that the first argument names only, where it names one: the others take time."""
    parser = _Parser(prog="errata", description="Runs tutorials as printed and says what is wrong, by line.")
    parser.add_argument("--version", action="version", version=f"errata {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in (first,) if first in COMMANDS else COMMANDS:
        command = importlib.import_module(f"{__name__}.{name}")
        own = commands.add_parser(name, help=command.HELP)
        command.add_arguments(own)
        own.set_defaults(refuse=own.error)  # whose help tells what the command takes
    return parser
