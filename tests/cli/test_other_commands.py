"""The version, explanations and fetching."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness.data
import harness.rules
from harness.cli import main
from harness.data import DataError
from tests.cli.conftest import Capture, one_line


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
