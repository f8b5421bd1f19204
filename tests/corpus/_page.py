"""The page ``docs/corpus.md``, made from the committed results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.corpus._cases import Case
from tests.corpus._score import Score, rates
from tests.corpus._train import Training

PAGE = Path(__file__).parents[2] / "docs" / "corpus.md"

_HEAD = """\
# The corpus

`tests/corpus/programs/` holds small programs written for this project, each correct, and a list of mistakes
that are planted in them one at a time. Errata reviews every one of them. This page is written by

```
python -m tests.corpus --write
```

which makes all reviews anew. The tests compare it with the corpus, and a sample of the reviews with those
that it was made from; `make test-full` makes all of them, and trains the programs of the sample at full
length.

A mistake is **detected** where the review says anything louder than a note, or the expected rule speaks; it
has the **right cause** where the expected rule speaks at the expected line. A **false alarm** is an error
or warning on a correct program. **Elsewhere** counts errors and warnings of a rule on programs with another
mistake, which may be further consequences of it.
"""


def page(cases: Sequence[Case], found: Sequence[Score], trained: Mapping[str, Training]) -> str:
    """The whole page: all cases, those with a result, and the trainings."""
    programs = [case.program for case in cases if case.mistake is None]
    planted = [score for score in found if score.case.mistake is not None]
    correct = [score for score in found if score.case.mistake is None]
    operators = {score.case.mistake.operator for score in planted if score.case.mistake is not None}
    last = rates(found)[-1]
    loud = sum(bool(score.besides) for score in correct)
    parts = [
        _HEAD,
        f"{len(programs)} programs, {len(planted)} planted mistakes of {len(operators)} kinds: "
        f"{_share(last.detected, last.planted)} detected, {_share(last.right, last.planted)} with the right "
        f"cause at the right line; {loud} of {len(correct)} correct programs with an error or warning.\n",
        _left(cases, found),
        "## By rule\n",
        _table(
            ("rule", "planted", "detected", "right cause and line", "false alarms", "elsewhere"),
            [
                (f"`{r.rule}`", r.planted, r.detected, r.right, r.false_alarms, r.elsewhere)
                for r in rates(found)[:-1]
            ],
        ),
        "## By kind of mistake\n",
        _table(("kind", "planted", "right cause and line"), _by_operator(planted)),
        "## The programs\n",
        _table(
            ("program", "style", "what it is", "mistakes", "trained to prove it"),
            [
                (p.name, p.style, p.says, len(p.mistakes), _trained(p.name, p.check, trained))
                for p in programs
            ],
        ),
        "## Traps\n",
        "What a careless reviewer would report in these correct programs, and Errata must not:\n",
        "".join(f"- {trap} (`{p.name}`)\n" for p in programs for trap in p.traps),
        "## Not found\n",
        _missed(planted),
    ]
    return "\n".join(parts)


def _left(cases: Sequence[Case], found: Sequence[Score]) -> str:
    """How many mistakes of the corpus have no result yet."""
    left = len(cases) - len(found)
    if not left:
        return "Every case has been reviewed.\n"
    return f"{left} further planted mistakes have not been reviewed yet; `--write --stale` does.\n"


def _trained(name: str, check: str, trained: Mapping[str, Training]) -> str:
    """Whether a program was trained, or is waiting for it."""
    if name in trained:
        return "yes" if trained[name].learned else "it did not learn"
    return "in the long tier" if check else ""


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.1f} %)" if whole else "0"


def _table(head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join('---' for _ in head)} |"]
    return "\n".join([*lines, *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)]) + "\n"


def _by_operator(planted: Sequence[Score]) -> list[tuple[object, ...]]:
    made: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for score in planted:
        if score.case.mistake is not None:
            made[score.case.mistake.operator] += 1
            right[score.case.mistake.operator] += score.right
    return [(name, made[name], right[name]) for name in sorted(made)]


def _missed(planted: Sequence[Score]) -> str:
    lines = []
    for score in planted:
        if score.case.mistake is None or score.right:
            continue
        said = sorted({f"`{f.rule}` in line {f.line}" for f in score.result.findings if f.loud})
        instead = f"said instead: {', '.join(said)}" if said else "nothing is said"
        lines.append(f"- {score.case.name}: expected `{score.case.mistake.rule}`; {instead}\n")
    return "".join(lines) or "Nothing: every planted mistake is found with its cause.\n"
