"""The rules' pages in ``docs/rules`` are those that the rules' own files make."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli import main
from harness.rules._pages import INDEX, pages

FOLDER = Path(__file__).parents[2] / "docs" / "rules"


def test_the_committed_pages_are_current() -> None:
    made = pages()
    there = {path.name: path.read_text() for path in FOLDER.glob("*.md")}
    assert sorted(there) == sorted(made), "run: errata explain --pages docs/rules"
    stale = [name for name, text in made.items() if there[name] != text]
    assert not stale, "run: errata explain --pages docs/rules"


def test_the_index_names_every_page_once() -> None:
    made = pages()
    for name in made.keys() - {INDEX}:
        assert made[INDEX].count(f"]({name})") == 1


def test_pages_are_written_and_that_of_a_lost_rule_is_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost, own = tmp_path / "lost-rule.md", tmp_path / "notes.md"
    lost.write_text("# lost-rule (error)\n")
    own.write_text("# Notes\n")
    assert main(["explain", "--pages", str(tmp_path)]) == 0
    assert not lost.exists()
    assert own.exists()
    assert (tmp_path / "raw-pixel-input.md").read_text().startswith("# raw-pixel-input (")
    assert f"{len(pages()) - 1} pages and an index" in capsys.readouterr().out


def test_a_folder_that_cannot_be_made_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main(["explain", "--pages", str(blocked)]) == 2
    assert "cannot be written" in capsys.readouterr().err
