"""Recorded training runs: what the floors of the convergence tests stand on, and the table made of them.

The record is a JSON file: for each program the SHA-256 of its code, Keras version, backend and runs.  Runs of
another text, Keras or backend are not mixed with those of this one: they are left out when it is read.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from harness.measure.convergence import Floors, Milestone, Trained, sign_test
from harness.measure.scores import Score

BEGIN, END = "<!-- begin: made by harness.measure.calibrate -->", "<!-- end -->"


class RecordError(Exception):
    """A record or table cannot be read or written; the message says what was found and expected."""


@dataclass(frozen=True)
class Calibration:
    """All recorded runs of one program, in the order of their seeds."""

    program: str  # the file's name without its suffix
    sha256: str
    keras: str
    backend: str
    runs: tuple[Trained, ...]

    def matches(self, other: Calibration) -> bool:
        """Whether both are runs of the same text under the same Keras."""
        return (self.sha256, self.keras, self.backend) == (other.sha256, other.keras, other.backend)

    def reached(self, updates: int) -> tuple[Trained, ...]:
        """The runs that ended or were looked at after so many updates, as they were then."""
        return tuple(
            run if run.updates == updates else run.ended_at(updates)
            for run in self.runs
            if updates in {run.updates, *(milestone.updates for milestone in run.milestones)}
        )


def digest(program: Path) -> str:
    """SHA-256 of a program's code: without its comments and layout, which change no training."""
    code = ast.unparse(ast.parse(program.read_text(encoding="utf-8")))
    return hashlib.sha256(code.encode()).hexdigest()


def floors_of(runs: Sequence[Trained]) -> Floors:
    """Floors from calibration runs: half the least coverage, twice the largest distance, never below par.

    The factor of two is chosen, not derived: wide of the differences between seeds seen so far, and well
    short of a collapsed generator (docs/convergence.md).  Par is what any program must reach,
    the defaults of ``Floors``.  Raises ValueError without runs.
    """
    if not runs:
        raise ValueError("found no run, expected at least one")
    par = Floors()
    coverage, frechet = (
        min(run.after.coverage for run in runs) / 2,
        max(run.after.frechet for run in runs) * 2,
    )
    return Floors(
        coverage=max(par.coverage, round(coverage, 3)),
        frechet=min(par.frechet, round(frechet, 1)),
        digit_share=par.digit_share,
        memorised=par.memorised,
    )


def read(path: Path) -> dict[str, Calibration]:
    """The record by program; empty where the file does not exist. Raises RecordError for another content."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {name: _calibration(name, entry) for name, entry in document["programs"].items()}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordError(
            f"{path}: it is no record of training runs ({type(error).__name__}: {error}); "
            "remove it, and calibrate anew"
        ) from error


def write(path: Path, record: Mapping[str, Calibration]) -> None:
    """Writes the record, floors beside the runs for people to read."""
    programs = ",\n".join(_entry(entry) for _, entry in sorted(record.items()))
    path.write_text(f'{{"programs": {{\n{programs}\n}}}}\n', encoding="utf-8")


def _entry(entry: Calibration) -> str:
    """One program's part of the record, each run on a line of its own: a new run is one line of a diff."""
    head = {
        "sha256": entry.sha256,
        "keras": entry.keras,
        "backend": entry.backend,
        "floors": asdict(floors_of(entry.runs)),
    }
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    runs = ",\n  ".join(json.dumps(_rounded(asdict(run))) for run in entry.runs)
    return f"{json.dumps(entry.program)}: {{\n " + ",\n ".join([*lines, f'"runs": [\n  {runs}\n ]']) + "\n}"


def _rounded(data: Any) -> Any:
    """JSON data with six digits of every number: more would be noise."""
    if isinstance(data, dict):
        return {key: _rounded(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_rounded(value) for value in data]
    return float(f"{data:.6g}") if isinstance(data, float) else data


def trained(data: Mapping[str, Any]) -> Trained:
    """A run from its JSON data."""
    milestones = tuple(
        Milestone(**{**milestone, "score": _score(milestone["score"])})
        for milestone in data.get("milestones", ())
    )
    scores = {when: _score(data[when]) for when in ("before", "after")}
    return Trained(**{**data, **scores, "milestones": milestones})


def _score(data: Mapping[str, Any]) -> Score:
    return Score(**{**data, "digits": tuple(data["digits"])})


def table(record: Mapping[str, Calibration]) -> str:
    """The runs as a Markdown table: means with 95 % intervals (Student's t over the seeds)."""
    head = (
        "program",
        "seeds",
        "Fréchet at epoch 0",
        "Fréchet",
        "coverage",
        "rarest digit",
        "copies",
        "CPU s, least",
        "better than epoch 0",
        "floors",
    )
    lines = [_row(head), _row(["---"] * len(head))]
    return "\n".join(lines + [_row(_cells(entry)) for _, entry in sorted(record.items())])


def curves(record: Mapping[str, Calibration]) -> str:
    """How far the programs were on the way, as a Markdown table: a line for each milestone of their runs."""
    head = (
        "program",
        "updates",
        "seeds",
        "Fréchet",
        "largest",
        "coverage",
        "least",
        "rarest digit",
        "CPU s, least",
    )
    lines = [_row(head), _row(["---"] * len(head))]
    for name, entry in sorted(record.items()):
        looks = sorted({one.updates for run in entry.runs for one in run.milestones})
        lines += [_row([name, str(updates), *_on_the_way(entry.reached(updates))]) for updates in looks]
    return "\n".join(lines)


def write_table(path: Path, record: Mapping[str, Calibration]) -> None:
    """Replaces the tables between the two marks of a document. Raises RecordError where it has none."""
    text = path.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or END not in text.partition(BEGIN)[2]:
        raise RecordError(f"{path}: found no place for the table, expected the lines {BEGIN!r} and {END!r}")
    start, _, rest = text.partition(BEGIN)
    tables = f"{table(record)}\n\n{curves(record)}"
    path.write_text(f"{start}{BEGIN}\n{tables}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def _calibration(name: str, entry: Mapping[str, Any]) -> Calibration:
    runs = sorted((trained(run) for run in entry["runs"]), key=lambda run: run.seed)
    return Calibration(name, entry["sha256"], entry["keras"], entry["backend"], tuple(runs))


def _cells(entry: Calibration) -> list[str]:
    runs, floors = entry.runs, floors_of(entry.runs)
    better = sum(run.better for run in runs)
    seconds = [run.cpu_seconds for run in runs if run.cpu_seconds]
    return [
        entry.program,
        ", ".join(str(run.seed) for run in runs),
        _interval([run.before.frechet for run in runs], 0),
        _interval([run.after.frechet for run in runs], 1),
        _interval([run.after.coverage for run in runs], 2),
        str(min(min(run.after.digits) for run in runs)),
        f"{max(run.after.memorised for run in runs):.1%}",
        f"{min(seconds):.0f}" if seconds else "not taken",
        f"{better} of {len(runs)} (p = {sign_test(better, len(runs)):.2g})",
        f"coverage {floors.coverage:g}, Fréchet {floors.frechet:g}",
    ]


def _on_the_way(runs: Sequence[Trained]) -> list[str]:
    frechet, coverage = ([getattr(run.after, name) for run in runs] for name in ("frechet", "coverage"))
    return [
        str(len(runs)),
        _interval(frechet, 1),
        f"{max(frechet):.1f}",
        _interval(coverage, 2),
        f"{min(coverage):.2f}",
        str(min(min(run.after.digits) for run in runs)),
        f"{min(run.cpu_seconds for run in runs):.0f}",
    ]


def _interval(values: Sequence[float], digits: int) -> str:
    """Mean and half the width of its 95 % interval; one value has no interval."""
    if len(values) < 2:
        return f"{values[0]:.{digits}f}"
    half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{np.mean(values):.{digits}f} ± {half:.{digits}f}"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
