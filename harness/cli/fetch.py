"""``errata fetch``: download a full data set, on purpose."""

from __future__ import annotations

import argparse

from harness import console
from harness.cli._status import Status

HELP = "download the full data set (reviews do not need it)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("data", choices=("mnist",))
    parser.set_defaults(run=_fetch)


def _fetch(arguments: argparse.Namespace) -> Status:
    from harness.data import DataError, fetch_mnist

    try:
        console.write(f"{fetch_mnist()}\n")
    except DataError as error:
        console.complain(str(error))
        return Status.BAD_INPUT
    except OSError as error:
        console.complain(f"{error.filename or 'the cache folder'}: cannot be written ({error.strerror})")
        return Status.BAD_INPUT
    return Status.CLEAN
