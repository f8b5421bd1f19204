"""The whole proof: every erratum of the kept articles shows on its step and convicts its mutant."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model import Budget, Ladder, MutantFate
from harness.pipeline import Options, prove
from harness.report import proofs_text

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
