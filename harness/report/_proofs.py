"""Proofs of errata, as text for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from harness.model import ArticleProof, Ladder, MutantFate, Proof
from harness.report._clean import clean


def holds(proof: ArticleProof) -> bool:
    """Every code erratum is proven both ways, and the fixed article is silent."""
    good = all(
        one.ladder is not Ladder.UNPROVEN and one.mutant in (MutantFate.KILLED, MutantFate.NOT_APPLICABLE)
        for one in proof.proofs
    )
    return good and proof.complete and not proof.left


def proofs_json(proofs: Sequence[ArticleProof]) -> str:
    """Version 1 of the JSON form of ``errata prove``: what holds of each bug; the text form says why."""
    document = {
        "schema": 1,
        "articles": [
            {
                "slug": article.slug,
                "errata": [
                    {
                        "id": one.erratum,
                        "kind": one.kind,
                        "ladder": str(one.ladder),
                        "mutant": str(one.mutant),
                        "by": one.by,
                    }
                    for one in article.proofs
                ],
            }
            for article in proofs
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def proofs_text(proofs: Sequence[ArticleProof]) -> str:
    """The kill matrix: a row for each erratum, and what is not proven in words."""
    return "\n".join(line for article in proofs for line in _article(article)) + "\n"


def _article(article: ArticleProof) -> Iterator[str]:
    width = max((len(one.erratum) for one in article.proofs), default=0)
    yield f"{article.slug}"
    yield f"  {'erratum':<{width}}  {'kind':<9}  {'ladder':<14}  {'mutant':<14}  by"
    for one in article.proofs:
        yield (
            f"  {one.erratum:<{width}}  {one.kind:<9}  {one.ladder:<14}  {one.mutant:<14}  {clean(one.by)}"
        )
    yield from (f"  {clean(line)}" for one in article.proofs for line in _unproven(one))
    for finding in article.left:
        yield f"  the fixed article still has {finding.rule} at line {finding.line}: {clean(finding.message)}"
    if not article.complete and not article.left:
        yield "  the review of the fixed article was not complete"
    yield f"  {_summary(article)}"
    yield ""


def _unproven(one: Proof) -> Iterator[str]:
    if one.ladder is Ladder.UNPROVEN:
        yield f"{one.erratum}: the symptom did not occur: {one.ladder_seen}"
    if one.mutant in (MutantFate.SURVIVED, MutantFate.WRONG_CAUSE):
        yield f"{one.erratum}: the mutant was not convicted ({one.mutant}): {one.mutant_seen}"


def _summary(article: ArticleProof) -> str:
    runnable = [one for one in article.proofs if one.mutant is not MutantFate.NOT_APPLICABLE]
    proven = [
        one for one in runnable if one.ladder is not Ladder.UNPROVEN and one.mutant is MutantFate.KILLED
    ]
    prose = len(article.proofs) - len(runnable)
    return f"{len(proven)} of {len(runnable)} errata proven by runs, {prose} settled by their sources"
