"""``errata run --record``: a confined training, looked at on its way and measured from outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli import main
from harness.pipeline.digests import program_digest
from harness.pipeline.results import training

PROGRAM = """\
import keras
import numpy as np

generator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(784, activation="tanh")])
generator.compile(optimizer="sgd", loss="mse")
if __name__ == "__main__":
    (images, _), _ = keras.datasets.mnist.load_data()
    real = images[:400].reshape(-1, 784).astype("float32") / 127.5 - 1
    generator.fit(np.zeros((400, 4), "float32"), real, batch_size=10, epochs=3, verbose=0)
    generator.fit(np.zeros((400, 4), "float32"), real, batch_size=10, epochs=1, verbose=0)
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_a_training_is_recorded_where_the_report_finds_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "program.py").write_text(PROGRAM)
    assert main(["run", "program.py", "--record"]) == 0
    assert "program.py: it does NOT learn" in capsys.readouterr().err
    document = json.loads((here / "output/program/training.json").read_text())
    assert document["updates"] == [0, 1, 4, 12, 36, 72, 120]  # of the first fit alone
    assert document["epochs"][-1] == 3
    assert document["losses"]["epochs"][-1] == 3
    seen = training([here / "output"], "program", program_digest(PROGRAM))
    assert seen is not None
    assert (seen.learns, len(seen.digits)) == (False, 7)
    assert seen.losses.series["loss"][0] > seen.losses.series["loss"][-1]
    # The mean image is what is left of squared errors: near in distance, covering nothing.
    assert seen.distances.series["coverage"][-1] < 0.05
    assert len({data for _, data in seen.digits}) == 7


def test_what_trains_no_generator_is_not_recorded(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "program.py").write_text("print('nothing')\n")
    assert main(["run", "program.py", "--record"]) == 1
    assert "nothing was recorded: no training by fit was seen" in capsys.readouterr().err
    assert not (here / "output/program/training.json").exists()


def test_a_program_that_fails_is_not_recorded(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "program.py").write_text("raise SystemExit(4)\n")
    assert main(["run", "program.py", "--record"]) == 1
    said = capsys.readouterr().err
    assert "exit status 4" in said
    assert "nothing was recorded: the program did not run to its end" in said


@pytest.mark.usefixtures("here")
def test_other_data_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    from harness.data import embedded_mnist

    assert main(["run", "program.py", "--record", "--mnist", str(embedded_mnist())]) == 2
    assert "leave --mnist out" in capsys.readouterr().err
