"""From articles to the contents of their pages: reviews kept, results read, nothing made up."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import pipeline
from harness.cli import main
from harness.model import (
    ArticleProof,
    Ladder,
    MutantFate,
    Proof,
)
from harness.pipeline import Options, ResultsError, answers, site_views
from harness.pipeline import site as gathering
from harness.pipeline.digests import program_digest
from harness.pipeline.results import proofs, speeds, training
from harness.report import Curves, Training, site
from tests.report.samples import TOOL
from tests.site.views import png

CACHED = Options(cache=True)
ARTICLE = "# A title\n\n```python\nimport\n```\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    answers.store.cache_clear()
    Path("docs/other").mkdir(parents=True)
    Path("docs/one.md").write_text(ARTICLE)
    Path("docs/other/one.md").write_text(ARTICLE.replace("A title", "Another"))
    return tmp_path


def paths() -> list[Path]:
    return pipeline.find_articles([Path("docs")])


@pytest.mark.usefixtures("here")
def test_articles_without_errata() -> None:
    one, other = site_views(paths(), CACHED, [Path("output")])
    assert (one.slug, other.slug) == ("one", "one-2")
    assert (one.title, other.title) == ("A title", "Another")
    assert [found.rule for found in one.review.findings] == ["syntax-error"]
    assert (one.errata, one.rows, one.training, one.speeds) == ((), (), None, ())


@pytest.mark.parametrize("indent", [1, None])
def test_a_notebook_has_a_page(here: Path, indent: int | None) -> None:
    prose = {"cell_type": "markdown", "metadata": {}, "source": ["# Its title\n"]}
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": ["import\n"],
    }
    made = {"cells": [prose, cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    path = here / "docs/note.ipynb"
    path.write_text(json.dumps(made, indent=indent))
    (view,) = site_views([path], CACHED, [])
    page = site((view,), TOOL)["note.html"]
    assert (">cell 1<" in page, ">cell 2<" in page) == (indent is not None, True)
    assert "cell_type" not in page
    assert view.title == "Its title" or indent is None


@pytest.mark.usefixtures("here")
def test_a_review_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = site_views(paths(), CACHED, [Path("output")])

    def refuse(*arguments: object) -> None:
        raise AssertionError("reviewed again")

    monkeypatch.setattr(gathering, "review_with_trace", refuse)
    assert site_views(paths(), CACHED, [Path("output")]) == first
    Path("docs/one.md").write_text(ARTICLE + "\nmore\n")
    with pytest.raises(AssertionError, match="reviewed again"):
        site_views(paths(), CACHED, [Path("output")])


def test_a_remembered_run_shows_its_trace(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "docs/other/one.md").write_text("```python\nimport numpy\n```\n")
    first = site_views(paths(), CACHED, [])
    monkeypatch.setattr(gathering, "review_with_trace", None)
    again = site_views(paths(), CACHED, [])
    assert site(again, TOOL) == site(first, TOOL)
    assert "numpy" in again[1].versions
    assert again[1].review.seconds > 0.01  # of the run, not of remembering it


# --- results ---------------------------------------------------------------------------------------


def write(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


DIGEST = program_digest("x = 1")
DOCUMENT = {
    "schema": 1, "program": DIGEST, "learns": True, "lacks": ["coverage"],
    "updates": [0, 3000], "epochs": [0, 5],
    "losses": {"epochs": [1, 2, 3], "series": {"g_loss": [0.7, 0.9, "NaN"]}},
    "distances": {"coverage": [0, 0.2]}, "digits": ["a.png", "fake.png"],
    "how": {"keras": "3.15.1", "backend": "jax", "seed": 0, "images": 1000},
}  # fmt: skip


def test_a_digest_is_of_the_code_alone() -> None:
    text = "# said before\n\nx = 1  # and after\ny = '# no remark'\n"
    assert program_digest(text) == program_digest("x = 1\ny = '# no remark'")
    assert program_digest(text) != program_digest("x = 1\ny = ''")
    assert program_digest("if x:\n    y = 1\nz = 2") != program_digest("if x:\n    y = 1\n    z = 2")


def test_training_as_it_was_measured(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one/a.png").write_bytes(png())
    (tmp_path / "one/fake.png").write_text("<svg onload=alert(1)>")
    write(tmp_path / "one/training.json", DOCUMENT)
    found = training([tmp_path], "one", DIGEST)
    assert found is not None
    assert (found.learns, found.lacks, found.outdated) == (True, ("coverage",), False)
    assert found.distances == Curves((0.0, 5.0), {"coverage": (0.0, 0.2)})
    assert found.losses.epochs == (1.0, 2.0, 3.0)
    assert math.isnan(found.losses.series["g_loss"][2])
    assert [caption for caption, _ in found.digits] == ["before training"]  # what is no PNG is left out
    assert found.how == "1000 drawn images at each moment, Keras 3.15.1 on jax, one training, seed 0"


def test_results_of_another_text_are_not_shown_as_this_programs(tmp_path: Path) -> None:
    here, published = tmp_path / "output", tmp_path / "published"
    write(here / "one/training.json", {**DOCUMENT, "program": "5e"})
    assert training([here, published], "one", DIGEST) == Training(outdated=True)
    write(published / "one/training.json", {**DOCUMENT, "learns": False})
    found = training([here, published], "one", DIGEST)
    assert found is not None
    assert (found.learns, found.outdated) == (False, False)


def test_pictures_of_a_run_without_measurements(tmp_path: Path) -> None:
    assert training([tmp_path], "one", DIGEST) is None
    (tmp_path / "one").mkdir()
    (tmp_path / "one/digits.png").write_bytes(png())
    found = training([tmp_path], "one", DIGEST)
    assert found is not None
    assert found.learns is None
    assert [caption for caption, _ in found.digits] == ["as the program saved them after training"]


def test_pictures_outside_the_folder_are_not_taken(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png())
    write(tmp_path / "one/training.json", {**DOCUMENT, "digits": ["../secret.png", "link.png"]})
    (tmp_path / "one/link.png").symlink_to(tmp_path / "secret.png")
    found = training([tmp_path], "one", DIGEST)
    assert found is not None
    assert found.digits == ()


def test_throughput_of_one_program(tmp_path: Path) -> None:
    program = {
        "slug": "one",
        "backend": "jax",
        "device": "cpu",
        "batch": 64,
        "images_per_second": {"median": 100, "iqr": 5},
        "ratio_to_reference": 0.95,
        "ratio_to_article_way": None,
    }
    write(tmp_path / "bench.json", {"schema": 1, "programs": [program, {**program, "slug": "other"}]})
    (found,) = speeds([tmp_path / "absent", tmp_path], "one")
    assert (found.median, found.reference, found.article_way) == (100.0, 0.95, None)
    assert speeds([tmp_path / "absent"], "one") == ()


def test_a_program_that_could_not_be_timed_says_why(tmp_path: Path) -> None:
    failed = {"images_per_second": None, "error": "out of memory"}
    program = {
        "slug": "one", "backend": "jax", "device": "cpu", "batch": 64, **failed,
        "article_way": failed, "reference": {"images_per_second": {"median": 9, "iqr": 1}},
    }  # fmt: skip
    write(tmp_path / "benchmarks/any-name.json", {"schema": 1, "programs": [program]})
    (found,) = speeds([tmp_path / "benchmarks"], "one")
    assert (found.median, found.error, found.article_rate, found.reference_rate) == (
        None,
        "out of memory",
        None,
        9,
    )


def test_proofs_of_changed_errata_are_not_shown(tmp_path: Path) -> None:
    proof = ArticleProof(
        "one", (Proof("float", "", "crash", Ladder.PROVEN, MutantFate.KILLED, "rule", "seen", "seen"),),
        left=(), complete=True, seconds=1.0, of="5e",
    )  # fmt: skip
    assert pipeline.record_proofs(proof, tmp_path) == tmp_path / "one/proofs.json"
    assert proofs([tmp_path], "one", "5e")["float"].mutant is MutantFate.KILLED
    assert proofs([tmp_path], "one", "6f") == {}
    assert proofs([tmp_path], "other", "5e") == {}


def trained(folder: Path) -> object:
    return training([folder], "one", DIGEST)


@pytest.mark.parametrize(
    ("name", "document", "read"),
    [
        ("one/training.json", {"schema": 1, "program": DIGEST}, trained),
        ("one/training.json", {"schema": 2}, trained),
        ("one/training.json", {**DOCUMENT, "epochs": "soon"}, trained),
        ("one/training.json", {**DOCUMENT, "losses": []}, trained),
        ("bench.json", {"schema": 1, "programs": [{"slug": "one"}]}, lambda folder: speeds([folder], "one")),
        (
            "one/proofs.json",
            {"schema": 1, "of": "5e", "errata": [{}]},
            lambda folder: proofs([folder], "one", "5e"),
        ),
    ],
)
def test_results_of_another_form_are_refused(
    tmp_path: Path, name: str, document: object, read: Callable[[Path], object]
) -> None:
    write(tmp_path / name, document)
    with pytest.raises(ResultsError, match=rf"{name}: .*; (remove it|run errata)"):
        read(tmp_path)


# --- the command -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_the_command_writes_the_site(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "site", "docs", "--jobs", "1"]) == 0
    assert capsys.readouterr().out == "wrote site/index.html\n"
    assert sorted(path.name for path in Path("site").iterdir()) == ["index.html", "one-2.html", "one.html"]
    assert "syntax-error" in Path("site/one.html").read_text()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "site", "absent"], "absent"),
        (["report", "docs/one.md/site", "docs"], "it cannot be made (Not a directory); name another DIR"),
        (["report", "site"], "articles"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main([*arguments, "--jobs", "1"] if "docs" in arguments else arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("errata: ")
    assert message in told
    assert told.count("\n") == 1


@pytest.mark.usefixtures("here")
def test_bad_results_are_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("output/bench.json"), {"schema": 3})
    assert main(["report", "site", "docs", "--jobs", "1"]) == 2
    assert 'output/bench.json: found no "schema": 1' in capsys.readouterr().err
    assert not Path("site").exists()
