"""The command with the review of one article replaced; real runs are tested elsewhere.

With one job everything happens in this process, so that replacing what ``harness.pipeline.many``
calls is all that these tests need.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import harness.pipeline
from harness.cache import Store
from harness.model import Article, Coverage, Finding, Review, Severity, Verdict
from harness.pipeline import Options, answers, many
from harness.sandbox import SandboxUnavailable

Capture = pytest.CaptureFixture[str]


@dataclass
class Pipeline:
    """Answers reviews without running anything, and remembers what it was asked."""

    findings: tuple[Finding, ...] = ()
    verdict: Verdict = Verdict.CLEAN
    fails: BaseException | Callable[[], object] | None = None
    only_for: str = ""  # the fault is raised for articles of this name
    asked: list[tuple[Path, Options]] = field(default_factory=list)
    unsafe: list[bool] = field(default_factory=list)
    unavailable: SandboxUnavailable | None = None

    def review(
        self, path: Path, options: Options, *, sandbox: object, progress: Callable[[str], None]
    ) -> Review:
        self.asked.append((path, options))
        progress("line 1")
        if self.fails and self.only_for in path.name:
            if isinstance(self.fails, BaseException):
                raise self.fails
            self.fails()
        return Review(
            article=Article(str(path), "0" * 64, path.read_text(), "markdown"),
            verdict=self.verdict,
            reason=None,
            seconds=1.0,
            confinement=None,
            coverage=Coverage(1, 1, 0),
            findings=self.findings,
            environment={},
        )

    def open_sandbox(self, unsafe: bool = False) -> object:
        self.unsafe.append(unsafe)
        if self.unavailable:
            raise self.unavailable
        return object()


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pipeline:
    fake = Pipeline()
    monkeypatch.setattr(many, "review", fake.review)
    monkeypatch.setattr(many, "open_sandbox", fake.open_sandbox)
    monkeypatch.setattr(harness.pipeline, "default_jobs", lambda: 1)
    # What this machine's user has had reviewed is none of the tests' business, nor theirs his.
    monkeypatch.setattr(answers, "store", lambda: Store(tmp_path / "answers"))
    return fake


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with two articles, so that messages name short paths."""
    for name in ("one.md", "two.md"):
        (tmp_path / name).write_text(f"# {name}\n\n```python\nx = 1\n```\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def finding(severity: Severity) -> Finding:
    return Finding("some-rule", severity, 4, 4, 1, "Something is wrong.")


def one_line(text: str) -> str:
    assert text.startswith("errata: ")
    assert text.endswith("\n")
    assert text.count("\n") == 1
    return text.removeprefix("errata: ").rstrip("\n")
