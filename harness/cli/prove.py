"""``errata prove``: every erratum proven both ways."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness import console, progress, report
from harness.cli._articles import add_articles, folders
from harness.cli._options import add_cache, add_jobs, add_run_options, jobs, options, place
from harness.cli._status import Status

HELP = "prove the errata: each symptom occurs, and each bug brought back is convicted"


#: A proof is many runs, and each looks for one bug that is there from the first update on.
_UPDATES = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_articles(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--record", action="store_true", help="keep the proofs for errata report")
    parser.add_argument(
        "--output", type=place, default=Path("output"), metavar="DIR", help="where they are kept (output)"
    )
    add_jobs(parser)
    add_cache(parser)
    add_run_options(parser, usual=_UPDATES)
    parser.set_defaults(run=_prove)


def _prove(arguments: argparse.Namespace) -> Status:
    from harness import pipeline

    chosen = folders(arguments.slugs, arguments.articles)
    proofs = []
    with progress.line() as show:
        for proof in pipeline.prove(
            chosen, arguments.fixed, options(arguments), jobs=jobs(arguments), progress=show
        ):
            proofs.append(proof)
            if arguments.record:
                console.complain(f"kept {pipeline.record_proofs(proof, arguments.output)}")
            if arguments.format == "text":  # an article takes minutes: each is shown when it is done
                console.write(report.proofs_text([proof]))
    if arguments.format == "json":
        console.write(report.proofs_json(proofs))
    return Status.CLEAN if all(report.holds(proof) for proof in proofs) else Status.FINDINGS
