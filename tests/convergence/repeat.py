"""The quick tier again and again with fresh seeds: ``python -m tests.convergence.repeat --seeds 30``.

Each repetition is the training of ``corrected.py`` with another seed, held against the same floors; a
test that fails one of them is flaky.  Runs are recorded as they end, in ``repetitions.json``, and not
made again: an interrupted series goes on where it stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from harness.measure.calibrate import calibrate
from harness.measure.convergence import Trained, check_improves, check_reaches_floors
from harness.measure.record import RecordError, read
from harness.measure.results import CheckFailed
from tests.convergence.programs import PROGRAMS, QUICK, ROOT, path_of, quick_floors

REPETITIONS = ROOT / "tests" / "convergence" / "repetitions.json"
#: Seeds from here on have set no floor.
FIRST = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 every repetition passed, 1 some failed, 2 a program cannot be trained."""
    parser = argparse.ArgumentParser(prog="python -m tests.convergence.repeat", description=__doc__)
    parser.add_argument("program", nargs="*", default=PROGRAMS, help=f"of {', '.join(PROGRAMS)}")
    parser.add_argument("--seeds", type=int, default=30, help=f"how many, from {FIRST} on (default: 30)")
    options = parser.parse_args(arguments)
    try:
        for seed in range(FIRST, FIRST + options.seeds):
            for program in options.program:
                calibrate(path_of(program), seed, REPETITIONS, updates=QUICK[program])
    except RecordError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(table())
    return int(any(failures(program) for program in options.program))


def repetitions(program: str) -> tuple[Trained, ...]:
    """The recorded repetitions of a program, at the length that the quick tier has now."""
    found = read(REPETITIONS).get(program)
    return tuple(run for run in found.runs if run.updates == QUICK[program]) if found else ()


def failures(program: str) -> list[str]:
    """Each repetition that did not pass, in a line."""
    found = []
    for run in repetitions(program):
        try:
            check_improves([run])
            check_reaches_floors([run], quick_floors(program))
        except CheckFailed as failure:
            found.append(str(failure))
    return found


def table() -> str:
    """How many repetitions there are and what was the worst of each measure, as Markdown."""
    lines = [
        "| program | updates | repetitions | failures | largest Fréchet | least coverage | rarest digit |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for program in PROGRAMS:
        cells = [program, str(QUICK[program]), str(len(repetitions(program))), str(len(failures(program)))]
        scores = [run.after for run in repetitions(program)]
        cells += (
            [
                f"{max(score.frechet for score in scores):.1f}",
                f"{min(score.coverage for score in scores):.2f}",
                str(min(min(score.digits) for score in scores)),
            ]
            if scores
            else ["", "", ""]
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
