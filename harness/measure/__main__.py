"""Checks one program in a process of its own: ``python -m harness.measure PROGRAM --check structure``.

The backend is that of ``KERAS_BACKEND``.  Exit status: 0 all checks hold, 1 some fail, 2 the program
cannot be measured.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.data import DataError, embedded_mnist, find_mnist
from harness.knowledge.optional import import_keras

if TYPE_CHECKING:
    from harness.measure.convergence import Trained
    from harness.measure.results import Outcome

CHECKS = ("structure", "gradients", "convergence")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if not options.program.is_file():
        return _refused(f"{options.program}: no such file; expected a Python program")
    # Frameworks are imported only for arguments that make sense.
    import_keras(os.environ.get("KERAS_BACKEND"))
    import keras

    from harness.measure.program import ProgramError
    from harness.measure.results import CheckFailed, as_json

    try:
        found, runs = _measure(options)
    except (ProgramError, DataError) as error:
        return _refused(str(error))
    document = {
        "program": str(options.program),
        "backend": keras.backend.backend(),
        "keras": keras.__version__,
        "checks": [as_json(outcome) for outcome in found],
        "runs": [asdict(run) for run in runs],
    }
    print(json.dumps(document) if options.json else _text(document))
    return int(any(isinstance(outcome, CheckFailed) for outcome in found))


def _refused(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2


def _measure(options: argparse.Namespace) -> tuple[list[Outcome], list[Trained]]:
    data = find_mnist(options.mnist) if options.mnist else embedded_mnist()
    found = _built(options, data)
    if "convergence" not in options.check:
        return found, []
    runs, outcomes = _trained(options, data)
    return [*found, *outcomes], runs


def _built(options: argparse.Namespace, data: Path) -> list[Outcome]:
    """Structure and gradients; the latter only where the former hold."""
    from harness.measure.gradients import gradient_checks
    from harness.measure.program import load, pair_of
    from harness.measure.results import CheckFailed
    from harness.measure.steps import step_checks
    from harness.measure.structure import structure

    if not {"structure", "gradients"} & set(options.check):
        return []
    program, seed = options.program.absolute(), options.first_seed
    pair = pair_of(program, load(program, data, seed=seed), data)
    found = [*structure(pair, seed)] if "structure" in options.check else []
    if "gradients" in options.check and not any(isinstance(outcome, CheckFailed) for outcome in found):
        found += (*gradient_checks(pair, seed), *step_checks(pair, seed))
    return found


def _trained(options: argparse.Namespace, data: Path) -> tuple[list[Trained], tuple[Outcome, ...]]:
    from harness.measure.convergence import check_improves, check_reaches_floors
    from harness.measure.grid import write_grid
    from harness.measure.results import CheckFailed, outcomes
    from harness.measure.runs import train_program
    from harness.measure.scores import embedded_yardstick

    yardstick = embedded_yardstick()
    runs: list[Trained] = []
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        try:
            run, images = train_program(
                options.program.absolute(), data, yardstick, seed, options.updates, options.milestones
            )
        except CheckFailed as failure:  # it diverged: nothing is left to measure
            return runs, (failure,)
        runs.append(run)
        if options.grid and len(runs) == 1:
            write_grid(options.grid, images)
    return runs, outcomes(partial(check, runs) for check in (check_improves, check_reaches_floors))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m harness.measure", description=__doc__)
    parser.add_argument("program", type=Path, help="a Python file that defines generator and discriminator")
    parser.add_argument("--check", type=_names, default=CHECKS, help=f"of {', '.join(CHECKS)} (default: all)")
    parser.add_argument(
        "--seeds", type=_positive, default=1, help="training runs for convergence (default: 1)"
    )
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--updates", type=_positive, help="end fit after so many")
    parser.add_argument(
        "--milestones", type=counts, default=(), help="updates after which the generator is scored on the way"
    )
    parser.add_argument("--mnist", type=Path, help="archive to train on (default: the embedded images)")
    parser.add_argument("--grid", type=Path, help="PNG file for a hundred images of the first run")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    return parser


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in CHECKS]:
        raise argparse.ArgumentTypeError(
            f"unknown check {unknown[0]!r}, expected some of {', '.join(CHECKS)}"
        )
    return names


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number from 1")
    return int(text)


def counts(text: str) -> tuple[int, ...]:
    return tuple(_positive(part) for part in text.split(","))


def _text(document: dict[str, Any]) -> str:
    lines = [f"{document['program']} (Keras {document['keras']} on {document['backend']})"]
    for check in document["checks"]:
        detail = check.get("reason") or (
            f"expected {check['expected']}; found {check['actual']}" if check["status"] == "failed" else ""
        )
        lines.append(f"  {check['status']:8}{check['check']}{': ' + detail if detail else ''}")
    for run in document["runs"]:
        scores = ", ".join(
            f"{name} {run['before'][name]:.2f} -> {run['after'][name]:.2f}"
            for name in ("frechet", "coverage")
        )
        lines.append(
            f"  seed {run['seed']}: {scores}, digits {run['after']['digits']}, {run['seconds']:.1f} s"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
