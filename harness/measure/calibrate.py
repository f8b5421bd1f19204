"""Trains programs several times and records it: ``python -m harness.measure.calibrate PROGRAM... --seeds 7``.

Every run has a process of its own.  Runs that the record already has are not repeated, and it is
written after each: an interrupted calibration goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.measure import record
from harness.measure.__main__ import counts
from harness.measure.record import Calibration, RecordError


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 all runs recorded, 2 a program cannot be trained or a file not be used."""
    options = _parser().parse_args(arguments)
    try:
        for program in options.program:
            for seed in range(options.first_seed, options.first_seed + options.seeds):
                calibrate(program, seed, options.record, options.grids, options.milestones, options.updates)
        found = record.read(options.record)
        if options.table:
            record.write_table(options.table, found)
    except (RecordError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(record.table(found))
    return 0


def calibrate(
    program: Path,
    seed: int,
    path: Path,
    grids: Path | None = None,
    milestones: Sequence[int] = (),
    updates: int | None = None,
) -> None:
    """Trains a program with one seed and adds the run to the record, unless it is there already.

    A recorded run that was not looked at after all of ``milestones``, or that has not the length asked for,
    is replaced.  Raises RecordError where the program cannot be measured.
    """
    before = record.read(path).get(program.stem)
    if before and before.sha256 == record.digest(program):
        for run in (run for run in before.runs if run.seed == seed):
            looks = {milestone.updates for milestone in run.milestones}
            if looks.issuperset(milestones) and updates in (None, run.updates):
                return
    found = measure(program, seed, grids, milestones, updates)
    known = record.read(path)  # again: another calibration may have written meanwhile
    before = known.get(program.stem)
    if before and before.matches(found):
        others = (one for one in before.runs if one.seed != seed)
        found = replace(found, runs=tuple(sorted((*others, *found.runs), key=lambda one: one.seed)))
    record.write(path, {**known, program.stem: found})


def measure(
    program: Path,
    seed: int,
    grids: Path | None = None,
    milestones: Sequence[int] = (),
    updates: int | None = None,
) -> Calibration:
    """One training run in a process of its own. Raises RecordError where it cannot be measured."""
    command = [sys.executable, "-m", "harness.measure", str(program), "--check", "convergence", "--json"]
    command += ["--first-seed", str(seed)]
    if milestones:
        command += ["--milestones", ",".join(map(str, milestones))]
    if updates:
        command += ["--updates", str(updates)]
    if grids:
        grids.mkdir(parents=True, exist_ok=True)
        command += ["--grid", str(grids / f"{program.stem}-{seed}.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RecordError(f"{program}, seed {seed}: {reason.removeprefix('error: ')}")
    found = json.loads(done.stdout)
    runs = tuple(record.trained(run) for run in found["runs"])
    if not runs:
        (failure,) = found["checks"]
        what = f"expected {failure['expected']}; found {failure['actual']}"
        raise RecordError(f"{program}, seed {seed}: {failure['check']}: {what}")
    return Calibration(program.stem, record.digest(program), found["keras"], found["backend"], runs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m harness.measure.calibrate", description=__doc__)
    parser.add_argument("program", type=Path, nargs="+", help="as for python -m harness.measure")
    parser.add_argument("--seeds", type=int, default=7, help="how many (default: 7)")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--milestones", type=counts, default=(), help="as for python -m harness.measure")
    parser.add_argument("--updates", type=int, help="likewise")
    parser.add_argument("--record", type=Path, required=True, help="JSON file of the runs, made or added to")
    parser.add_argument("--table", type=Path, help="document whose table is made anew")
    parser.add_argument("--grids", type=Path, help="folder for a PNG of each run")
    return parser


if __name__ == "__main__":
    sys.exit(main())
