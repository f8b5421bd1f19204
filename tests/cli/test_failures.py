"""What stops a review is told in a line, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli import main
from harness.data import DataError
from harness.sandbox import SandboxFailed, SandboxUnavailable
from tests.cli.conftest import Capture, Pipeline, one_line


@pytest.mark.parametrize(
    ("fault", "status", "message"),
    [
        (SandboxUnavailable("no sandbox works here; install bubblewrap"), 3, "install bubblewrap"),
        (SandboxFailed("bubblewrap did not start"), 3, "did not start"),
        (DataError("ERRATA_MNIST: broken.npz: found nothing"), 2, "ERRATA_MNIST: broken.npz"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_stops_all_reviews(
    pipeline: Pipeline, capsys: Capture, fault: Exception, status: int, message: str
) -> None:
    pipeline.fails = fault
    assert main(["review", "one.md", "--output", "out.txt"]) == status
    written = capsys.readouterr()
    assert message in one_line(written.err)
    assert written.out == ""
    assert not Path("out.txt").exists()


@pytest.mark.usefixtures("here")
def test_without_a_sandbox_each_backend_gets_its_line(pipeline: Pipeline, capsys: Capture) -> None:
    pipeline.fails = SandboxUnavailable("nothing works here:\n- bubblewrap: install it\n- landlock: too old")
    pipeline.unavailable = SandboxUnavailable("the same")
    assert main(["review", "one.md"]) == 3
    assert capsys.readouterr().err.splitlines() == [
        "errata: nothing works here:",
        "errata: - bubblewrap: install it",
        "errata: - landlock: too old",
    ]


@pytest.mark.usefixtures("here")
def test_an_article_that_need_not_run_needs_no_sandbox(pipeline: Pipeline, capsys: Capture) -> None:
    pipeline.unavailable = SandboxUnavailable("no sandbox")
    assert main(["review", "one.md"]) == 0
    assert "one.md: clean" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.md", b"", "empty"),
        ("binary.md", b"# A\n\x00\x01\x02", "binary"),
        ("latin.md", "# größer\n".encode("latin-1"), "UTF-8"),
        ("broken.ipynb", b'{"cells": [', "broken.ipynb: "),
        ("large.md", b"a" * (50 << 20), "large"),
        ("picture.png", b"\x89PNG", "expected Markdown"),
        ("folder/nothing.txt", b"", "expected Markdown"),
    ],
)
def test_bad_articles_get_one_line(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, message: str
) -> None:
    """With the real pipeline: none of these gets as far as a sandbox."""
    monkeypatch.chdir(tmp_path)
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    named = path.parts[0]  # the folder where there is one
    assert main(["review", named, "--format", "json", "--output", "out.json"]) == 2
    written = capsys.readouterr()
    assert named in (line := one_line(written.err))
    assert message in line
    assert written.out == ""
    assert [entry.name for entry in tmp_path.iterdir()] == [named]


@pytest.mark.usefixtures("here")
def test_a_fault_of_ours_is_not_taken_for_findings(pipeline: Pipeline, capsys: Capture) -> None:
    pipeline.fails = ZeroDivisionError("ours")
    assert main(["review", "one.md"]) == 3
    assert capsys.readouterr().err.splitlines()[-1].startswith("errata: this is a fault of errata itself")


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), terminate])
def test_an_interrupted_review_leaves_nothing(
    pipeline: Pipeline, capsys: Capture, here: Path, fault: BaseException | Callable[[], object]
) -> None:
    pipeline.fails, pipeline.only_for = fault, "two"
    handler = signal.getsignal(signal.SIGTERM)
    assert main(["review", "one.md", "two.md", "--output", "out.txt"]) == 130
    assert one_line(capsys.readouterr().err) == "interrupted; no report was written"
    assert sorted(path.name for path in here.iterdir()) == ["one.md", "two.md"]
    assert signal.getsignal(signal.SIGTERM) is handler
