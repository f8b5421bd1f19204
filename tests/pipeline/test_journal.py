"""Finished reviews survive whatever ends the harness, and only whole ones count."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model import Article, Confinement, Coverage, Finding, Fix, Review, Severity, Verdict
from harness.pipeline import Options
from harness.pipeline.journal import Journal, JournalError

OPTIONS = Options()
ARTICLE = Article("one.md", "0" * 64, "```python\nx = 1\n```\n", "markdown")
FINDING = Finding(
    "some-rule", Severity.WARNING, 2, 3, 1, "Wrong.", {"many": (1, 2.5, None)}, Fix("x", "y"), (7,)
)
REVIEW = Review(
    ARTICLE,
    Verdict.FAULTY,
    None,
    3.5,
    Confinement("bubblewrap", True, True, True, True, True, True, "how"),
    Coverage(1, 1, 0),
    (FINDING,),
    {"python": "3.11", "device": None},
    ("A note.",),
    123,
)


def other(number: int) -> Review:
    return replace(REVIEW, article=replace(ARTICLE, path=f"{number}.md", sha256=str(number) * 64))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal that holds two reviews."""
    with Journal(tmp_path / "journal") as journal:
        journal.add(REVIEW, OPTIONS, "tcp://worker:1")
        journal.add(other(2), OPTIONS)
    return tmp_path / "journal"


def test_a_review_comes_back_as_it_was_added(path: Path) -> None:
    with Journal(path, resume=True) as journal:
        assert journal.find(ARTICLE, OPTIONS) == REVIEW
        assert journal.find(other(2).article, OPTIONS) == other(2)


def test_a_review_with_a_text_of_its_own_keeps_it_whole(path: Path) -> None:
    """That of a notebook whose file has no lines to speak of."""
    article = replace(ARTICLE, path="a.ipynb", kind="notebook", text="{}", sha256="3" * 64)
    made = replace(REVIEW, article=replace(article, text="x = 1\n" * 10_000))
    with Journal(path, resume=True) as journal:
        journal.add(made, OPTIONS)
    with Journal(path, resume=True) as journal:
        assert journal.find(article, OPTIONS) == made


def test_a_moved_article_keeps_its_review_and_a_changed_one_does_not(path: Path) -> None:
    with Journal(path, resume=True) as journal:
        moved = replace(ARTICLE, path="elsewhere.md")
        assert journal.find(moved, OPTIONS) == replace(REVIEW, article=moved)
        assert journal.find(replace(ARTICLE, sha256="1" * 64), OPTIONS) is None
        assert journal.find(ARTICLE, replace(OPTIONS, backend="jax")) is None
        assert journal.find(ARTICLE, replace(OPTIONS, against=2)) is None


def test_each_line_says_what_was_reviewed_by_whom_and_how_it_was_confined(path: Path) -> None:
    head, *lines = map(json.loads, path.read_text().splitlines())
    assert head == {"errata": "journal", "version": 1}
    assert [(line["path"], line["worker"]) for line in lines] == [
        ("one.md", "tcp://worker:1"),
        ("2.md", None),
    ]
    assert lines[0]["review"]["confinement"]["backend"] == "bubblewrap"
    assert lines[0]["review"]["verdict"] == "faulty"


def test_what_is_found_during_a_run_counts_at_once(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal") as journal:
        assert journal.find(ARTICLE, OPTIONS) is None
        journal.add(REVIEW, OPTIONS)
        assert journal.find(ARTICLE, OPTIONS) == REVIEW


def test_a_review_that_could_not_be_made_is_made_again(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal") as journal:
        journal.add(replace(REVIEW, verdict=Verdict.HARNESS_ERROR), OPTIONS)
        journal.add(replace(other(2), verdict=Verdict.INCOMPLETE), OPTIONS)
    with Journal(tmp_path / "journal", resume=True) as journal:
        assert journal.find(ARTICLE, OPTIONS) is None
        assert journal.find(other(2).article, OPTIONS) is not None


def test_every_cut_leaves_the_whole_lines_and_room_for_more(path: Path) -> None:
    """A process may be killed between any two bytes."""
    content = path.read_bytes()
    ends = [match.end() for match in re.finditer(b"\n", content)]
    for length in [*range(ends[0] + 2), *(end + more for end in ends for more in (-1, 0)), ends[1] + 40]:
        path.write_bytes(content[:length])
        with Journal(path, resume=True) as journal:
            found = [journal.find(one.article, OPTIONS) for one in (REVIEW, other(2))]
            whole = sum(end <= length for end in ends) - 1
            assert found == [REVIEW, other(2)][: max(0, whole)] + [None] * (2 - max(0, whole)), length
            journal.add(other(3), OPTIONS)
        with Journal(path, resume=True) as journal:
            assert journal.find(other(3).article, OPTIONS) == other(3), length


@pytest.mark.parametrize(
    "change",
    [
        lambda line: b"not JSON",
        lambda line: b"[" * 100_000,
        lambda line: b"7",
        lambda line: line.replace(b'"faulty"', b'"perfect"'),
        lambda line: line.replace(b'"seconds"', b'"minutes"'),
        lambda line: line.replace(b'"network":true', b'"network":"no"'),
    ],
)
def test_a_line_that_does_not_fit_is_passed_over(change: Callable[[bytes], bytes], path: Path) -> None:
    head, first, second = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([head, change(first), second]) + b"\n")
    with Journal(path, resume=True) as journal:
        assert journal.find(ARTICLE, OPTIONS) is None
        assert journal.find(other(2).article, OPTIONS) == other(2)


def refused(path: Path, *, resume: bool = True) -> str:
    with pytest.raises(JournalError) as caught, Journal(path, resume=resume):
        pass
    return str(caught.value).removeprefix(f"{path}: ")


def test_reviews_of_an_earlier_run_are_not_mixed_in_by_accident(path: Path) -> None:
    before = path.read_bytes()
    assert refused(path, resume=False) == (
        "it holds reviews already; go on with --resume, or name another --journal"
    )
    assert path.read_bytes() == before


def test_a_journal_without_reviews_is_as_good_as_new(tmp_path: Path) -> None:
    for _ in range(2):
        with Journal(tmp_path / "journal"):
            pass


@pytest.mark.parametrize("content", [b"notes\n", b"notes", b'{"errata":"journal","version":2}\n', b"\n\n"])
def test_another_file_is_left_alone(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    assert refused(tmp_path / "file") == "this is no journal of errata; name another --journal"
    assert (tmp_path / "file").read_bytes() == content


def test_only_one_process_has_it(path: Path) -> None:
    with Journal(path, resume=True):
        assert refused(path) == ("another review is writing there; wait for it, or name another --journal")
    with Journal(path, resume=True):
        pass


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe") == "it is no regular file; name another --journal"
    assert "Is a directory" in refused(tmp_path)
    assert "No such file or directory" in refused(tmp_path / "none" / "journal")


def test_a_full_disk_loses_nothing_that_was_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with Journal(path, resume=True) as journal:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(JournalError, match=r"No space left on device.*--resume"):
            journal.add(other(3), OPTIONS)
    monkeypatch.undo()
    with Journal(path, resume=True) as journal:
        assert journal.find(ARTICLE, OPTIONS) == REVIEW
