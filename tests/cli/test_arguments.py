"""Paths and options reach the pipeline; bad ones get a line each."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli import main
from harness.listing import ArticleError
from harness.pipeline import Options
from harness.run import legacy
from tests.cli.conftest import Capture, Pipeline, one_line


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
