"""Whether an erratum's symptom is there, and whether its undoing is found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.reviews import Finding


class Ladder(StrEnum):
    """Whether the article with errata 1..k-1 applied shows erratum k's symptom at its lines."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    NOT_APPLICABLE = "not-applicable"


class MutantFate(StrEnum):
    """What a review makes of the fixed article with one erratum undone."""

    KILLED = "killed"
    SURVIVED = "survived"
    WRONG_CAUSE = "wrong-cause"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True)
class Proof:
    """An erratum's proof, both ways."""

    erratum: str
    title: str
    kind: str
    ladder: Ladder
    mutant: MutantFate
    by: str  # the rule or check that convicts
    ladder_seen: str  # what was seen, in words
    mutant_seen: str
    convicts: tuple[str, ...] = ()  # every rule that fired on the mutant


@dataclass(frozen=True)
class ArticleProof:
    """The proofs of an article's errata, and what a review of the fixed article still finds."""

    slug: str
    proofs: tuple[Proof, ...]
    left: tuple[Finding, ...]  # findings in the fixed article; none where all is well
    complete: bool  # the review of the fixed article was complete
    seconds: float
    of: str = ""  # a digest of the article and the errata that were proven
