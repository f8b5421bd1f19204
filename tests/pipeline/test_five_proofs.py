"""The whole proof: every erratum of the kept articles shows on its step and convicts its mutant."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errata import apply, check_article, load, mutant, step, symptom_occurs
from harness.listing import read_listing
from harness.model import Article, Budget, Finding, Ladder, MutantFate
from harness.pipeline import Options, prove
from harness.report import proofs_text
from harness.rules import load as load_rules
from harness.rules._evidence import Evidence
from harness.rules._judge import judge

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "articles").glob("*/errata.toml"))


@pytest.mark.full  # some thirty runs for each article
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_erratum_is_proven_and_the_fixed_article_is_silent(folder: Path) -> None:
    (proof,) = prove([folder], ROOT / "fixed", Options(budget=Budget(updates=8)))
    told = proofs_text([proof])
    assert proof.complete, told
    assert proof.left == (), told
    code = [one for one in proof.proofs if one.kind != "prose"]
    assert len(code) >= 10
    assert all((one.ladder, one.mutant) == (Ladder.PROVEN, MutantFate.KILLED) for one in code), told


SOURCE = [rule for rule in load_rules() if rule.needs == "source"]


def read(text: str) -> tuple[Finding, ...]:
    """What the text alone shows, without a run."""
    return judge(Evidence(read_listing(Article("a.md", "0", text, "markdown"))), SOURCE)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_what_the_text_alone_shows_is_proven_without_a_run(folder: Path) -> None:
    article, errata = check_article(folder), load(folder)
    assert read(apply(article, errata)) == ()
    names = {rule.name for rule in SOURCE}
    for k, erratum in enumerate(errata, 1):
        if erratum.changes_code and erratum.symptom.rule in names:
            before = step(article, errata, k)
            shown = symptom_occurs(erratum.symptom, read(before.text), erratum=erratum, at=before)
            assert shown, f"{erratum.id}: {shown.reason}"
        symptom = erratum.mutation.symptom if erratum.mutation else erratum.symptom
        if erratum.changes_code and symptom.rule in names:
            shown = symptom_occurs(symptom, read(mutant(article, errata, k).text))
            assert shown, f"{erratum.id}: {shown.reason}"
