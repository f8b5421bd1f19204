"""Results kept for the report: proofs, and trainings looked at from inside and measured from outside.

``results.py`` describes the files and reads them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.data import DataError, embedded_mnist
from harness.listing import read_article, read_listing
from harness.model import ArticleProof, Limits
from harness.pipeline.digests import program_digest
from harness.pipeline.options import Options
from harness.pipeline.results import PROOFS, TRAINING
from harness.pipeline.running import RunReport, run_program
from harness.report import Destination
from harness.report.json import plain

if TYPE_CHECKING:
    from harness.measure.recorded import Learned, Recording

_OBSERVER = "harness.measure.moments"
_SHOWN = 50  # images of a picture; all of them are measured
_GREY = 17  # sixteen steps of it make 255
_LOSS_DIGITS = 5


@dataclass(frozen=True)
class Recorded:
    """What became of a recording: the files that hold it, or why there are none."""

    run: RunReport
    files: tuple[Path, ...]
    lacking: str | None = None
    learns: bool | None = None


def record_proofs(proof: ArticleProof, output: Path) -> Path:
    """Keep the proofs of an article's errata, with what was seen.  Raises OutputError."""
    document = {
        "schema": 1,
        "of": proof.of,
        "errata": [
            {
                "id": one.erratum,
                "kind": one.kind,
                "ladder": one.ladder,
                "mutant": one.mutant,
                "by": one.by,
                "seen": {"ladder": one.ladder_seen, "mutant": one.mutant_seen},
            }
            for one in proof.proofs
        ],
    }
    path = output / proof.slug / PROOFS
    path.parent.mkdir(parents=True, exist_ok=True)
    with Destination(path) as target:
        target.write(json.dumps(plain(document), ensure_ascii=False, indent=1) + "\n")
    return path


def record_program(
    path: Path, output: Path, options: Options, limits: Limits, on_output: Callable[[str, bytes], None]
) -> Recorded:
    """Run a program as ``run_program`` does, and keep how it learned in ``output``.

    It trains on the embedded images: those that it is measured against must be new to it.
    Raises what ``run_program`` raises; DataError where other data are asked for; OutputError.
    """
    from harness.measure.recorded import RecordingError, measured, read
    from harness.measure.scores import embedded_yardstick

    if options.mnist:
        raise DataError(
            "--record measures against embedded images that training must not see; leave --mnist out"
        )
    options = replace(options, mnist=embedded_mnist())
    taken: list[Recording] = []
    refusal: list[str] = []

    def harvest(scratch: Path) -> None:
        try:
            taken.append(read(scratch))
        except RecordingError as error:
            refusal.append(str(error))

    run = run_program(path, output, options, limits, on_output, observer=_OBSERVER, harvest=harvest)
    if run.outcome.killed is not None or run.outcome.exit_code != 0:
        return Recorded(run, (), "the program did not run to its end")
    if refusal:
        return Recorded(run, (), refusal[0])
    learned = measured(taken[0], embedded_yardstick())
    document = _document(path, options, taken[0], learned)
    return Recorded(run, _keep(output, document, taken[0]), None, learned.learns)


def _document(path: Path, options: Options, seen: Recording, learned: Learned) -> dict[str, Any]:
    def epochs(updates: tuple[int, ...]) -> list[float]:
        return [float(f"{count / seen.steps:.4g}") for count in updates]

    return {
        "schema": 1,
        "program": program_digest(read_listing(read_article(path)).text),
        "how": {
            "keras": version("keras"),
            "backend": options.backend,
            "seed": 0,
            "images": len(seen.images[0]),
        },
        "learns": learned.learns,
        "lacks": list(learned.lacks),
        "updates": list(seen.moments),
        "epochs": epochs(seen.moments),
        "distances": {
            "Fréchet distance": [round(one.frechet, 2) for one in learned.scores],
            "coverage": [round(one.coverage, 3) for one in learned.scores],
        },
        "recognised": [list(one.digits) for one in learned.scores],
        "copies": round(learned.scores[-1].memorised, 4),
        "losses": {
            "epochs": epochs(seen.at),
            "series": {
                name: [float(f"{value:.{_LOSS_DIGITS}g}") for value in values]
                for name, values in seen.losses.items()
            },
        },
        "digits": [f"digits-{number}.png" for number in range(len(seen.moments))],
    }


def _keep(output: Path, document: dict[str, Any], seen: Recording) -> tuple[Path, ...]:
    from harness.measure.grid import write_grid

    output.mkdir(parents=True, exist_ok=True)
    files = [output / name for name in document["digits"]]
    for file, images in zip(files, seen.images, strict=True):
        # Sixteen greys look alike and take half the room.
        write_grid(file, (images[:_SHOWN] / _GREY).round() * _GREY / 255)
    with Destination(output / TRAINING) as target:
        target.write(json.dumps(plain(document), ensure_ascii=False) + "\n")
    return (*files, output / TRAINING)
