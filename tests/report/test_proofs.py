"""What ``errata prove`` writes: the exact JSON of the contract, and the kill matrix with its reasons."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.model import ArticleProof, Finding, Ladder, MutantFate, Proof, Severity
from harness.report import holds, proofs_json, proofs_text

PROVEN = Proof(
    "np-missing", "T", "crash", Ladder.PROVEN, MutantFate.KILLED, "missing-import", "seen at 3", "seen at 4"
)
PROSE = Proof(
    "claim", "T", "prose", Ladder.NOT_APPLICABLE, MutantFate.NOT_APPLICABLE, "theorem 1", "theorem 1", ""
)
WHOLE = ArticleProof("digits", (PROVEN, PROSE), left=(), complete=True, seconds=1.0)
LEFT = Finding("unused-import", Severity.NOTE, 7, 7, 1, "`os` is never used.")


def test_the_json_form_is_the_one_that_was_agreed() -> None:
    assert json.loads(proofs_json([WHOLE])) == {
        "schema": 1,
        "articles": [
            {
                "slug": "digits",
                "errata": [
                    {
                        "id": "np-missing",
                        "kind": "crash",
                        "ladder": "proven",
                        "mutant": "killed",
                        "by": "missing-import",
                    },
                    {
                        "id": "claim",
                        "kind": "prose",
                        "ladder": "not-applicable",
                        "mutant": "not-applicable",
                        "by": "theorem 1",
                    },
                ],
            }
        ],
    }


def test_the_text_form_is_the_kill_matrix() -> None:
    assert proofs_text([WHOLE]) == (
        "digits\n"
        "  erratum     kind       ladder          mutant          by\n"
        "  np-missing  crash      proven          killed          missing-import\n"
        "  claim       prose      not-applicable  not-applicable  theorem 1\n"
        "  1 of 1 errata proven by runs, 1 settled by their sources\n"
        "\n"
    )


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"ladder": Ladder.UNPROVEN, "ladder_seen": "the review found nothing"},
            "  np-missing: the symptom did not occur: the review found nothing",
        ),
        (
            {"mutant": MutantFate.SURVIVED, "mutant_seen": "the review found nothing"},
            "  np-missing: the mutant was not convicted (survived): the review found nothing",
        ),
        (
            {"mutant": MutantFate.WRONG_CAUSE, "mutant_seen": "the review found no-training"},
            "  np-missing: the mutant was not convicted (wrong-cause): the review found no-training",
        ),
    ],
)
def test_what_is_not_proven_is_told_in_words(change: dict[str, object], line: str) -> None:
    proof = replace(WHOLE, proofs=(replace(PROVEN, **change), PROSE))  # type: ignore[arg-type]
    assert not holds(proof)
    told = proofs_text([proof]).splitlines()
    assert line in told
    assert "  0 of 1 errata proven by runs, 1 settled by their sources" in told


def test_a_fixed_article_with_findings_does_not_hold() -> None:
    assert holds(WHOLE)
    proof = replace(WHOLE, left=(LEFT,))
    assert not holds(proof)
    line = "  the fixed article still has unused-import at line 7: `os` is never used."
    assert line in proofs_text([proof]).splitlines()
    assert not holds(replace(WHOLE, complete=False))
    assert "not complete" in proofs_text([replace(WHOLE, complete=False)])
