"""``errata bench``: how fast the corrected programs train."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from harness import console, progress
from harness.cli._articles import add_articles, folders
from harness.cli._options import place
from harness.cli._status import Status
from harness.report import BenchError, Destination, bench_json, bench_page, bench_text, read_bench

HELP = "measure how fast the corrected programs train"

_BACKENDS = ("tensorflow", "jax", "torch")
_FORMATS = {"text": bench_text, "json": bench_json, "html": bench_page}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_articles(parser)
    add = parser.add_argument
    add("--backend", type=_backends, default=("tensorflow",), metavar="NAMES", help="of tensorflow,jax,torch")
    add("--device", choices=("cpu", "gpu"), default="cpu", help="default: cpu; a GPU needs --unsafe")
    add("--quick", action="store_true", help="only each program's own batch size: 2 to 4 minutes, not 15")
    add("--format", choices=tuple(_FORMATS), default="text", help="default: text")
    add("--output", type=place, metavar="FILE", help="where the report goes (default: standard output)")
    add(
        "--compare",
        type=place,
        metavar="OLD.json",
        help="tell what changed since; a regression gives status 1",
    )
    add("--show", type=place, metavar="FILE.json", help="measure nothing, report what this file holds")
    add("--mnist", type=place, metavar="PATH", help="an mnist.npz to use (default: found or embedded)")
    add("--unsafe", action="store_true", help="run WITHOUT confinement, with all your rights")
    parser.set_defaults(run=_bench)


def _bench(arguments: argparse.Namespace) -> Status:
    old = _read(arguments.compare) if arguments.compare else None
    with ExitStack() as stack:
        file = stack.enter_context(Destination(arguments.output)) if arguments.output else None
        document, interrupted = (_read(arguments.show), False) if arguments.show else _measured(arguments)
        report = _FORMATS[arguments.format](document)
        if file:
            file.write(report)
        else:
            console.write(report)
    if interrupted:
        console.complain("interrupted; the report holds what had been measured")
        return Status.INTERRUPTED
    return _compared(old, document) if old else Status.CLEAN


def _measured(arguments: argparse.Namespace) -> tuple[Mapping[str, Any], bool]:
    """The document, and whether it was cut short.  Raises KeyboardInterrupt where nothing was measured."""
    from harness.pipeline import benching
    from harness.pipeline.options import Options

    if arguments.device == "gpu" and not arguments.unsafe:
        raise BenchError(
            "--device gpu: the sandbox shows no GPU to what runs in it; "
            "add --unsafe if you trust the programs"
        )
    chosen = benching.subjects(
        folders(arguments.slugs, arguments.articles), arguments.fixed, arguments.backend, arguments.device
    )
    options = Options(mnist=arguments.mnist, unsafe=arguments.unsafe)
    document: Mapping[str, Any] = {}
    try:
        with progress.line() as show:
            for made in benching.bench(chosen, options, "quick" if arguments.quick else "full", show):
                document = made.document()
    except KeyboardInterrupt:
        if not document:
            raise
        return document, True
    return document, False


def _compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> Status:
    """Tell what changed, on standard error: the report itself may be on standard output."""
    from harness.measure.throughput.compare import compare, regressed

    changes = compare(old, new)
    if old["machine"]["processor"] != new["machine"]["processor"]:
        console.complain(
            f"measured on another processor before ({old['machine']['processor']}): compare with care"
        )
    console.complain(*(str(change) for change in changes))
    return Status.FINDINGS if regressed(changes) else Status.CLEAN


def _read(path: Path) -> Mapping[str, Any]:
    try:
        return read_bench(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise BenchError(f"{path}: it cannot be read ({error})") from error


def _backends(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in _BACKENDS:
            raise argparse.ArgumentTypeError(f"found {name!r}, expected some of {','.join(_BACKENDS)}")
    return names
