"""Arguments that several commands take: the budget, the backend, the data, confinement."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from harness.model import Budget, Limits

if TYPE_CHECKING:
    from harness.pipeline import Options
    from harness.pipeline.journal import Journal

_BACKENDS = ("tensorflow", "jax", "torch")
_BOTH = "both"
_JOURNAL = "errata-reviews.jsonl"


def add_run_options(
    parser: argparse.ArgumentParser,
    *,
    seconds: float | None = None,
    updates: bool = True,
    usual: int = Budget().updates,
) -> None:
    """How articles are run; ``updates``: whether training is cut short, ``usual``: after how many."""
    add = parser.add_argument
    parser.set_defaults(keras=None)
    add("--backend", choices=_BACKENDS, default="tensorflow", help="default: tensorflow")
    if updates:
        add("--updates", type=count, default=usual, metavar="N", help=f"training updates a loop ({usual})")
    else:
        parser.set_defaults(updates=usual)
    help_ = f"wall time a run ({seconds or Limits().wall_seconds:g})"
    add("--seconds", type=_seconds, default=seconds, metavar="N", help=help_)
    add("--mnist", type=place, metavar="PATH", help="an mnist.npz to use (default: found or embedded)")
    add("--cold", action="store_true", help="start every run afresh (default: fork a process that is ready)")
    add("--unsafe", action="store_true", help="run WITHOUT confinement, with all your rights")


def add_keras(parser: argparse.ArgumentParser) -> None:
    """On which Keras articles run, and with which other one that is compared."""
    help_ = "run on Keras 2 (legacy: tf_keras) or 3 (default); both: tell what worked on 2"
    parser.add_argument("--keras", action="append", type=_keras, metavar="2|3|both", help=help_)


def add_jobs(parser: argparse.ArgumentParser) -> None:
    """How many runs at once."""
    parser.add_argument(
        "--jobs", type=count, metavar="N", help="runs at the same time (default: as cores and memory allow)"
    )


def add_cache(parser: argparse.ArgumentParser) -> None:
    """Whether what was answered before is answered from memory."""
    help_ = "run everything, whatever was run before, and keep nothing"
    parser.add_argument("--no-cache", dest="cache", action="store_false", help=help_)


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Where reviews are made, and where finished ones are kept meanwhile."""
    add = parser.add_argument
    add("--cluster", type=_address, metavar="ADDRESS", help="a Dask scheduler (tcp://HOST:PORT), or local")
    help_ = f"append each finished review there (with --cluster: {_JOURNAL})"
    add("--journal", type=place, metavar="FILE", help=help_)
    add("--resume", action="store_true", help="go on where the journal ends")


def journal(arguments: argparse.Namespace) -> Journal | None:
    """The journal that is to be kept, not entered yet."""
    path = arguments.journal or (Path(_JOURNAL) if arguments.cluster or arguments.resume else None)
    if path is None:
        return None
    from harness.pipeline.journal import Journal

    return Journal(path, resume=arguments.resume)


def jobs(arguments: argparse.Namespace) -> int:
    """The number of runs at the same time."""
    from harness.pipeline import default_jobs

    return arguments.jobs or default_jobs()


def options(arguments: argparse.Namespace) -> Options:
    """The pipeline's options.  Raises DataError where the data that were named are of no use."""
    from harness import pipeline

    if arguments.mnist:
        from harness.data import find_mnist

        find_mnist(arguments.mnist)  # a bad file is known before anything has run
    versions = {version for given in arguments.keras or () for version in given}
    usual = pipeline.Options(
        budget=Budget(updates=arguments.updates),
        backend=arguments.backend,
        keras=3 if not versions or 3 in versions else 2,
        against=2 if versions == {2, 3} else None,
        mnist=arguments.mnist,
        unsafe=arguments.unsafe,
        warm=not arguments.cold,
        cache=getattr(arguments, "cache", False),
    )
    return pipeline.with_seconds(usual, arguments.seconds) if arguments.seconds else usual


def place(text: str) -> Path:
    """A file or folder, as an argument.  Nothing would be the working folder, which nobody means by it."""
    if not text:
        raise argparse.ArgumentTypeError("found an empty name, expected that of a file or folder")
    return Path(text)


def count(text: str) -> int:
    """A whole number from 1 on, as an argument."""
    if not text.isascii() or not text.isdigit() or not 1 <= len(text) <= 9 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number from 1 on")
    return int(text)


def _keras(text: str) -> tuple[int, ...]:
    """The versions that one ``--keras`` names."""
    from harness.run import legacy

    if text not in (_BOTH, *(str(version) for version in legacy.VERSIONS)):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected 2, 3 or both")
    if text != "3" and not legacy.installed():
        raise argparse.ArgumentTypeError(
            "Keras 2 needs a package that is not installed; next: pip install 'errata[keras2]'"
        )
    return legacy.VERSIONS if text == _BOTH else (int(text),)


def _address(text: str) -> str:
    if text != "local" and not re.fullmatch(r"(tcp|tls)://[^/\s]+:\d+", text):
        raise argparse.ArgumentTypeError(
            f"found {text!r}, expected tcp://HOST:PORT, tls://HOST:PORT or local"
        )
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 7 * 86400:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected seconds, more than 0 and at most a week")
    return seconds
