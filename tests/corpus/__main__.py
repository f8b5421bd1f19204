"""``python -m tests.corpus [--write] [--jobs N] [NAME...]``: review the corpus and print the rates.

With names only the cases whose name begins with one of them.  ``--write`` keeps the results and writes
``docs/corpus.md``; with ``--stale`` only cases without a result for their present text are reviewed.
``--train`` trains the programs of the sample at full length instead, and writes the page.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from tests.corpus._cases import cases, programs
from tests.corpus._page import PAGE, page
from tests.corpus._score import Result, Score, keep, kept, rates, reviewed, scores
from tests.corpus._train import digest, keep_trainings, train, trainings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--write", action="store_true", help="keep the results and write the page")
    parser.add_argument("--stale", action="store_true", help="only what has no result for its present text")
    parser.add_argument("--correct", action="store_true", help="only the programs without a mistake")
    parser.add_argument("--train", action="store_true", help="train the sample instead of reviewing")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.train:
        return _train(arguments.names, stale=arguments.stale)
    every = list(cases())
    known = {case.name: r for case in every if (r := kept().get(case.name)) and r.digest == case.digest}
    chosen = [
        case
        for case in every
        if (not arguments.names or case.name.startswith(tuple(arguments.names)))
        and not (arguments.stale and case.name in known)
        and not (arguments.correct and case.mistake is not None)
    ]
    made: dict[str, Result] = {}
    started = time.monotonic()
    for case, result in zip(chosen, reviewed(chosen, arguments.jobs), strict=True):
        made[case.name] = result
        _tell(Score(case, result))
        if arguments.write:
            # Another run of this command may have kept its own in the meantime.
            keep({**kept(), **made})
    print(f"{len(made)} reviews in {time.monotonic() - started:.0f} s")
    present = {**(kept() if arguments.write or arguments.stale else {}), **made}
    fresh = {
        c.name: present[c.name] for c in every if c.name in present and present[c.name].digest == c.digest
    }
    found = scores(every, fresh)
    for row in rates(found):
        counts = (row.planted, row.detected, row.right, row.false_alarms, row.elsewhere)
        print(f"{row.rule:45}", *(f"{count:4}" for count in counts))
    if arguments.write:
        keep(fresh)
        PAGE.write_text(page(every, found, trainings()))
    return 0


def _train(names: Sequence[str], *, stale: bool) -> int:
    done = trainings()
    for program in programs():
        known = done.get(program.name)
        if not program.check or (names and not program.name.startswith(tuple(names))):
            continue
        if stale and known is not None and known.digest == digest(program):
            continue
        training = train(program)
        print(program.name, training, flush=True)
        keep_trainings({**trainings(), program.name: training})
    every = list(cases())
    fresh = {c.name: r for c in every if (r := kept().get(c.name)) and r.digest == c.digest}
    PAGE.write_text(page(every, scores(every, fresh), trainings()))
    return 0


def _tell(score: Score) -> None:
    said = " ".join(f"{f.line}:{f.rule}" for f in score.result.findings if f.loud)
    if score.case.mistake is None:
        state = "ALARM" if score.besides else "ok   "
        print(f"{state} {score.case.name} {score.result.verdict} {said}", flush=True)
    else:
        state = "right" if score.right else "WRONG" if score.detected else "MISS "
        wanted = f"{score.case.mistake.line}:{score.case.mistake.rule}"
        print(f"{state} {score.case.name} wants {wanted} | {score.result.verdict} {said}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
