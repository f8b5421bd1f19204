"""Article + errata = fixed files, byte for byte; tampering with any of them is told."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from harness.errata import ErrataError, check_article, check_fixed, load, mutant, steps, write_fixed
from harness.listing import read_listing
from harness.model import Article, BlockKind
from harness.rules import names

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "articles").glob("*/errata.toml"))

CATALOGUE = """
[[erratum]]
id = "a"
title = "T"
kind = "crash"
severity = "error"
lines = "2"
for = "tow"
read = "two"
why = "W"
symptom = { rule = "r" }
works_before = "never"
source = { title = "S", url = "https://keras.io/" }
"""


def program(text: str) -> str:
    """The Python blocks of an article, one after the other."""
    listing = read_listing(Article("article.md", "", text, "markdown"))
    blocks = [block.source.strip("\n") for block in listing.blocks if block.kind is BlockKind.PYTHON]
    return "\n\n".join(blocks) + "\n"


def shout(text: str) -> str:
    return text.upper()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text = "one\ntow"
    made = tmp_path / "articles" / "slug"
    made.mkdir(parents=True)
    (made / "article.md").write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    (made / "article.toml").write_text(f'sha256 = "{digest}"\n', encoding="utf-8")
    (made / "errata.toml").write_text(CATALOGUE, encoding="utf-8")
    return made


def test_the_fixed_files_are_written_once(folder: Path, tmp_path: Path) -> None:
    fixed = tmp_path / "fixed"
    assert [path.name for path in write_fixed(folder, fixed, shout)] == ["slug.md", "slug.py"]
    assert (fixed / "slug.md").read_bytes() == b"one\ntwo"
    assert (fixed / "slug.py").read_bytes() == b"ONE\nTWO"
    assert write_fixed(folder, fixed, shout) == ()
    assert sorted(path.name for path in fixed.iterdir()) == ["slug.md", "slug.py"]
    check_fixed(folder, fixed, shout)


def test_an_edited_article_is_told(folder: Path) -> None:
    (folder / "article.md").write_text("one\ntow\n", encoding="utf-8")
    with pytest.raises(
        ErrataError, match=r"slug/article.md: its SHA-256 is [0-9a-f]{64}, .* kept verbatim: restore it"
    ):
        check_article(folder)


def test_a_stale_or_absent_fixed_file_is_told(folder: Path, tmp_path: Path) -> None:
    fixed = tmp_path / "fixed"
    with pytest.raises(
        ErrataError, match=re.escape("fixed/slug.md: there is no such file; run `errata apply slug`")
    ):
        check_fixed(folder, fixed, shout)
    write_fixed(folder, fixed, shout)
    (fixed / "slug.py").write_text("ONE\nTWO!", encoding="utf-8")
    with pytest.raises(ErrataError, match=r"fixed/slug.py: it differs .* at line 2\. It is generated"):
        check_fixed(folder, fixed, shout)


def test_a_catalogue_that_does_not_fit_names_its_file(folder: Path, tmp_path: Path) -> None:
    (folder / "errata.toml").write_text(CATALOGUE.replace('"tow"', '"three"'), encoding="utf-8")
    with pytest.raises(ErrataError, match=r"slug/errata.toml: erratum 1 'a': its 'for' text occurs nowhere"):
        write_fixed(folder, tmp_path, shout)


@pytest.mark.parametrize("kept", FOLDERS, ids=lambda path: path.name)
def test_article_and_errata_give_the_fixed_files_byte_for_byte(kept: Path) -> None:
    check_fixed(kept, ROOT / "fixed", program)


@pytest.mark.parametrize("kept", FOLDERS, ids=lambda path: path.name)
def test_every_code_erratum_has_a_mutant(kept: Path) -> None:
    article, errata = check_article(kept), load(kept)
    fixed = (ROOT / "fixed" / f"{kept.name}.md").read_text(encoding="utf-8")
    for k, erratum in enumerate(errata, 1):
        if erratum.changes_code:
            assert mutant(article, errata, k).text != fixed, erratum.id


@pytest.mark.parametrize("kept", FOLDERS, ids=lambda path: path.name)
def test_prose_changes_sentences_and_the_rest_changes_the_program(kept: Path) -> None:
    article, errata = check_article(kept), load(kept)
    reached = [step.text for step in steps(article, errata)]
    for erratum, before, after in zip(errata, reached, reached[1:], strict=False):
        changed = program(before) != program(after)
        assert changed is erratum.changes_code or erratum.kind == "modernise", erratum.id


@pytest.mark.parametrize("kept", FOLDERS, ids=lambda path: path.name)
def test_what_a_run_can_prove_is_proven_by_runs(kept: Path) -> None:
    """No code erratum hides behind a figure, on either way."""
    for erratum in load(kept):
        if erratum.changes_code:
            shown = [erratum.symptom, erratum.mutation.symptom if erratum.mutation else erratum.symptom]
            assert all(symptom.rule or symptom.exception for symptom in shown), erratum.id
            assert all(symptom.figure is None for symptom in shown), erratum.id


@pytest.mark.parametrize("kept", FOLDERS, ids=lambda path: path.name)
def test_the_rules_that_errata_name_exist(kept: Path) -> None:
    for erratum in load(kept):
        shown = [erratum.symptom, erratum.mutation.symptom if erratum.mutation else erratum.symptom]
        assert {symptom.rule for symptom in shown if symptom.rule} <= set(names()), erratum.id
