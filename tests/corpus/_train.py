"""Programs of the corpus trained at full length: does what is called correct really learn?

A program in the sample has a check, statements that fail unless it has learned.  It must pass at the end of
the whole training, and fail after a single update, so that it is no check that cannot fail.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from harness.model import Budget, Limits, Verdict
from harness.pipeline import Options, review_text
from tests.corpus._cases import Program

TRAININGS = Path(__file__).parent / "trainings.json"

_WHOLE = Budget(limits=replace(Limits(), wall_seconds=900.0, cpu_seconds=1200.0), updates=10**6)
_ONE_UPDATE = Budget(updates=1)


@dataclass(frozen=True)
class Training:
    """What came of a program's training."""

    digest: str
    learned: bool  # the check passes after the whole training
    failed_before: bool  # and fails after a single update
    verdict: str


def digest(program: Program) -> str:
    """Changes with the program and its check."""
    return hashlib.sha256((program.text + program.check).encode()).hexdigest()[:16]


def train(program: Program) -> Training:
    """Train a program to its end and once for a single update, with its check behind it."""
    verdict, raised = _checked(program, _WHOLE)
    _, early = _checked(program, _ONE_UPDATE)
    learned = verdict == Verdict.CLEAN and not raised
    return Training(digest(program), learned, early, str(verdict))


def _checked(program: Program, budget: Budget) -> tuple[Verdict, bool]:
    """The verdict, and whether the check failed."""
    text = f"{program.text}\n{program.check}"
    review = review_text(text, program.name, Options(budget=budget, keras=program.keras), kind=program.kind)
    failed = [f for f in review.findings if f.evidence.get("exception") == "AssertionError"]
    return review.verdict, bool(failed)


def trainings() -> dict[str, Training]:
    """The trainings that are committed, by the program's name."""
    if not TRAININGS.exists():
        return {}
    return {name: Training(**held) for name, held in json.loads(TRAININGS.read_text()).items()}


def keep_trainings(found: Mapping[str, Training]) -> None:
    """Write the trainings down."""
    held = {name: asdict(training) for name, training in sorted(found.items())}
    TRAININGS.write_text(json.dumps(held, indent=1) + "\n")
