"""The command with the review of one article replaced; real runs are tested elsewhere.

With one job everything happens in this process, so that replacing what ``harness.pipeline.many``
calls is all that these tests need.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

import harness.data
import harness.pipeline
import harness.rules
from harness.cache import Store
from harness.cli import main
from harness.data import DataError
from harness.listing import ArticleError
from harness.model import Article, Coverage, Finding, Review, Severity, Verdict
from harness.pipeline import Options, answers, many
from harness.run import legacy
from harness.sandbox import SandboxFailed, SandboxUnavailable

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


# --- exit status -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "arguments", "status"),
    [
        (Severity.ERROR, [], 1),
        (Severity.WARNING, [], 1),
        (Severity.NOTE, [], 0),
        (Severity.ERROR, ["--fail-on", "error"], 1),
        (Severity.WARNING, ["--fail-on", "error"], 0),
        (Severity.NOTE, ["--fail-on", "note"], 1),
        (Severity.ERROR, ["--fail-on", "never"], 0),
    ],
)
@pytest.mark.usefixtures("here")
def test_findings_decide_the_exit_status(
    pipeline: Pipeline, severity: Severity, arguments: list[str], status: int
) -> None:
    pipeline.findings = (finding(severity),)
    pipeline.verdict = Verdict.FAULTY
    assert main(["review", "one.md", *arguments]) == status


@pytest.mark.parametrize(("fail_on", "failures"), [("error", 0), ("warning", 1)])
@pytest.mark.usefixtures("here")
def test_junit_fails_where_the_exit_status_does(
    pipeline: Pipeline, capsys: Capture, fail_on: str, failures: int
) -> None:
    pipeline.findings = (finding(Severity.WARNING), finding(Severity.NOTE))
    pipeline.verdict = Verdict.FAULTY
    assert main(["review", "one.md", "--format", "junit", "--fail-on", fail_on]) == failures
    assert f'tests="2" failures="{failures}"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("verdict", "fail_on", "status"),
    [
        (Verdict.CLEAN, "note", 0),
        (Verdict.INCOMPLETE, "error", 1),
        (Verdict.INCOMPLETE, "never", 0),
        (Verdict.HARNESS_ERROR, "never", 3),
    ],
)
@pytest.mark.usefixtures("here")
def test_verdicts_decide_where_nothing_was_found(
    pipeline: Pipeline, verdict: Verdict, fail_on: str, status: int
) -> None:
    pipeline.verdict = verdict
    assert main(["review", "one.md", "--fail-on", fail_on]) == status


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND; see errata --help"),
        (["review"], "the following arguments are required: PATH; see errata review --help"),
        (["review", "a", "--updates", "0"], "found '0', expected a whole number from 1 on"),
        (["review", "a", "--updates", "9" * 5000], "expected a whole number from 1 on"),
        (["review", "a", "--seconds", "nan"], "found 'nan', expected seconds, more than 0"),
        (["review", "a", "--seconds", "inf"], "found 'inf', expected seconds, more than 0"),
        (["review", "a", "--seconds", "soon"], "found 'soon', expected seconds"),
        (["review", "a", "--keras", "4"], "argument --keras: found '4', expected 2, 3 or both"),
        (["review", "a", "--backend", "theano"], "argument --backend: invalid choice: 'theano'"),
        (["review", "a", "--format", "xml"], "argument --format: invalid choice: 'xml'"),
        (["review", "a", "--format", "_clean"], "argument --format: invalid choice: '_clean'"),
        (["review", "a", "--\x1b[31m"], r"unrecognized arguments: --\x1b[31m"),
        (["fetch", "cifar"], "invalid choice: 'cifar'"),
        (["review", "--nosuch", "a"], "unrecognized arguments: --nosuch; see errata review --help"),
        (["explain", "--nosuch"], "unrecognized arguments: --nosuch; see errata explain --help"),
        (["review", "a", "--output", ""], "argument --output: found an empty name, expected that of a file"),
        (["review", ""], "argument PATH: found an empty name, expected that of a file or folder"),
        (["run", "dense_gan", "--output", ""], "argument --output: found an empty name"),
    ],
)
def test_bad_arguments_get_one_line(capsys: Capture, arguments: list[str], message: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    written = capsys.readouterr()
    assert message in one_line(written.err)
    assert written.out == ""


# --- articles --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_a_bad_path_does_not_hide_the_others(pipeline: Pipeline, capsys: Capture) -> None:
    assert main(["review", "one.md", "absent.md", "two.md"]) == 2
    written = capsys.readouterr()
    assert "absent.md" in one_line(written.err)
    assert "one.md: clean" in written.out
    assert "two.md: clean" in written.out


@pytest.mark.usefixtures("here")
def test_nothing_is_reported_where_nothing_was_reviewed(pipeline: Pipeline, capsys: Capture) -> None:
    assert main(["review", "absent.md", "--format", "json"]) == 2
    written = capsys.readouterr()
    assert "absent.md" in one_line(written.err)
    assert written.out == ""
    assert pipeline.unsafe == []  # no sandbox is needed to say so


@pytest.mark.usefixtures("here")
def test_an_article_that_proves_unreadable_does_not_hide_the_others(
    pipeline: Pipeline, capsys: Capture
) -> None:
    pipeline.fails, pipeline.only_for = ArticleError("one.md: found\nnothing"), "one"
    assert main(["review", "one.md", "two.md"]) == 2
    written = capsys.readouterr()
    assert one_line(written.err) == r"one.md: found\nnothing"
    assert "two.md: clean" in written.out


def test_an_article_named_twice_is_reviewed_once(pipeline: Pipeline, here: Path) -> None:
    (here / "link.md").symlink_to("one.md")
    assert main(["review", "two.md", "one.md", "./two.md", str(here / "one.md"), "link.md"]) == 0
    assert [path for path, _ in pipeline.asked] == [Path("two.md"), Path("one.md")]


@pytest.mark.usefixtures("here")
def test_options_reach_the_pipeline(pipeline: Pipeline) -> None:
    arguments = ["--backend", "jax", "--keras", "3", "--updates", "7", "--seconds", "1.5", "--unsafe"]
    assert main(["review", "one.md", *arguments, "--cold", "--no-cache"]) == 0
    (_, options), *_ = pipeline.asked
    assert (options.warm, options.cache) == (False, False)
    assert (options.backend, options.keras, options.unsafe, options.mnist) == ("jax", 3, True, None)
    assert (options.budget.updates, options.budget.limits.wall_seconds) == (7, 1.5)
    assert (options.budget.limits.cpu_seconds, options.budget.busy_seconds) == (3.0, 1.5)
    assert pipeline.unsafe == [True]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "keras", "against"),
    [
        (["--keras", "2"], 2, None),
        (["--keras", "both"], 3, 2),
        (["--keras", "2", "--keras", "3"], 3, 2),
        (["--keras", "3"], 3, None),
    ],
)
def test_the_versions_of_keras_reach_the_pipeline(
    pipeline: Pipeline, arguments: list[str], keras: int, against: int | None
) -> None:
    assert main(["review", "one.md", *arguments]) == 0
    (_, options), *_ = pipeline.asked
    assert (options.keras, options.against) == (keras, against)


@pytest.mark.usefixtures("here")
def test_keras_2_has_one_backend(pipeline: Pipeline, capsys: Capture) -> None:
    assert main(["review", "one.md", "--keras", "2", "--backend", "jax"]) == 2
    assert one_line(capsys.readouterr().err).endswith("Keras 2 runs on TensorFlow only; found --backend jax")
    assert pipeline.asked == []


@pytest.mark.usefixtures("here")
def test_a_missing_keras_2_is_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(legacy, "installed", lambda: False)
    with pytest.raises(SystemExit) as ended:
        main(["review", "one.md", "--keras", "both"])
    assert ended.value.code == 2
    assert "pip install 'errata[keras2]'" in one_line(capsys.readouterr().err)


@pytest.mark.usefixtures("here")
def test_defaults_are_those_of_the_pipeline(pipeline: Pipeline) -> None:
    main(["review", "one.md"])
    assert pipeline.asked == [(Path("one.md"), Options(cache=True))]
    assert pipeline.unsafe == [False]


@pytest.mark.usefixtures("here")
def test_a_bad_data_set_is_known_before_anything_runs(pipeline: Pipeline, capsys: Capture) -> None:
    assert main(["review", "one.md", "--mnist", "absent.npz"]) == 2
    assert "absent.npz" in one_line(capsys.readouterr().err)
    assert pipeline.asked == []


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


# --- interruption ----------------------------------------------------------------------------------


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


# --- output ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_json_is_alone_on_standard_output(pipeline: Pipeline, capsys: Capture) -> None:
    pipeline.findings = (finding(Severity.ERROR),)
    assert main(["review", "one.md", "two.md", "--format", "json"]) == 1
    written = capsys.readouterr()
    assert [review["article"] for review in json.loads(written.out)["reviews"]] == ["one.md", "two.md"]
    assert written.err == ""


@pytest.mark.usefixtures("here")
def test_a_report_goes_to_a_file_instead(pipeline: Pipeline, capsys: Capture) -> None:
    assert main(["review", "one.md", "--format", "json", "--output", "out.json"]) == 0
    assert capsys.readouterr() == ("", "")
    assert json.loads(Path("out.json").read_text())["schema"] == 1


@pytest.mark.parametrize("output", ["absent/out.txt", "."])
@pytest.mark.usefixtures("here")
def test_a_bad_output_is_known_before_anything_runs(pipeline: Pipeline, capsys: Capture, output: str) -> None:
    assert main(["review", "one.md", "--output", output]) == 2
    assert "the report cannot be written" in one_line(capsys.readouterr().err)
    assert pipeline.asked == []


@pytest.mark.usefixtures("here")
def test_what_the_locale_cannot_write_is_escaped(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.findings = (replace(finding(Severity.NOTE), message="größer"),)
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    assert main(["review", "one.md"]) == 0
    assert rb"gr\xf6\xdfer" in written.getvalue()


def run(*arguments: str, stdout: int | io.BufferedWriter, close: bool = False) -> tuple[int, str]:
    """The real command; where ``close`` is true it starts with no standard output at all."""
    command = [sys.executable, "-c", "import sys; from harness.cli import main; sys.exit(main())", *arguments]
    if close:
        command = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    done = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert run("explain", stdout=writing) == (0, "")
    finally:
        os.close(writing)


def test_a_full_disk_gets_one_line() -> None:
    if not Path("/dev/full").is_char_device():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("wb") as full:
        status, message = run("explain", stdout=full)
    assert status == 2
    assert one_line(message) == "standard output cannot be written (No space left on device)"


def test_a_closed_standard_output_gets_one_line() -> None:
    status, message = run("explain", stdout=subprocess.DEVNULL, close=True)
    assert status == 2
    assert one_line(message) == "standard output is closed"


# --- the other commands ----------------------------------------------------------------------------


def test_version(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("errata ")


def test_every_rule_is_listed_and_explained(capsys: Capture) -> None:
    assert main(["explain"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == harness.rules.names()
    for name in listed:
        assert main(["explain", name]) == 0
        assert capsys.readouterr().out == harness.rules.explain(name)


def test_a_rule_that_does_not_exist(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness.rules, "names", lambda: ["missing-import", "removed-module"])
    assert main(["explain", "removed-modul"]) == 2
    assert one_line(capsys.readouterr().err) == (
        "there is no rule 'removed-modul'; did you mean removed-module? errata explain lists them all"
    )
    for written in ("Removed-Module", "REMOVED_MODULE", "removed module"):
        assert main(["explain", written]) == 2
        assert "did you mean removed-module?" in one_line(capsys.readouterr().err)
    assert main(["explain", "zzz"]) == 2
    assert one_line(capsys.readouterr().err) == "there is no rule 'zzz'; errata explain lists them all"


def test_fetching_says_where_the_data_is(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness.data, "fetch_mnist", lambda: Path("cache/mnist.npz"))
    assert main(["fetch", "mnist"]) == 0
    assert capsys.readouterr().out == "cache/mnist.npz\n"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (DataError("the address cannot be read"), "the address cannot be read"),
        (
            OSError(28, "No space left on device", "cache/x"),
            "cache/x: cannot be written (No space left on device)",
        ),
    ],
)
def test_fetching_in_vain_gets_one_line(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, fault: Exception, message: str
) -> None:
    def fail() -> Path:
        raise fault

    monkeypatch.setattr(harness.data, "fetch_mnist", fail)
    assert main(["fetch", "mnist"]) == 2
    assert one_line(capsys.readouterr().err) == message
