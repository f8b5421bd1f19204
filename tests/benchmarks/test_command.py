"""``errata bench``: arguments in, reports and exit statuses out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from harness.pipeline import benching
from harness.report import bench_json
from tests.benchmarks.samples import document, program

ROOT = Path(__file__).parents[2]


class Made:
    """In the place of ``benching.Bench``."""

    def __init__(self, found: dict[str, Any]) -> None:
        self._found = found

    def document(self) -> dict[str, Any]:
        return self._found


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Nothing is measured: what ``bench`` would give is put in here, and what it is asked for comes out."""
    given: list[Any] = []

    def bench(chosen: Any, options: Any, effort: str, progress: Any = None) -> Iterator[Made]:
        asked = [(one.slug, one.backend, one.device, one.batch) for one in chosen]
        answers = list(given)
        given[:] = [asked, effort, options]
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
            yield Made(answer)

    monkeypatch.setattr(benching, "bench", bench)
    monkeypatch.chdir(ROOT)
    return given


def written(path: Path, found: dict[str, Any]) -> str:
    path.write_text(bench_json(found))
    return str(path)


def test_json_on_standard_output(measuring: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    measuring.append(document(program()))
    assert main(["bench", "dense_gan", "--quick", "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["programs"][0]["slug"] == "one"
    assert captured.err == ""
    assert measuring[:2] == [[("dense_gan", "tensorflow", "cpu", 100)], "quick"]


def test_all_programs_on_several_backends(measuring: list[Any]) -> None:
    measuring.append(document(program()))
    assert main(["bench", "--backend", "tensorflow,jax", "--output", "/dev/null"]) == 0
    asked, effort, options = measuring
    assert effort == "full"
    assert not options.unsafe
    assert len(asked) == 2 * len(list(ROOT.glob("fixed/*.py")))
    assert {backend for _, backend, _, _ in asked} == {"tensorflow", "jax"}


def test_an_interrupt_keeps_what_was_measured(
    measuring: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measuring += [document(program(), complete=False), KeyboardInterrupt()]
    target = tmp_path / "bench.json"
    assert main(["bench", "--format", "json", "--output", str(target)]) == 130
    assert json.loads(target.read_text())["complete"] is False
    assert capsys.readouterr().err == "errata: interrupted; the report holds what had been measured\n"
    assert list(tmp_path.iterdir()) == [target]


def test_an_interrupt_before_anything_leaves_the_old_report(measuring: list[Any], tmp_path: Path) -> None:
    measuring.append(KeyboardInterrupt())
    (tmp_path / "bench.json").write_text("old")
    assert main(["bench", "--output", str(tmp_path / "bench.json")]) == 130
    assert (tmp_path / "bench.json").read_text() == "old"


@pytest.mark.parametrize(
    ("step", "status", "word"), [(0.004, 0, "same"), (0.005, 1, "slower"), (0.003, 0, "faster")]
)
def test_a_regression_gives_status_1(
    step: float,
    status: int,
    word: str,
    measuring: list[Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    measuring.append(document(program(step=step)))
    old = written(tmp_path / "old.json", document(program()))
    assert main(["bench", "--compare", old, "--format", "json"]) == status
    captured = capsys.readouterr()
    assert json.loads(captured.out)["schema"] == 1
    assert captured.err.startswith(f"errata: one on tensorflow, cpu, batch 100: {word}: 25,000 -> ")


def test_another_processor_is_told(
    measuring: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measuring.append(document(program()))
    older = document(program())
    older["machine"]["processor"] = "Old One"
    main(["bench", "--compare", written(tmp_path / "old.json", older), "--output", "/dev/null"])
    assert (
        "errata: measured on another processor before (Old One): compare with care" in capsys.readouterr().err
    )


def test_a_document_is_shown_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = written(tmp_path / "old.json", document(program()))
    assert main(["bench", "--show", old, "--format", "html", "--output", str(tmp_path / "page.html")]) == 0
    assert (tmp_path / "page.html").read_text().startswith("<!DOCTYPE html>")
    assert main(["bench", "--show", old]) == 0
    assert capsys.readouterr().out.startswith("one on tensorflow, cpu\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--device", "gpu"], "the sandbox shows no GPU to what runs in it; add --unsafe"),
        (["--compare", "absent.json"], "absent.json: it cannot be read"),
        (["--show", "Makefile"], "Makefile: it is not JSON"),
        (["no_such_article"], "there is no article 'no_such_article'"),
        (["--fixed", "articles"], "articles/cnn_gan.py: it cannot be read"),
        (["--output", "absent/x"], "absent/x: the report cannot be written"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["bench", *arguments]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


def test_an_unknown_backend_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["bench", "--backend", "tensorflow,mxnet"])
    assert left.value.code == 2
    assert "found 'mxnet', expected some of tensorflow,jax,torch" in capsys.readouterr().err
