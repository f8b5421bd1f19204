"""``errata run``: full length, confined, output streamed, plain files kept and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli import main

PROGRAM = """\
import os
from pathlib import Path

Path("kept.txt").write_text("kept")
Path("deep").mkdir()
Path("deep/too.txt").write_text("too")
Path(".hidden").write_text("no")
os.symlink("/etc/passwd", "link.txt")
os.mkfifo("pipe.txt")
os.link("kept.txt", "hard.txt")
os.unlink("hard.txt")
print("\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07 done")
print(sum(1 for _ in range(100)))
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_plain_files_are_kept_and_the_output_is_streamed_clean(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "program.py").write_text(PROGRAM)
    assert main(["run", "program.py", "--output", "out"]) == 0
    kept = sorted(str(path.relative_to(here / "out")) for path in (here / "out").rglob("*") if path.is_file())
    assert kept == ["deep/too.txt", "kept.txt"]
    said = capsys.readouterr()
    assert "red \\x1b]0;title\\x07 done\n100\n" in said.out
    assert "kept out/kept.txt" in said.err


def test_a_failing_program_is_told_with_its_status(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "program.py").write_text("import sys\nprint('before')\nsys.exit(7)\n")
    assert main(["run", "program.py"]) == 1
    said = capsys.readouterr()
    assert said.out == "before\n"
    assert "exit status 7" in said.err


def test_an_endless_program_is_ended_by_its_limit(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "program.py").write_text("while True:\n    pass\n")
    assert main(["run", "program.py", "--seconds", "2"]) == 1
    assert "limit on wall-time of 2 s" in capsys.readouterr().err


def test_an_article_is_run_from_its_listing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "text.md").write_text("Some prose.\n\n```python\nprint(__name__, __file__[-10:])\n```\n")
    assert main(["run", "text.md"]) == 0
    assert capsys.readouterr().out == "__main__ program.py\n"


def test_a_missing_program_is_one_clear_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "nowhere.py"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
