"""Reviews of the corpus, kept as data, and the rates that follow from them.

``results.json`` holds for every case the digest of its text and the findings of its review.  It is written by
``python -m tests.corpus`` and by nothing else; the page ``docs/corpus.md`` is made from it.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from harness.listing import ArticleError
from harness.model import Budget, Limits, Severity
from harness.pipeline import Options, review_text
from harness.pipeline.parallel import in_order
from tests.corpus._cases import Case

RESULTS = Path(__file__).parent / "results.json"

# However busy the machine is, the result must be the same.
_BUDGET = Budget(limits=replace(Limits(), wall_seconds=600.0))


@dataclass(frozen=True)
class Seen:
    """One finding of a review."""

    line: int
    end_line: int
    rule: str
    severity: str

    @property
    def loud(self) -> bool:
        """Whether it is more than a note."""
        return self.severity != Severity.NOTE


@dataclass(frozen=True)
class Result:
    """What a review made of one case."""

    digest: str
    verdict: str
    findings: tuple[Seen, ...]


@dataclass(frozen=True)
class Score:
    """One case beside its result."""

    case: Case
    result: Result

    @property
    def detected(self) -> bool:
        """Whether anything is said: an error or warning, or the expected rule as a note."""
        return any(f.loud or f.rule == self._rule for f in self.result.findings)

    @property
    def right(self) -> bool:
        """Whether the expected rule speaks at the expected line."""
        mistake = self.case.mistake
        return mistake is not None and any(
            f.rule == mistake.rule and f.line <= mistake.line <= f.end_line for f in self.result.findings
        )

    @property
    def besides(self) -> tuple[Seen, ...]:
        """Errors and warnings of other rules: on a correct program all of them."""
        return tuple(f for f in self.result.findings if f.loud and f.rule != self._rule)

    @property
    def _rule(self) -> str | None:
        return self.case.mistake.rule if self.case.mistake is not None else None


def reviewed(cases: Sequence[Case], jobs: int = 1) -> Iterator[Result]:
    """The results of reviews made now, in the order of the cases."""
    return in_order(_reviewed, cases, jobs)


def _reviewed(case: Case) -> Result:
    # Many reviews are about to be made: they begin in forks of a process that has the frameworks loaded.
    options = Options(reviews=99, keras=case.program.keras, budget=_BUDGET)
    try:
        review = review_text(case.text, case.program.name, options, kind=case.program.kind)
    except ArticleError as error:
        return Result(case.digest, f"unreadable: {error}", ())
    seen = tuple(Seen(f.line, f.end_line, f.rule, str(f.severity)) for f in review.findings)
    return Result(case.digest, str(review.verdict), seen)


def kept() -> dict[str, Result]:
    """The results that are committed, by the case's name."""
    if not RESULTS.exists():
        return {}
    return {
        name: Result(one["digest"], one["verdict"], tuple(Seen(**found) for found in one["findings"]))
        for name, one in json.loads(RESULTS.read_text()).items()
    }


def keep(results: Mapping[str, Result]) -> None:
    """Write the results, one case a line."""
    lines = [f"{json.dumps(name)}: {json.dumps(asdict(result))}" for name, result in sorted(results.items())]
    half = RESULTS.with_suffix(f".{os.getpid()}")  # two runs may be at it side by side
    half.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    half.replace(RESULTS)


def scores(cases: Iterable[Case], results: Mapping[str, Result]) -> list[Score]:
    """The cases beside their results; cases without one are left out."""
    return [Score(case, results[case.name]) for case in cases if case.name in results]


@dataclass(frozen=True)
class Rates:
    """How one rule, or all of them, did."""

    rule: str
    planted: int
    detected: int
    right: int
    false_alarms: int  # on correct programs: errors and warnings of this rule
    elsewhere: int  # on programs with another mistake: errors and warnings of this rule


def rates(found: Sequence[Score]) -> list[Rates]:
    """One row a rule, and a last one for all."""
    planted = [score for score in found if score.case.mistake is not None]
    correct = [score for score in found if score.case.mistake is None]
    alarms = Counter(f.rule for score in correct for f in score.besides)
    others = Counter(f.rule for score in planted for f in score.besides)
    names = {score.case.mistake.rule for score in planted if score.case.mistake} | set(alarms) | set(others)
    rows = []
    for name in sorted(names):
        own = [score for score in planted if score.case.mistake and score.case.mistake.rule == name]
        rows.append(_row(name, own, alarms[name], others[name]))
    return [*rows, _row("all", planted, sum(alarms.values()), sum(others.values()))]


def _row(name: str, own: Sequence[Score], alarms: int, elsewhere: int) -> Rates:
    detected, right = sum(score.detected for score in own), sum(score.right for score in own)
    return Rates(name, len(own), detected, right, alarms, elsewhere)
